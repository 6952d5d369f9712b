/** How many events of one client are handled per turn of the event loop. */
const AT_ONCE = 16;

/** Numbers the turns of the event loop. It plans nothing while it is not used. */
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
 * Runs one client's work in order and spreads a burst over several turns of the event loop. Otherwise a thousand events that
 * arrive in one read would block everyone else, because reading SQLite never yields.
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
