import { afterAll, describe, expect, test } from 'bun:test';
import {
  type BrowserEngine,
  EngineError,
  type RunningBrowser,
  type StartProgress,
} from '../../src/ports/browser-engine.ts';
import { eventually } from '../support/waiting.ts';
import { BrowserViewer, jpegSize } from './browser-viewer.ts';

/** What both engines are run on. */
export type BothStage = AsyncDisposable & {
  engine: BrowserEngine;
  /** An address that its browsers may open. */
  url: string;
  /** The browser of a chat ends as by `kill -9`. */
  crash(chatId: number): Promise<void>;
  /** What there is of its browsers: processes, profiles, containers. */
  leftovers(): Promise<readonly unknown[]>;
};

type Shown = { browser: RunningBrowser; viewer: BrowserViewer; steps: StartProgress['step'][] };

const REFUSED = [
  'file:///etc/passwd',
  'javascript:alert(1)',
  'data:text/html,hello',
  'chrome://version',
  'view-source:http://site.test/',
  'devtools://devtools/bundled/inspector.html',
  'about:blank',
  'blob:http://site.test/1',
  'ftp://site.test/',
  'http://name:word@site.test/',
  'http://name@site.test/',
  'not an address',
  '--renderer-cmd-prefix=id',
  `http://site.test/${'a'.repeat(2049)}`,
  '',
];
const TEXT = 'von außen: "žltý" \\ 😀\nzweite Zeile';

