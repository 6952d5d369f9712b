/** How much work of one client begins in one turn of the event loop. */
const AT_ONCE = 16;

/** Counts the turns of the event loop in which somebody asks. */
export class TurnCounter {
  #turn = 0;
  #isPlanned = false;

  now(): number {
    if (!this.#isPlanned) {
      this.#isPlanned = true;
      setImmediate(() => {
        this.#isPlanned = false;
        this.#turn++;
      });
    }
    return this.#turn;
  }
}

/**
 * Work of one client, in its order. A burst of it is spread over turns of the event loop: a thousand events in one packet of
 * the network would otherwise run without a break, since reading SQLite lets nobody else in.
 */
export class FairTurns {
  readonly #turns: TurnCounter;
  readonly #waiting: (() => void)[] = [];
  #turn = -1;
  #begun = 0;

  constructor(turns: TurnCounter) {
    this.#turns = turns;
  }

  run(work: () => Promise<void>): Promise<void> {
    if (this.#waiting.length === 0 && this.#mayBegin()) return work();
    if (this.#waiting.length === 0) setImmediate(() => this.#goOn());
    return new Promise((resolve) => this.#waiting.push(() => resolve(work())));
  }

  #mayBegin(): boolean {
    const turn = this.#turns.now();
    if (turn !== this.#turn) this.#begun = 0;
    this.#turn = turn;
    return ++this.#begun <= AT_ONCE;
  }

  #goOn(): void {
    for (const begin of this.#waiting.splice(0, AT_ONCE)) begin();
    if (this.#waiting.length > 0) setImmediate(() => this.#goOn());
  }
}
