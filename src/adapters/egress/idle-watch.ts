import type { Cancel, Timers } from '../../core/clock.ts';

/** Calls `end` when nothing has happened for some time. */
export class IdleWatch {
  readonly #timers: Timers;
  readonly #end: () => void;
  #limitMs = 0;
  #lastAt = 0;
  #cancel: Cancel | undefined;
  #hasStopped = false;

  constructor(timers: Timers, end: () => void) {
    this.#timers = timers;
    this.#end = end;
  }

  /** From now on this long without a `touch`. */
  limit(ms: number): void {
    this.#limitMs = ms;
    this.#lastAt = this.#timers.elapsed();
    this.#wait(ms);
  }

  /** Something happened. Costs nothing but a look at the clock. */
  touch(): void {
    this.#lastAt = this.#timers.elapsed();
  }

  /** For good: what ends later sets no alarm any more. */
  stop(): void {
    this.#hasStopped = true;
    this.#cancel?.();
  }

  #wait(ms: number): void {
    this.#cancel?.();
    if (this.#hasStopped) return;
    this.#cancel = this.#timers.after(ms, () => {
      const leftMs = this.#lastAt + this.#limitMs - this.#timers.elapsed();
      if (leftMs > 0) this.#wait(leftMs);
      else this.#end();
    });
  }
}
