import type { Socket } from 'node:net';
import type { Pace } from './pace.ts';

/** One direction of a connection: reads as fast as the receiver takes it and the pace allows, and no faster. */
export class Flow {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #pace: Pace;
  #isBlocked = false;
  #isAhead = false;

  constructor(from: Socket, to: Socket, pace: Pace) {
    this.#from = from;
    this.#to = to;
    this.#pace = pace;
    to.on('drain', () => {
      this.#isBlocked = false;
      this.#goOn();
    });
  }

  /** Counts what has come, whatever becomes of it. */
  count(bytes: number): void {
    const isAhead = this.#pace.isAhead(bytes, () => {
      this.#isAhead = false;
      this.#goOn();
    });
    if (!isAhead) return;
    this.#isAhead = true;
    this.#from.pause();
  }

  /** Hands bytes on. */
  send(bytes: Buffer): void {
    if (this.#to.destroyed || this.#to.write(bytes)) return;
    this.#isBlocked = true;
    this.#from.pause();
  }

  #goOn(): void {
    if (!this.#isBlocked && !this.#isAhead) this.#from.resume();
  }
}
