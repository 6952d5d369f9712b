import type { Timers } from '../../core/clock.ts';
import { SECOND_MS } from '../../core/durations.ts';
import { EngineError } from '../../ports/browser-engine.ts';

const EVERY_MS = 50;
const ASK_MS = SECOND_MS;
const LIMIT_MS = 40 * SECOND_MS;

/**
 * Resolves when n.eko answers at this address; Docker itself would tell ten seconds later. Rejects when `over` does.
 *
 * @throws EngineError when it does not answer within 40 s
 */
export async function untilHealthy(address: string, timers: Timers, over: Promise<never>): Promise<void> {
  const began = timers.elapsed();
  while (!(await Promise.race([isHealthy(address, timers), over]))) {
    if (timers.elapsed() - began > LIMIT_MS) {
      throw new EngineError(`The browser did not answer at ${address} within 40 seconds`);
    }
    await Promise.race([pause(timers), over]);
  }
}

async function isHealthy(address: string, timers: Timers): Promise<boolean> {
  const limit = new AbortController();
  const cancel = timers.after(ASK_MS, () => limit.abort());
  try {
    // Beside the server, whatever the way out is, and over a line that nothing else finds later.
    const here = { proxy: false, keepalive: false } as object;
    return (await fetch(`${address}/health`, { signal: limit.signal, redirect: 'manual', ...here })).ok;
  } catch {
    return false;
  } finally {
    cancel();
  }
}

function pause(timers: Timers): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  timers.after(EVERY_MS, resolve);
  return promise;
}
