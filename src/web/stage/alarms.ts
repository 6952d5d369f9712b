/** Does something later, unless the returned function is called before. */
export type After = (delayMs: number, act: () => void) => () => void;

export const afterTimeout: After = (delayMs, act) => {
  const timer = setTimeout(act, delayMs);
  return () => clearTimeout(timer);
};

/** Alarms by name: setting one again replaces it. */
export class Alarms<Name extends string> {
  readonly #after: After;
  readonly #set = new Map<Name, () => void>();

  constructor(after: After) {
    this.#after = after;
  }

  set(name: Name, delayMs: number, act: () => unknown): void {
    this.clear(name);
    const cancel = this.#after(delayMs, () => {
      this.#set.delete(name);
      act();
    });
    this.#set.set(name, cancel);
  }

  has(name: Name): boolean {
    return this.#set.has(name);
  }

  clear(name: Name): void {
    this.#set.get(name)?.();
    this.#set.delete(name);
  }

  clearAll(): void {
    for (const name of [...this.#set.keys()]) this.clear(name);
  }
}
