import { NEVER } from './memory-match-search.ts';
import { type MemoryRows, NONE } from './memory-rows.ts';
import { ALARM } from './memory-searches.ts';

/**
 * When searches look for a peer again: a heap by that moment. Each search knows its place in it, so that one that ends is
 * removed at once and nothing of it is held.
 */
export class MemorySearchAlarms {
  readonly #rows: MemoryRows;
  readonly #searches: number[] = [];
  readonly #moments: number[] = [];

  constructor(rows: MemoryRows) {
    this.#rows = rows;
  }

  get size(): number {
    return this.#searches.length;
  }

  /** The search that looks next, or `NONE`. */
  get next(): number {
    return this.#searches[0] ?? NONE;
  }

  get nextAt(): number {
    return this.#moments[0] ?? NEVER;
  }

  /** One moment for each search; a later one does not replace an earlier one. */
  set(search: number, at: number): void {
    const index = this.#indexOf(search);
    if (at >= (this.#moments[index] ?? NEVER)) return;
    this.#rise(search, at, index < 0 ? this.#searches.length : index);
  }

  remove(search: number): void {
    const index = this.#indexOf(search);
    if (index < 0) return;
    this.#rows.setInt(search, ALARM, 0);
    const last = this.#searches.pop();
    const at = this.#moments.pop();
    if (last === undefined || at === undefined || last === search) return;
    this.#sink(last, at, index);
    this.#rise(last, at, this.#indexOf(last));
  }

  #rise(search: number, at: number, from: number): void {
    let index = from;
    while (index > 0) {
      const above = (index - 1) >> 1;
      if (this.#momentOf(above) <= at) break;
      this.#move(above, index);
      index = above;
    }
    this.#put(search, at, index);
  }

  #sink(search: number, at: number, from: number): void {
    let index = from;
    for (;;) {
      const left = 2 * index + 1;
      const child = this.#momentOf(left + 1) < this.#momentOf(left) ? left + 1 : left;
      if (this.#momentOf(child) >= at) break;
      this.#move(child, index);
      index = child;
    }
    this.#put(search, at, index);
  }

  #indexOf(search: number): number {
    return this.#rows.int(search, ALARM) - 1;
  }

  #momentOf(index: number): number {
    return this.#moments[index] ?? NEVER;
  }

  #move(from: number, to: number): void {
    this.#put(this.#searches[from] ?? NONE, this.#momentOf(from), to);
  }

  #put(search: number, at: number, index: number): void {
    this.#searches[index] = search;
    this.#moments[index] = at;
    this.#rows.setInt(search, ALARM, index + 1);
  }
}
