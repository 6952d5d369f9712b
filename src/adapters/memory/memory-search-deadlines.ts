import type { MemorySearch } from './memory-match-search.ts';

/** Searches with the same time to live, in the order in which they fall: later ones are added later. */
export class MemorySearchDeadlines<Note> {
  readonly #lastsMs: number;
  first: MemorySearch<Note> | undefined;
  #last: MemorySearch<Note> | undefined;

  constructor(lastsMs: number) {
    this.#lastsMs = lastsMs;
  }

  add(search: MemorySearch<Note>, now: number): void {
    search.deadlines = this;
    search.fallsAt = now + this.#lastsMs;
    search.fallsBefore = this.#last;
    search.fallsAfter = undefined;
    if (this.#last) this.#last.fallsAfter = search;
    else this.first = search;
    this.#last = search;
  }

  remove(search: MemorySearch<Note>): void {
    const { fallsBefore, fallsAfter } = search;
    if (fallsBefore) fallsBefore.fallsAfter = fallsAfter;
    else this.first = fallsAfter;
    if (fallsAfter) fallsAfter.fallsBefore = fallsBefore;
    else this.#last = fallsBefore;
    search.deadlines = undefined;
    search.fallsAt = Number.POSITIVE_INFINITY;
  }
}
