import { NONE } from './memory-rows.ts';

const FIRST_CELLS = 16;

/** Never 0. */
export function hashOf(name: string): number {
  return Bun.hash.xxHash32(name) | 0 || 1;
}

/**
 * Finds rows by name: an open hash table of hash and row, next to each other. A name is mostly settled by one cache line; the built-in
 * Map reads several names on the heap to find out that it has none. Two names may have one hash, so the names are compared in the end.
 */
export class MemoryNameIndex {
  readonly #isNamed: (row: number, name: string) => boolean;
  /** Twice as many pairs as there are rows, at least. */
  #cells = new Int32Array(2 * FIRST_CELLS);
  #mask = FIRST_CELLS - 1;
  #size = 0;

  constructor(isNamed: (row: number, name: string) => boolean) {
    this.#isNamed = isNamed;
  }

  get size(): number {
    return this.#size;
  }

  find(name: string, hash: number): number {
    for (let at = hash & this.#mask; ; at = (at + 1) & this.#mask) {
      const row = this.#row(at);
      if (row === NONE || (this.#hash(at) === hash && this.#isNamed(row, name))) return row;
    }
  }

  /** The name must not be in the index yet. */
  add(hash: number, row: number): void {
    if (2 * (this.#size + 1) > this.#mask) this.#resize(2 * (this.#mask + 1));
    this.#insert(hash, row);
    this.#size++;
  }

  has(hash: number, row: number): boolean {
    return this.#placeOf(hash, row) >= 0;
  }

  /** Another row for a name that is in the index. */
  replace(hash: number, row: number, by: number): void {
    this.#cells[2 * this.#placeOf(hash, row) + 1] = by;
  }

  /** The row must be in the index. */
  remove(hash: number, row: number): void {
    let hole = this.#placeOf(hash, row);
    // What was displaced moves up, as far as it may: there are no graves that a search would have to pass.
    for (let at = (hole + 1) & this.#mask; this.#row(at) !== NONE; at = (at + 1) & this.#mask) {
      const distance = (at - this.#hash(at)) & this.#mask;
      if (distance < ((at - hole) & this.#mask)) continue;
      this.#set(hole, this.#hash(at), this.#row(at));
      hole = at;
    }
    this.#set(hole, 0, NONE);
    if (--this.#size === 0 && this.#mask >= FIRST_CELLS) this.#resize(FIRST_CELLS);
  }

  #placeOf(hash: number, row: number): number {
    for (let at = hash & this.#mask; ; at = (at + 1) & this.#mask) {
      const found = this.#row(at);
      if (found === row) return at;
      if (found === NONE) return -1;
    }
  }

  #insert(hash: number, row: number): void {
    let at = hash & this.#mask;
    while (this.#row(at) !== NONE) at = (at + 1) & this.#mask;
    this.#set(at, hash, row);
  }

  #hash(at: number): number {
    return this.#cells[2 * at] ?? 0;
  }

  #row(at: number): number {
    return this.#cells[2 * at + 1] ?? NONE;
  }

  #set(at: number, hash: number, row: number): void {
    this.#cells[2 * at] = hash;
    this.#cells[2 * at + 1] = row;
  }

  #resize(pairs: number): void {
    const old = this.#cells;
    this.#cells = new Int32Array(2 * pairs);
    this.#mask = pairs - 1;
    for (let cell = 0; cell < old.length; cell += 2) {
      const row = old[cell + 1] ?? NONE;
      if (row !== NONE) this.#insert(old[cell] ?? 0, row);
    }
  }
}
