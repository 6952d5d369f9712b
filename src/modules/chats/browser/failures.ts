import type { Timers } from '../../../core/clock.ts';
import { MINUTE_MS } from '../../../core/durations.ts';

/** This many failures within that time, and the browser is not started again. */
const MOST = 3;
const WITHIN_MS = 10 * MINUTE_MS;

/** The failures of one browser, as far as they still count. */
export class Failures {
  readonly #timers: Timers;
  #times: number[] = [];

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  /** Counts one. True if those were too many. */
  add(): boolean {
    const now = this.#timers.elapsed();
    this.#times = [...this.#times.filter((at) => now - at < WITHIN_MS), now];
    return this.#times.length >= MOST;
  }
}
