import { getRequest, runHttpClient } from '../support/http-client.ts';
import type { Caller } from './crowd.ts';

/** What the load process is asked to do. Paths are called in turn. */
export type ReadOrder = { port: number; callers: Caller[]; paths: string[]; warmUpMs: number; measureMs: number };
export type ReadResult = { perSecond: number; p50Ms: number; p99Ms: number; failed: number };

const { port, callers, paths, warmUpMs, measureMs }: ReadOrder = JSON.parse(await Bun.stdin.text());

let isStopped = false;
let isMeasuring = false;
let failed = 0;
const tookMs: number[] = [];

const work = callers.map(({ token }, index) => {
  const requests = paths.map((path) => getRequest(port, path, token));
  let turn = index;
  let sentAt = performance.now();
  return runHttpClient({
    port,
    request: () => requests[turn++ % requests.length] as Buffer,
    isStopped: () => isStopped,
    onAnswer(status) {
      const now = performance.now();
      if (status !== 200) failed++;
      if (isMeasuring) tookMs.push(now - sentAt);
      sentAt = now;
    },
  });
});

await Bun.sleep(warmUpMs);
isMeasuring = true;
const began = performance.now();
await Bun.sleep(measureMs);
isMeasuring = false;
const perSecond = (tookMs.length / (performance.now() - began)) * 1000;
isStopped = true;
await Promise.all(work);
tookMs.sort((a, b) => a - b);
const at = (share: number) => tookMs[Math.floor(tookMs.length * share)] ?? Number.NaN;
console.log(JSON.stringify({ perSecond, p50Ms: at(0.5), p99Ms: at(0.99), failed } satisfies ReadResult));
process.exit(0);
