import type { Cancel, Timers } from '../../../core/clock.ts';
import { SECOND_MS } from '../../../core/durations.ts';
import type { Logger } from '../../../core/logger.ts';
import type { Clearing } from './clearing.service.ts';

type Deps = { timers: Timers; logger: Logger; clearing: Pick<Clearing, 'nextWipe' | 'wipeDue' | 'stop'> };

export type WipeTimer = ReturnType<typeof createWipeTimer>;

/** Wipes each chat on time, to the second, with one alarm set for the earliest wipe. */
export function createWipeTimer({ timers, logger, clearing }: Deps) {
  let cancel: Cancel | undefined;
  let isStopped = false;
  /** Look-ups run one after the other, so that the latest one sets the alarm. */
  let looking = Promise.resolve();
  let wiping: Promise<void> | undefined;

  async function look(earliestMs: number): Promise<void> {
    const at = await clearing.nextWipe();
    cancel?.();
    cancel = undefined;
    if (at === undefined || isStopped) return;
    cancel = timers.after(Math.max(earliestMs, at - timers.now()), () => void wipe());
  }

  function plan(earliestMs = 0): Promise<void> {
    looking = looking
      .then(() => (isStopped ? undefined : look(earliestMs)))
      .catch((error: unknown) => logger.error('looking for the next wipe failed', { error }));
    return looking;
  }

  /** Only one run at a time. A failed run is retried after a second. */
  function wipe(): Promise<void> {
    wiping ??= clearing
      .wipeDue()
      .then(() => 0)
      .catch((error: unknown) => {
        logger.error('wiping failed', { error });
        return SECOND_MS;
      })
      .then((earliestMs) => {
        wiping = undefined;
        return plan(earliestMs);
      });
    return wiping;
  }

  return {
    /** Resets the alarm after a timer was set or turned off. */
    plan: () => plan(),

    /** Wipes what is due and resets the alarm, in case it failed to fire. */
    check: wipe,

    /** Cancels the alarm, and waits for work in progress. */
    async stop(): Promise<void> {
      isStopped = true;
      cancel?.();
      await Promise.all([looking, wiping, clearing.stop()]);
    },
  };
}
