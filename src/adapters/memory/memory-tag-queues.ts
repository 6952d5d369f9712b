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

  get ranks(): number {
    return this.#ranking.size;
  }

  /** `siblings`: the person's other searches, by the latest. */
  insert(search: MemorySearch<Note>, siblings: MemorySearch<Note> | undefined): void {
    // One string for each tag, not one for each search.
    search.tags = search.tags.map((tag) => {
      const queue = this.#queues.getOrInsertComputed(tag, () => new MemoryTagQueue<Note>(tag));
      queue.append(search);
      if (!anySearchesBy(tag, siblings)) this.#ranking.raise(queue);
      return queue.tag;
    });
  }

  remove(search: MemorySearch<Note>, siblings: MemorySearch<Note> | undefined): void {
    for (let place = search.places; place; place = place.next) {
      const { queue } = place;
      queue.remove(place);
      if (!anySearchesBy(queue.tag, siblings)) this.#ranking.lower(queue);
      if (!queue.first) this.#queues.delete(queue.tag);
    }
  }

  /** Shows everyone who stands by one of the tags, once each, the longest-waiting first, until `look` is done. */
  walk(tags: readonly string[], look: (candidate: MemorySearch<Note>) => 'next' | 'done'): void {
    const cursors = tags.map((tag) => this.#queues.get(tag)?.first);
    for (;;) {
      let oldest: TagPlace<Note> | undefined;
      for (const cursor of cursors) if (cursor && (!oldest || cursor.order < oldest.order)) oldest = cursor;
      if (!oldest) return;
      for (let index = 0; index < cursors.length; index++)
        if (cursors[index]?.order === oldest.order) cursors[index] = cursors[index]?.after;
      if (look(oldest.search) === 'done') return;
    }
  }

  top(limit: number, atLeast: number): TagCount[] {
    return this.#ranking.top(limit, atLeast);
  }
}

function anySearchesBy<Note>(tag: string, searches: MemorySearch<Note> | undefined): boolean {
  for (let search = searches; search; search = search.olderOfPerson) if (search.tags.includes(tag)) return true;
  return false;
}