/** What an engine promises whatever it runs: the two of them mean the same to all that is above. */
export function bothEnginesPromise(name: string, open: () => Promise<BothStage>): void {
  describe(`an engine of ${name}`, () => {
    let shared: Promise<BothStage & Shown> | undefined;
    const there = () => {
      shared ??= open().then(async (stage) => ({ ...stage, ...(await show(stage.engine, 1)) }));
      return shared;
    };
    afterAll(async () => (await shared)?.[Symbol.asyncDispose]());

    async function show(engine: BrowserEngine, chatId: number, startUrl: string | null = null): Promise<Shown> {
      const viewer = new BrowserViewer();
      const steps: StartProgress['step'][] = [];
      const request = { chatId, browser: 'chromium', startUrl, kiosk: false } as const;
      const browser = await engine.start(request, viewer, ({ step }) => {
        if (steps.at(-1) !== step) steps.push(step);
      });
      return { browser, viewer, steps };
    }

    test('finds all that it needs, and says where each thing is', async () => {
      const { engine } = await there();
      const checks = await engine.check();
      expect(checks.length).toBeGreaterThan(0);
      expect(checks.every(({ name, detail }) => name !== '' && detail !== '')).toBe(true);
      expect(checks.filter(({ ok }) => !ok)).toEqual([]);
    });

    test('tells the steps of a start in order, up to the last', async () => {
      const { steps, browser } = await there();
      const order = ['pull', 'create', 'boot', 'ready'].filter((step) => steps.some((one) => one === step));
      expect(steps as string[]).toEqual(order);
      expect(steps.at(-1)).toBe('ready');
      expect(browser.width).toBeGreaterThan(0);
      expect(browser.height).toBeGreaterThan(0);
    });

    test('opens nothing but plain web addresses, neither later nor at the start', async () => {
      const { browser, engine, leftovers } = await there();
      const before = { page: browser.page.url, left: (await leftovers()).length };
      for (const url of REFUSED) {
        expect(browser.navigate({ url })).rejects.toBeInstanceOf(EngineError);
        const request = { chatId: 2, browser: 'chromium', startUrl: url, kiosk: false } as const;
        expect(engine.start(request, new BrowserViewer(), () => {})).rejects.toBeInstanceOf(EngineError);
      }
      await engine.check();
      expect({ page: browser.page.url, left: (await leftovers()).length }).toEqual(before);
    });

    test('opens an address, and tells it', async () => {
      const { browser, viewer, url } = await there();
      await browser.navigate({ url });
      await eventually(() => viewer.pages.at(-1)?.url === url, { found: () => viewer.pages });
      expect(browser.page.url).toBe(url);
    });

    test('takes single pictures of any width up to its own, many at once too', async () => {
      const { browser } = await there();
      const sizes = [];
      for (const width of [480, browser.width, 100, 5000]) {
        sizes.push(jpegSize(await browser.capture({ quality: 80, width })).width);
      }
      expect(sizes).toEqual([480, browser.width, 100, browser.width]);
      const many = await Promise.all(Array.from({ length: 10 }, () => browser.capture({ quality: 50, width: 200 })));
      expect(many.map((one) => jpegSize(one).width)).toEqual(many.map(() => 200));
    });

    test('keeps what was put into the clipboard, and that of one browser from the next', async () => {
      const { browser, engine } = await there();
      await browser.writeClipboard(TEXT);
      expect(await browser.readClipboard()).toBe(TEXT);
      await browser.writeClipboard('');
      expect(await browser.readClipboard()).toBe('');
      await browser.writeClipboard(TEXT);
      const other = await show(engine, 3);
      expect(await other.browser.readClipboard()).toBe('');
      await other.browser.stop();
      expect(await browser.readClipboard()).toBe(TEXT);
    });

    test('does nothing for input and casts that come from nowhere, and goes on', async () => {
      const { browser, viewer } = await there();
      browser.cast('half', false);
      browser.input([{ type: 'up', x: 0.5, y: 0.5, button: 0 }]);
      browser.answerDialog('there is none', { accept: true });
      expect((await browser.capture({ quality: 80, width: 100 })).length).toBeGreaterThan(0);
      expect(viewer.goneFor).toEqual([]);
    });

    test('does not clear away what runs', async () => {
      const { browser, engine, viewer, leftovers } = await there();
      const before = (await leftovers()).length;
      expect(await engine.clear()).toEqual([]);
      expect((await leftovers()).length).toBe(before);
      expect((await browser.capture({ quality: 80, width: 100 })).length).toBeGreaterThan(0);
      expect(viewer.goneFor).toEqual([]);
    });

    test('leaves nothing of a browser that was stopped, twice at once, and tells nothing more of it', async () => {
      await using stage = await open();
      const { browser, viewer } = await show(stage.engine, 1, stage.url);
      expect((await stage.leftovers()).length).toBeGreaterThan(0);
      await Promise.all([browser.stop(), browser.stop()]);
      expect(await stage.leftovers()).toEqual([]);
      const { told } = viewer;
      await browser.stop();
      browser.cast('full', true);
      browser.input([{ type: 'text', text: 'x' }]);
      expect(browser.navigate({ url: stage.url })).rejects.toBeInstanceOf(EngineError);
      expect(browser.readClipboard()).rejects.toBeInstanceOf(EngineError);
      expect(viewer.told).toBe(told);
      expect(viewer.goneFor).toEqual([]);
    });

    test('tells of a crash once, when all is cleared away, and starts the next one', async () => {
      await using stage = await open();
      const { browser, viewer } = await show(stage.engine, 1);
      await stage.crash(1);
      await eventually(() => viewer.goneFor.length > 0, { withinMs: 6000 });
      expect(await stage.leftovers()).toEqual([]);
      expect(viewer.goneFor[0]).toMatch(/^[A-Z].*[^.]$/s);
      await browser.stop();
      const next = await show(stage.engine, 1);
      expect(viewer.goneFor).toHaveLength(1);
      expect(next.viewer.goneFor).toEqual([]);
      await next.browser.stop();
    });

    test('gives up starts under way when it closes, and leaves nothing of them', async () => {
      await using stage = await open();
      const starting = show(stage.engine, 1).then(
        ({ browser }) => browser.stop(),
        (error) => error as unknown,
      );
      await stage.engine.close();
      const failed = await starting;
      if (failed !== undefined) expect(failed).toBeInstanceOf(EngineError);
      expect(await stage.leftovers()).toEqual([]);
    });
  });
}
