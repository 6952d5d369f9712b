import type { DueTimer } from '../../../core/due-timer.ts';
import { SECOND_MS } from '../../../core/durations.ts';
import type { Job } from '../../../core/scheduler.ts';

/** Searches that fall, and pairs that become possible, have a timer of their own; this is the fallback. */
export const matchCheck = (matchTimer: DueTimer): Job => ({
  name: 'match.settle',
  everyMs: 30 * SECOND_MS,
  run: () => matchTimer.check(),
});
