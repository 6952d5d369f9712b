import { type MemoryRows, NONE } from './memory-rows.ts';

/** The cells of a place that a walk reads. */
export const PLACE_ORDER = 0;
export const PLACE_SEARCH = 2;
export const PLACE_AFTER = 3;

/** A walk along several queues at once, in order of arrival. Nothing may come or go meanwhile. */
export class MemoryTagWalk {
  readonly #rows: MemoryRows;
  /** For each queue, the place where the walk stands, and its order: at the end an infinite one. */
  readonly #places: number[] = [];
  readonly #orders: number[] = [];
  /** The order of the search shown last. */
  #order = 0;

  constructor(rows: MemoryRows) {
    this.#rows = rows;
  }

  /** Goes along one more queue. */
  add(first: number, order: number): void {
    this.#places.push(first);
    this.#orders.push(order);
  }

  /** The next search, or `NONE`. One that stands in several of the queues comes once. */
  next(): number {
    let place = NONE;
    let lowest = Number.POSITIVE_INFINITY;
    for (let index = 0; index < this.#places.length; index++) {
      // Only now, since most walks end with the first search.
      if (this.#orders[index] === this.#order) this.#step(index);
      const order = this.#orders[index] ?? Number.POSITIVE_INFINITY;
      if (order >= lowest) continue;
      lowest = order;
      place = this.#places[index] ?? NONE;
    }
    this.#order = lowest;
    return place === NONE ? NONE : this.#rows.int(place, PLACE_SEARCH);
  }

  #step(index: number): void {
    const place = this.#rows.int(this.#places[index] ?? NONE, PLACE_AFTER);
    this.#places[index] = place;
    this.#orders[index] = place === NONE ? Number.POSITIVE_INFINITY : this.#rows.float(place, PLACE_ORDER);
  }
}
