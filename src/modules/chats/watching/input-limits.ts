import { SECOND_MS } from '../../../core/durations.ts';

/** So many events go to the browser in any second; the rest is dropped. */
const MOST = 120;
/** More than this a second, for five seconds: no person does that. */
const FLOOD = 1000;
const FLOOD_MS = 5 * SECOND_MS;

/** How much input one socket may send. */
export class InputLimits {
  readonly #elapsed: () => number;
  /** When the last ones were accepted, in a ring. */
  readonly #accepted = new Float64Array(MOST).fill(Number.NEGATIVE_INFINITY);
  #next = 0;
  #second = { since: Number.NEGATIVE_INFINITY, count: 0 };
  #floodSince: number | undefined;

  constructor(elapsed: () => number) {
    this.#elapsed = elapsed;
  }

  /** Counts what came. True when it is a flood, and the socket should be cut. */
  isFlood(events: number): boolean {
    const now = this.#elapsed();
    const { since, count } = this.#second;
    if (now - since >= SECOND_MS) {
      const isGoingOn = count > FLOOD && now - since < 2 * SECOND_MS;
      this.#floodSince = isGoingOn ? (this.#floodSince ?? since) : undefined;
      this.#second = { since: now, count: 0 };
    }
    this.#second.count += events;
    return this.#floodSince !== undefined && now - this.#floodSince >= FLOOD_MS;
  }

  /** Whether one more event may go to the browser. */
  accepts(): boolean {
    const now = this.#elapsed();
    if (now - (this.#accepted[this.#next] as number) < SECOND_MS) return false;
    this.#accepted[this.#next] = now;
    this.#next = (this.#next + 1) % MOST;
    return true;
  }
}
