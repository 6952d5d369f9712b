import type { Cancel, Timers } from './clock.ts';
import type { Logger } from './logger.ts';

/** A recurring task. The scheduler handles lease, overlap and failure. */
export type Job = {
  name: string;
  everyMs: number;
  /** `lost` is aborted when another node may start the same job. */
  run(lost: AbortSignal): Promise<void>;
};

/** Runs `work` unless another node is running it; then returns false. */
type OneAtATime = (name: string, work: (lost: AbortSignal) => Promise<void>) => Promise<boolean>;

type Deps = { timers: Timers; logger: Logger; oneAtATime: OneAtATime };

/** Runs each job at its interval, one run at a time across all nodes. A failed run is logged and changes no schedule. */
export class Scheduler {
  readonly #timers: Timers;
  readonly #logger: Logger;
  readonly #oneAtATime: OneAtATime;
  readonly #waiting = new Map<Job, Cancel>();
  readonly #running = new Set<Promise<void>>();
  #stopped = false;

  constructor({ timers, logger, oneAtATime }: Deps) {
    this.#timers = timers;
    this.#logger = logger;
    this.#oneAtATime = oneAtATime;
  }

  start(jobs: readonly Job[]): void {
    for (const job of jobs) this.#plan(job, phaseOf(job));
  }

  /** Schedules no more runs and waits for those in progress. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const cancel of this.#waiting.values()) cancel();
    await Promise.allSettled(this.#running);
  }

  #plan(job: Job, inMs = job.everyMs): void {
    if (this.#stopped) return;
    this.#waiting.set(
      job,
      this.#timers.after(inMs, () => {
        const run = this.#runOnce(job).finally(() => this.#running.delete(run));
        this.#running.add(run);
      }),
    );
  }

  async #runOnce(job: Job): Promise<void> {
    try {
      const hasRun = await this.#oneAtATime(`job:${job.name}`, (lost) => job.run(lost));
      if (!hasRun) this.#logger.debug('job left to another node', { job: job.name });
    } catch (error) {
      this.#logger.error('job failed', { job: job.name, error });
    } finally {
      this.#plan(job);
    }
  }
}

/** The delay of the first run, spread by name so that jobs with the same interval do not all start at once. */
function phaseOf({ name, everyMs }: Job): number {
  const hash = [...name].reduce((sum, letter) => (Math.imul(sum, 31) + letter.charCodeAt(0)) >>> 0, 11);
  return everyMs / 2 + (hash % (everyMs / 2));
}
