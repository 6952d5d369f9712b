import type { Cancel, Timers } from '../../../core/clock.ts';
import { SECOND_MS } from '../../../core/durations.ts';

export type Point = { x: number; y: number };
type State = { sentAt: number; latest: Point | undefined; alarm: Cancel | undefined };

/** Twenty a second. */
const PAUSE_MS = SECOND_MS / 20;

/** Where the people of one chat point: told at once, then at most twenty times a second each, and always where they stopped. */
export class Pointers {
  readonly #timers: Timers;
  readonly #tell: (userId: number, point: Point) => void;
  readonly #states = new Map<number, State>();

  constructor(timers: Timers, tell: (userId: number, point: Point) => void) {
    this.#timers = timers;
    this.#tell = tell;
  }

  at(userId: number, point: Point): void {
    const state = this.#states.get(userId) ?? { sentAt: Number.NEGATIVE_INFINITY, latest: undefined, alarm: undefined };
    this.#states.set(userId, state);
    state.latest = point;
    if (state.alarm) return;
    const wait = state.sentAt + PAUSE_MS - this.#timers.elapsed();
    if (wait <= 0) this.#send(userId, state);
    else state.alarm = this.#timers.after(wait, () => this.#send(userId, state));
  }

  remove(userId: number): void {
    this.#states.get(userId)?.alarm?.();
    this.#states.delete(userId);
  }

  clear(): void {
    for (const userId of [...this.#states.keys()]) this.remove(userId);
  }

  #send(userId: number, state: State): void {
    const { latest } = state;
    Object.assign(state, { sentAt: this.#timers.elapsed(), latest: undefined, alarm: undefined });
    if (latest) this.#tell(userId, latest);
  }
}
