import type { Cancel, Timers } from '../../../core/clock.ts';
import { MINUTE_MS, SECOND_MS } from '../../../core/durations.ts';

const FIRST_MS = 5 * SECOND_MS;
const LAST_MS = 5 * MINUTE_MS;

/** Does something again, each time twice as late as the time before. */
export class Patience {
  readonly #timers: Pick<Timers, 'after'>;
  readonly #act: () => void;
  #cancel: Cancel | undefined;
  #ms = FIRST_MS;

  constructor(timers: Pick<Timers, 'after'>, act: () => void) {
    this.#timers = timers;
    this.#act = act;
  }

  /** Nothing changes if it is waiting already. */
  wait(): void {
    if (this.#cancel) return;
    this.#cancel = this.#timers.after(this.#ms, () => {
      this.#cancel = undefined;
      this.#act();
    });
    this.#ms = Math.min(2 * this.#ms, LAST_MS);
  }

  reset(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#ms = FIRST_MS;
  }
}
