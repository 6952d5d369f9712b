import type { MemorySearch } from './memory-match-search.ts';

/**
 * When searches look for a peer again: a heap by `looksAt`. Each search knows its index in it, so that one that ends is
 * removed at once and nothing of it is held.
 */
export class MemorySearchAlarms<Note> {
  readonly #heap: MemorySearch<Note>[] = [];

  get size(): number {
    return this.#heap.length;
  }

  get next(): MemorySearch<Note> | undefined {
    return this.#heap[0];
  }

  /** One moment for each search; a later one does not replace an earlier one. */
  set(search: MemorySearch<Note>, at: number): void {
    if (at >= search.looksAt) return;
    search.looksAt = at;
    if (search.looksIndex < 0) this.#heap.push(search);
    this.#rise(search, search.looksIndex < 0 ? this.#heap.length - 1 : search.looksIndex);
  }

  remove(search: MemorySearch<Note>): void {
    const index = search.looksIndex;
    if (index < 0) return;
    search.looksAt = Number.POSITIVE_INFINITY;
    search.looksIndex = -1;
    const last = this.#heap.pop();
    if (!last || last === search) return;
    this.#sink(last, index);
    this.#rise(last, last.looksIndex);
  }

  #rise(search: MemorySearch<Note>, from: number): void {
    let index = from;
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = this.#heap[above];
      if (!parent || parent.looksAt <= search.looksAt) break;
      this.#put(parent, index);
      index = above;
    }
    this.#put(search, index);
  }

  #sink(search: MemorySearch<Note>, from: number): void {
    let index = from;
    for (;;) {
      const [left, right] = [this.#heap[2 * index + 1], this.#heap[2 * index + 2]];
      const child = right && left && right.looksAt < left.looksAt ? right : left;
      if (!child || child.looksAt >= search.looksAt) break;
      const below = child.looksIndex;
      this.#put(child, index);
      index = below;
    }
    this.#put(search, index);
  }

  #put(search: MemorySearch<Note>, index: number): void {
    this.#heap[index] = search;
    search.looksIndex = index;
  }
}
