import type { Timers } from '../../core/clock.ts';
import { SECOND_MS } from '../../core/durations.ts';

/** How far ahead of its pace a browser may be, so that short pages are not held up. */
const AHEAD_MS = 250;

/** Holds the connections of a browser to a number of bytes per second: every byte passes the event loop of the server. */
export class Pace {
  readonly #timers: Timers;
  readonly #bytesPerMs: number;
  #dueAt = 0;

  constructor(timers: Timers, bytesPerSecond: number) {
    this.#timers = timers;
    this.#bytesPerMs = bytesPerSecond / SECOND_MS;
  }

  /** Counts bytes. When they came too fast: true, and `goOn` is called when it is time for more. */
  isAhead(bytes: number, goOn: () => void): boolean {
    const now = this.#timers.elapsed();
    this.#dueAt = Math.max(this.#dueAt, now) + bytes / this.#bytesPerMs;
    const aheadMs = this.#dueAt - now;
    if (aheadMs <= AHEAD_MS) return false;
    this.#timers.after(aheadMs - AHEAD_MS, goOn);
    return true;
  }
}
