import type { Cancel, Timers } from './clock.ts';
import { SECOND_MS } from './durations.ts';
import type { Logger } from './logger.ts';

type Deps = {
  timers: Timers;
  logger: Logger;
  /** For the log: `wiping`. */
  work: string;
  /** When the next thing is due, in Unix milliseconds. */
  nextDue(): Promise<number | undefined>;
  /** Does everything that is due. */
  run(): Promise<void>;
};

export type DueTimer = ReturnType<typeof createDueTimer>;

/** Does things when they are due, to the second, with one alarm set for the earliest. */
export function createDueTimer({ timers, logger, work, nextDue, run }: Deps) {
  let cancel: Cancel | undefined;
  let isStopped = false;
  /** Look-ups run one after the other, so that the latest one sets the alarm. */
  let looking = Promise.resolve();
  let running: Promise<void> | undefined;

  async function look(earliestMs: number): Promise<void> {
    const at = await nextDue();
    cancel?.();
    cancel = undefined;
    if (at === undefined || isStopped) return;
    cancel = timers.after(Math.max(earliestMs, at - timers.now()), () => void runDue());
  }

  function plan(earliestMs = 0): Promise<void> {
    looking = looking
      .then(() => (isStopped ? undefined : look(earliestMs)))
      .catch((error: unknown) => logger.error(`planning failed: ${work}`, { error }));
    return looking;
  }

  /** Only one run at a time. A failed run is retried after a second. */
  function runDue(): Promise<void> {
    running ??= run()
      .then(() => 0)
      .catch((error: unknown) => {
        logger.error(`${work} failed`, { error });
        return SECOND_MS;
      })
      .then((earliestMs) => {
        running = undefined;
        return plan(earliestMs);
      });
    return running;
  }

  return {
    /** Resets the alarm after something changed. */
    plan: () => plan(),

    /** Does what is due and resets the alarm, in case it failed to fire. */
    check: runDue,

    /** Cancels the alarm, and waits for work in progress. */
    async stop(): Promise<void> {
      isStopped = true;
      cancel?.();
      await Promise.all([looking, running]);
    },
  };
}
