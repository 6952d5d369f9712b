import type { Cancel, Timers } from './clock.ts';
import type { Logger } from './logger.ts';

/** Work done again and again, as data. The scheduler owns overlap and failure. */
export type Job = { name: string; everyMs: number; run(): Promise<void> };

/** Runs jobs on their own intervals: never two runs of one job at a time, and a failed run is logged and tried again. */
export class Scheduler {
  readonly #timers: Timers;
  readonly #logger: Logger;
  readonly #waiting = new Map<Job, Cancel>();
  readonly #running = new Set<Promise<void>>();
  #stopped = false;

  constructor(timers: Timers, logger: Logger) {
    this.#timers = timers;
    this.#logger = logger;
  }

  start(jobs: readonly Job[]): void {
    for (const job of jobs) this.#plan(job);
  }

  /** Plans no more runs and waits for those under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const cancel of this.#waiting.values()) cancel();
    await Promise.allSettled(this.#running);
  }

  #plan(job: Job): void {
    if (this.#stopped) return;
    this.#waiting.set(
      job,
      this.#timers.after(job.everyMs, () => {
        const run = this.#runOnce(job).finally(() => this.#running.delete(run));
        this.#running.add(run);
      }),
    );
  }

  async #runOnce(job: Job): Promise<void> {
    try {
      await job.run();
    } catch (error) {
      this.#logger.error('job failed', { job: job.name, error });
    } finally {
      this.#plan(job);
    }
  }
}
