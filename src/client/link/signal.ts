/** Lets callers wait for a condition without polling. */
export class Signal {
  readonly #waiters = new Set<() => void>();

  /** Something changed: every waiter checks its condition again. */
  notify(): void {
    for (const look of [...this.#waiters]) look();
  }

  /** Resolves to true once `isTrue()` holds, checked now and at every `notify()`; to false after `timeoutMs`. */
  until(isTrue: () => boolean, timeoutMs: number): Promise<boolean> {
    if (isTrue()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const finish = (outcome: boolean) => {
        clearTimeout(timer);
        this.#waiters.delete(look);
        resolve(outcome);
      };
      const look = () => {
        if (isTrue()) finish(true);
      };
      const timer = setTimeout(() => finish(false), Math.max(0, timeoutMs));
      this.#waiters.add(look);
    });
  }
}
