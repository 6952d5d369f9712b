import { SECOND_MS } from '../../../core/durations.ts';

type Options = { atOnce: number; aSecond: number; elapsed(): number };

/** So much of something at once, and so much of it a second in the long run. */
export class Budget {
  readonly #options: Options;
  #left: number;
  #at: number;

  constructor(options: Options) {
    this.#options = options;
    this.#left = options.atOnce;
    this.#at = options.elapsed();
  }

  /** Takes one, if there is one left. */
  take(): boolean {
    const { atOnce, aSecond, elapsed } = this.#options;
    const now = elapsed();
    this.#left = Math.min(atOnce, this.#left + ((now - this.#at) / SECOND_MS) * aSecond);
    this.#at = now;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
