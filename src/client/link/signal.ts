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
/** What can be waited for with a signal. */
export type Abortable = {
  /** Ends the waiting, which then rejects with the signal's reason. */
  signal?: AbortSignal;
};

/** Waits until the signal aborts, and then rejects with its reason. What is waited for goes on. */
export function unlessAborted<Value>(waiting: Promise<Value>, signal: AbortSignal | undefined): Promise<Value> {
  if (!signal) return waiting;
  // Those who stopped waiting do not care why it fails.
  waiting.catch(() => {});
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    waiting.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
