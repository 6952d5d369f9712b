/** Finds a broadcast's number in its frame; undefined for what is none. `expected` is the number that should come next. */
export type NumberOf = (bytes: Buffer, start: number, end: number, expected: number) => number | undefined;

/** What the listeners of one run have received. Numbers start at 0. */
export class Tally {
  delivered = 0;
  lost = 0;
  disordered = 0;
  frameBytes = 0;
  /** All packets, broadcasts or not. */
  packets = 0;
  readonly #numberOf: NumberOf;
  #awaited = Number.POSITIVE_INFINITY;
  #onAwaited = () => {};

  constructor(numberOf: NumberOf) {
    this.#numberOf = numberOf;
  }

  /** The packet handler of one listener. */
  listener(): (bytes: Buffer, start: number, end: number) => void {
    let expected = 0;
    return (bytes, start, end) => {
      this.packets++;
      const number = this.#numberOf(bytes, start, end, expected);
      if (number === undefined) return;
      if (number > expected) this.lost += number - expected;
      if (number < expected) this.disordered++;
      expected = Math.max(expected, number + 1);
      this.frameBytes = end - start;
      this.delivered++;
      if (this.delivered >= this.#awaited) this.#onAwaited();
    };
  }

  /** Resolves with the time at which `count` deliveries were counted, or at which waiting was given up. */
  arrived(total: number, patienceMs: number): Promise<number> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#awaited = Number.POSITIVE_INFINITY;
        resolve(performance.now());
      };
      const timer = setTimeout(done, patienceMs);
      this.#awaited = total;
      this.#onAwaited = done;
    });
  }
}
