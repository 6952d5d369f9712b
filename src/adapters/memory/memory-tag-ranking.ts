import type { TagCount } from '../../ports/match-queue.ts';
import type { MemoryTagQueue } from './memory-tag-queue.ts';

/** The tags with the same number of people. */
export type TagRank<Note> = {
  people: number;
  first: MemoryTagQueue<Note> | undefined;
  above: TagRank<Note> | undefined;
  below: TagRank<Note> | undefined;
};

/** Orders tags by their number of people. A change by one moves a tag to the next rank, in constant time. */
export class MemoryTagRanking<Note> {
  #highest: TagRank<Note> | undefined;
  #lowest: TagRank<Note> | undefined;

  get size(): number {
    let size = 0;
    for (let rank = this.#lowest; rank; rank = rank.above) size++;
    return size;
  }

  /** One person more searches by the tag. */
  raise(queue: MemoryTagQueue<Note>): void {
    const rank = queue.rank;
    const above = rank ? rank.above : this.#lowest;
    const people = ++queue.people;
    const next = above?.people === people ? above : this.#insert(people, rank, above);
    this.#move(queue, next);
  }

  /** One person less does; with none left the tag is not ranked. */
  lower(queue: MemoryTagQueue<Note>): void {
    const people = --queue.people;
    const below = queue.rank?.below;
    if (people === 0) this.#move(queue, undefined);
    else this.#move(queue, below?.people === people ? below : this.#insert(people, below, queue.rank));
  }

  top(limit: number, atLeast: number): TagCount[] {
    const counts: TagCount[] = [];
    for (let rank = this.#highest; rank && rank.people >= atLeast; rank = rank.below)
      for (let queue = rank.first; queue; queue = queue.rankAfter) {
        if (counts.length >= limit) return counts;
        counts.push({ tag: queue.tag, waiting: rank.people });
      }
    return counts;
  }

  #insert(people: number, below: TagRank<Note> | undefined, above: TagRank<Note> | undefined): TagRank<Note> {
    const rank: TagRank<Note> = { people, first: undefined, above, below };
    if (below) below.above = rank;
    else this.#lowest = rank;
    if (above) above.below = rank;
    else this.#highest = rank;
    return rank;
  }

  #move(queue: MemoryTagQueue<Note>, to: TagRank<Note> | undefined): void {
    const from = queue.rank;
    if (from) {
      const { rankBefore, rankAfter } = queue;
      if (rankBefore) rankBefore.rankAfter = rankAfter;
      else from.first = rankAfter;
      if (rankAfter) rankAfter.rankBefore = rankBefore;
    }
    queue.rank = to;
    queue.rankBefore = undefined;
    queue.rankAfter = to?.first;
    if (to?.first) to.first.rankBefore = queue;
    if (to) to.first = queue;
    if (from && !from.first) this.#drop(from);
  }

  #drop({ above, below }: TagRank<Note>): void {
    if (above) above.below = below;
    else this.#highest = below;
    if (below) below.above = above;
    else this.#lowest = above;
  }
}
