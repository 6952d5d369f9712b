import { join } from 'node:path';
import { openChromium } from '../../tests/browser/chromium.ts';
import { requireChromium } from '../../tests/support/prerequisites.ts';
import type { Finding } from '../support/finding.ts';
import { runLoadNow, waitForIdleMachine } from '../support/load-process.ts';
import { median, spread } from '../support/stats.ts';
import type { Rates, SealingOrder, SealingResult, Yardstick } from './work.ts';

export type SealingOptions = { rounds: number; eachMs: number };

const IN_VIEW_MS = 150;

type Runtime = { name: string; run(order: SealingOrder): Promise<SealingResult> };

/** See the README of the folder above. */
export async function measureSealing({ rounds, eachMs }: SealingOptions): Promise<Finding[]> {
  const bun: Runtime = { name: 'Bun', run: (order) => runLoadNow(join(import.meta.dir, 'load.ts'), order) };
  const chromium = await chromiumRuntime();
  const findings: Finding[] = [];
  try {
    for (const runtime of chromium ? [bun, chromium] : [bun]) {
      await waitForIdleMachine();
      const results: SealingResult[] = [];
      for (let round = 0; round < rounds; round++) results.push(await runtime.run({ eachMs }));
      findings.push(...report(runtime.name, results));
    }
  } finally {
    await chromium?.close();
  }
  return findings;
}

/** Each round is a page of its own, which has compiled nothing yet. Undefined where there is no Chromium. */
async function chromiumRuntime(): Promise<(Runtime & { close(): Promise<void> }) | undefined> {
  const executablePath = await requireChromium();
  if (!executablePath) return undefined;
  const built = await Bun.build({ entrypoints: [join(import.meta.dir, 'page.ts')], target: 'browser', minify: true });
  const script = built.outputs[0];
  if (!script) throw new Error('the page could not be built');
  const headers = { 'content-type': 'text/html' };
  const html = '<!doctype html><meta charset="utf-8"><script type="module" src="/page.js"></script>';
  const site = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch: ({ url }) => (url.endsWith('.js') ? new Response(script) : new Response(html, { headers })),
  });
  const browser = await openChromium(executablePath);
  return {
    name: 'Chromium',
    async run(order) {
      const page = await browser.context.newPage();
      await page.goto(site.url.href);
      type Page = { measureHere(order: SealingOrder): Promise<SealingResult> };
      const result = await page.evaluate((given) => (globalThis as unknown as Page).measureHere(given), order);
      await page.close();
      return result;
    },
    async close() {
      await browser.close();
      await site.stop(true);
    },
  };
}

function report(name: string, results: readonly SealingResult[]): Finding[] {
  const each = (of: (result: SealingResult) => number) => results.map(of);
  const rate = (values: readonly number[]) => spread(values, (value) => `${(value / 1000).toFixed(1)}k`);
  const ms = (values: readonly number[]) => spread(values, (value) => value.toFixed(value < 10 ? 1 : 0));
  const ofSodium = (what: keyof Yardstick) =>
    (median(each(({ rates }) => rates[what])) / median(each(({ yardstick }) => yardstick[what]))).toFixed(2);
  const row = (what: keyof Rates) => rate(each(({ rates }) => rates[what]));
  const sodium = (what: keyof Yardstick) => rate(each(({ yardstick }) => yardstick[what]));
  console.log(`\nA second in ${name}: texts of 150 bytes`);
  console.table(
    (['seal', 'open', 'sign', 'check'] as const).map((what) => ({
      what,
      'client library': row(what),
      'libsodium (WebAssembly)': sodium(what),
      'of libsodium': ofSodium(what),
      'without Ed25519 of the platform': what === 'check' ? row('checkPlain') : what === 'sign' ? row('signPlain') : '',
    })),
  );
  const inView = each(({ view }) => view.inViewMs);
  const plain = each(({ viewPlain }) => viewPlain.inViewMs);
  const block = each(({ view, viewPlain }) => Math.max(view.longestBlockMs, viewPlain.longestBlockMs));
  return [
    {
      what: `${name}: seal, open, sign, check a second`,
      target: '',
      value: (['seal', 'open', 'sign', 'check'] as const).map((what) => row(what).split(' ')[0]).join(', '),
      ok: undefined,
    },
    {
      what: '… of libsodium',
      target: '',
      value: (['seal', 'open', 'sign', 'check'] as const).map(ofSodium).join(', '),
      ok: undefined,
    },
    {
      what: '… 50 messages in view of 500 are opened and checked, ms',
      target: `< ${IN_VIEW_MS}`,
      value: ms(inView),
      ok: Math.max(...inView) < IN_VIEW_MS,
    },
    {
      what: '… where the platform has no Ed25519, ms',
      target: `< ${IN_VIEW_MS}`,
      value: ms(plain),
      ok: Math.max(...plain) < IN_VIEW_MS,
    },
    {
      what: '… all 500; the longest time in which nothing else ran, ms',
      target: '',
      value: `${ms(each(({ view }) => view.allMs))}; ${ms(block)}`,
      ok: undefined,
    },
  ];
}
