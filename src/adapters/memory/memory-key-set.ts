import { hashOf } from './memory-name-index.ts';

/** So few are compared one by one. */
const FEW = 8;

/**
 * Keys to avoid; many of them in an open hash table. The built-in Set takes 300 bytes for one key, and hashes a key at each look.
 * The hashes stand by themselves, so that someone who is not to be avoided is passed without reading any key.
 */
export class MemoryKeySet {
  readonly #keys: readonly string[];
  /** One of 32 bits for each key. A person none of whose keys has its bit here is not avoided. */
  readonly bits: number;
  /** Pairs of a hash and the key's number, from 1; 0 where there is none. */
  readonly #cells: Int32Array | undefined;

  constructor(keys: readonly string[]) {
    this.#keys = keys;
    this.#cells = keys.length > FEW ? emptyTable(keys.length) : undefined;
    let bits = 0;
    let number = 0;
    for (const key of keys) {
      const hash = hashOf(key);
      bits |= bitOf(hash);
      if (this.#cells) insert(this.#cells, hash, ++number);
    }
    this.bits = bits;
  }

  /** False if none of the keys has this hash. */
  mayHave(hash: number): boolean {
    if ((this.bits & bitOf(hash)) === 0) return false;
    const cells = this.#cells;
    if (!cells) return true;
    const mask = (cells.length >> 1) - 1;
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      if (cells[2 * at + 1] === 0) return false;
      if (cells[2 * at] === hash) return true;
    }
  }

  has(key: string, hash: number): boolean {
    const cells = this.#cells;
    if (!cells) return this.#keys.includes(key);
    const mask = (cells.length >> 1) - 1;
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const number = cells[2 * at + 1] ?? 0;
      if (number === 0) return false;
      if (cells[2 * at] === hash && this.#keys[number - 1] === key) return true;
    }
  }
}

/** Chosen by the upper end of the hash: the lower one chooses the place in a table. */
export function bitOf(hash: number): number {
  return 1 << (hash >>> 27);
}

function emptyTable(keys: number): Int32Array {
  let size = 2;
  while (size < 2 * keys) size *= 2;
  return new Int32Array(2 * size);
}

function insert(cells: Int32Array, hash: number, number: number): void {
  const mask = (cells.length >> 1) - 1;
  let at = hash & mask;
  while (cells[2 * at + 1] !== 0) at = (at + 1) & mask;
  cells[2 * at] = hash;
  cells[2 * at + 1] = number;
}
