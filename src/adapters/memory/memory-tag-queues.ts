import type { TagCount } from '../../ports/match-queue.ts';
import type { MemorySearch, TagPlace } from './memory-match-search.ts';
import { MemoryTagQueue } from './memory-tag-queue.ts';
import { MemoryTagRanking } from './memory-tag-ranking.ts';

/** The queues of all tags. One that nobody stands in is not kept. */
export class MemoryTagQueues<Note> {
  readonly #queues = new Map<string, MemoryTagQueue<Note>>();
  readonly #ranking = new MemoryTagRanking<Note>();

  get size(): number {
    return this.#queues.size;
  }

  /** `siblings`: the person's other searches, by the latest. */
  insert(search: MemorySearch<Note>, siblings: MemorySearch<Note> | undefined): void {
    for (const tag of search.tags) {
      let queue = this.#queues.get(tag);
      if (!queue) {
        queue = new MemoryTagQueue(tag);
        this.#queues.set(tag, queue);
      }
      queue.append(search);
      if (!anySearchesBy(tag, siblings)) this.#ranking.raise(queue);
    }
  }

  remove(search: MemorySearch<Note>, siblings: MemorySearch<Note> | undefined): void {
    for (const place of search.places) {
      const { queue } = place;
      queue.remove(place);
      if (!anySearchesBy(queue.tag, siblings)) this.#ranking.lower(queue);
      if (!queue.first) this.#queues.delete(queue.tag);
    }
    search.places.length = 0;
  }

  /** Shows everyone who shares a tag with the search, once each, the longest-waiting first, until `look` is done. */
  walk(tags: readonly string[], look: (candidate: MemorySearch<Note>) => 'next' | 'done'): void {
    const cursors: TagPlace<Note>[] = [];
    for (const tag of tags) {
      const first = this.#queues.get(tag)?.first;
      if (first) cursors.push(first);
    }
    while (cursors.length > 0) {
      const candidate = oldestOf(cursors);
      // Looking may remove the candidate, so the cursors move on before.
      for (let index = cursors.length - 1; index >= 0; index--) {
        const cursor = cursors[index];
        if (!cursor || cursor.search !== candidate) continue;
        if (cursor.after) cursors[index] = cursor.after;
        else cursors.splice(index, 1);
      }
      if (candidate && look(candidate) === 'done') return;
    }
  }

  top(limit: number, atLeast: number): TagCount[] {
    return this.#ranking.top(limit, atLeast);
  }
}

function oldestOf<Note>(cursors: readonly TagPlace<Note>[]): MemorySearch<Note> | undefined {
  let oldest = cursors[0]?.search;
  for (const { search } of cursors) if (oldest && search.order < oldest.order) oldest = search;
  return oldest;
}

function anySearchesBy<Note>(tag: string, searches: MemorySearch<Note> | undefined): boolean {
  for (let search = searches; search; search = search.olderOfPerson) if (search.tags.includes(tag)) return true;
  return false;
}
