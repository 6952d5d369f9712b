import type { MemorySearch, TagPlace } from './memory-match-search.ts';
import type { TagRank } from './memory-tag-ranking.ts';

/** Those who search by one tag, in order of arrival. */
export class MemoryTagQueue<Note> {
  readonly tag: string;
  first: TagPlace<Note> | undefined;
  #last: TagPlace<Note> | undefined;
  /** A person with several searches counts once. */
  people = 0;
  /** Its place in the ranking by people. */
  rank: TagRank<Note> | undefined;
  rankBefore: MemoryTagQueue<Note> | undefined;
  rankAfter: MemoryTagQueue<Note> | undefined;

  constructor(tag: string) {
    this.tag = tag;
  }

  append(search: MemorySearch<Note>): void {
    const place: TagPlace<Note> = {
      search,
      order: search.order,
      queue: this,
      before: this.#last,
      after: undefined,
      next: search.places,
    };
    if (this.#last) this.#last.after = place;
    else this.first = place;
    this.#last = place;
    search.places = place;
  }

  remove({ before, after }: TagPlace<Note>): void {
    if (before) before.after = after;
    else this.first = after;
    if (after) after.before = before;
    else this.#last = before;
  }
}
