import type { MemoryRows } from './memory-rows.ts';

/** Cells of a tag that belong to its ranking. */
export const PEOPLE = 4;
const RANK = 5;

/**
 * Orders tags by their number of people. One person more moves a tag behind those with more than it had, and one less before those with
 * less: the borders are known, so a change swaps two tags at most.
 */
export class MemoryTagRanking {
  readonly #rows: MemoryRows;
  /** The most searched for first. */
  readonly #tags: number[] = [];
  /** By a number of people: how many tags have more. */
  readonly #tagsAbove: number[] = [];

  constructor(rows: MemoryRows) {
    this.#rows = rows;
  }

  get size(): number {
    return this.#tags.length;
  }

  /** One person more searches by the tag. */
  raise(tag: number): void {
    const people = this.#rows.int(tag, PEOPLE);
    if (people === 0) this.#put(tag, this.#tags.length);
    const rank = this.#tagsAbove[people] ?? 0;
    this.#swap(tag, rank);
    this.#tagsAbove[people] = rank + 1;
    this.#rows.setInt(tag, PEOPLE, people + 1);
  }

  /** One person less does; with none left the tag is not ranked. */
  lower(tag: number): void {
    const people = this.#rows.int(tag, PEOPLE) - 1;
    const rank = (this.#tagsAbove[people] ?? 0) - 1;
    this.#swap(tag, rank);
    if (rank > 0 || people + 1 < this.#tagsAbove.length) this.#tagsAbove[people] = rank;
    else this.#tagsAbove.pop();
    this.#rows.setInt(tag, PEOPLE, people);
    if (people === 0) this.#tags.pop();
  }

  top(limit: number, atLeast: number): { tag: number; people: number }[] {
    const top: { tag: number; people: number }[] = [];
    for (const tag of this.#tags) {
      const people = this.#rows.int(tag, PEOPLE);
      if (top.length >= limit || people < atLeast) break;
      top.push({ tag, people });
    }
    return top;
  }

  #swap(tag: number, rank: number): void {
    const other = this.#tags[rank] ?? tag;
    this.#put(other, this.#rows.int(tag, RANK));
    this.#put(tag, rank);
  }

  #put(tag: number, rank: number): void {
    this.#tags[rank] = tag;
    this.#rows.setInt(tag, RANK, rank);
  }
}
