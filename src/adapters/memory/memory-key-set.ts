/** Keys are hashes, so their ends alone tell most of them apart. */
const HASHED_CHARACTERS = 8;

/** A number for a key, to be computed once. */
export function keyNumber(key: string): number {
  let hash = 0;
  for (let index = Math.max(0, key.length - HASHED_CHARACTERS); index < key.length; index++)
    hash = (Math.imul(hash, 31) + key.charCodeAt(index)) | 0;
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return hash ^ (hash >>> 12);
}

/**
 * Keys to avoid, in an open hash table. The built-in Set takes 300 bytes for one key, and two to three times as long to pass over
 * thousands of people: it hashes each key again, and arrays for few keys beside sets for many defeat the compiler.
 */
export class MemoryKeySet {
  readonly #slots: (string | undefined)[];

  constructor(keys: readonly string[]) {
    let size = 2;
    while (size < 2 * keys.length) size *= 2;
    const slots = new Array<string | undefined>(size).fill(undefined);
    for (const key of keys) {
      let slot = keyNumber(key) & (size - 1);
      while (slots[slot] !== undefined) slot = (slot + 1) & (size - 1);
      slots[slot] = key;
    }
    this.#slots = slots;
  }

  /** `number`: the {@link keyNumber} of the key. */
  has(key: string, number: number): boolean {
    const slots = this.#slots;
    const last = slots.length - 1;
    for (let slot = number & last; ; slot = (slot + 1) & last) {
      const found = slots[slot];
      if (found === undefined) return false;
      if (found === key) return true;
    }
  }
}
