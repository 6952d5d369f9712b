import { askedToWaitMs } from './retry.ts';

/** Calls that may be made at once, and how often one more comes. */
const AT_ONCE = 30;
const EVERY_MS = 1000;

/**
 * Spaces the calls that the client makes by itself, over all of its rooms: a few at once, then one a second. None while the
 * server has asked to wait.
 */
export class Pace {
  readonly #now: () => number;
  #calls = AT_ONCE;
  #countedAt: number;
  #heldUntil = 0;

  /** `now`: in milliseconds, never going back. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#countedAt = now();
  }

  /** Takes a place. Returns how long to wait for it; 0: not at all. */
  take(): number {
    const now = this.#now();
    this.#calls = Math.min(AT_ONCE, this.#calls + (now - this.#countedAt) / EVERY_MS) - 1;
    this.#countedAt = now;
    return Math.max(0, -this.#calls * EVERY_MS, this.#heldUntil - now);
  }

  /** A call was refused: all of them wait as long as the server asks. */
  refused(error: unknown): void {
    this.#heldUntil = Math.max(this.#heldUntil, this.#now() + askedToWaitMs(error));
  }
}
