import type { DueTimer } from '../../../core/due-timer.ts';
import { SECOND_MS } from '../../../core/durations.ts';
import type { Job } from '../../../core/scheduler.ts';

/** Ends and archives have a timer of their own; this is the fallback. */
export const settleCheck = (directTimer: DueTimer): Job => ({
  name: 'direct.settle',
  everyMs: 30 * SECOND_MS,
  run: () => directTimer.check(),
});
