import type { Cancel, Timers } from '../../../core/clock.ts';
import { SECOND_MS } from '../../../core/durations.ts';
import type { Logger } from '../../../core/logger.ts';
import type { Clearing } from './clearing.service.ts';

type Deps = { timers: Timers; logger: Logger; clearing: Pick<Clearing, 'nextWipe' | 'wipeDue' | 'stop'> };

export type WipeTimer = ReturnType<typeof createWipeTimer>;

/** Wipes each chat when its timer runs out, to the second: one alarm, for the first of them all. */
export function createWipeTimer({ timers, logger, clearing }: Deps) {
  let cancel: Cancel | undefined;
  let isStopped = false;
  /** One look after the other: the last one knows best. */
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

  /** One run at a time; what failed is tried again a second later. */
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
    /** A timer has been set, or turned off: the alarm is put right. */
    plan: () => plan(),

    /** Wipes what is due. Should the alarm ever fail to ring, it is put right as well. */
    check: wipe,

    /** Rings no more, and waits for what is under way. */
    async stop(): Promise<void> {
      isStopped = true;
      cancel?.();
      await Promise.all([looking, wiping, clearing.stop()]);
    },
  };
}
