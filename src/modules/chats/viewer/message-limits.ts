import { SECOND_MS } from '../../../core/durations.ts';

/** A page that begins says some thirty things at once, and hardly anything later. */
const AT_ONCE = 100;
const A_SECOND = 20;
/** What sends on after this many were dropped is no page. */
const PATIENCE = 1000;

/** How much one page may say on its line. */
export class MessageLimits {
  readonly #elapsed: () => number;
  #left = AT_ONCE;
  #dropped = 0;
  #at: number;

  constructor(elapsed: () => number) {
    this.#elapsed = elapsed;
    this.#at = elapsed();
  }

  take(): 'pass' | 'drop' | 'flood' {
    const now = this.#elapsed();
    this.#left = Math.min(AT_ONCE, this.#left + ((now - this.#at) / SECOND_MS) * A_SECOND);
    this.#at = now;
    if (this.#left === AT_ONCE) this.#dropped = 0;
    if (this.#left < 1) {
      this.#dropped += 1;
      return this.#dropped > PATIENCE ? 'flood' : 'drop';
    }
    this.#left -= 1;
    return 'pass';
  }
}
