import type { Timers } from '../../core/clock.ts';

/** The machine's own clock. */
export const systemTimers: Timers = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after(delayMs, act) {
    const timer = setTimeout(act, delayMs);
    return () => clearTimeout(timer);
  },
};
