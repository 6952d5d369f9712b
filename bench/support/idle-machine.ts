import { cpus } from 'node:os';

const LOOK_MS = 500;
const IDLE_SHARE = 0.9;
const AT_MOST_MS = 60_000;
/** In total: on a machine that is never idle the numbers are off, but they come. */
let patienceMs = 10 * 60_000;

/**
 * Waits up to a minute for an idle machine: on two cores, a test run beside a benchmark halves its numbers.
 * Gives false when the machine stayed busy.
 */
export async function idleMachine(): Promise<boolean> {
  const began = performance.now();
  const until = began + Math.min(AT_MOST_MS, patienceMs);
  do {
    const before = cpuTimes();
    await Bun.sleep(LOOK_MS);
    const after = cpuTimes();
    if ((after.idle - before.idle) / (after.all - before.all) >= IDLE_SHARE) return true;
  } while (performance.now() < until);
  patienceMs -= performance.now() - began;
  return false;
}

function cpuTimes(): { idle: number; all: number } {
  let idle = 0;
  let all = 0;
  for (const { times } of cpus()) {
    idle += times.idle;
    all += times.user + times.nice + times.sys + times.irq + times.idle;
  }
  return { idle, all };
}
