/** Lets callers wait until something has become true, without asking again and again. */
export class Signal {
  readonly #waiters = new Set<() => void>();

  /** Something changed: whoever waits looks again. */
  notify(): void {
    for (const look of [...this.#waiters]) look();
  }

  /** True as soon as `isTrue()` holds, looked at now and at every `notify()`; false after `timeoutMs` without. */
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
