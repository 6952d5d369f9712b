import type { PersonId } from '../../core/principal.ts';
import type { MatchTimes, Search, Waiting } from '../../ports/match-queue.ts';
import { keyNumber, MemoryKeySet } from './memory-key-set.ts';
import type { MemorySearchDeadlines } from './memory-search-deadlines.ts';
import type { MemoryTagQueue } from './memory-tag-queue.ts';

/** A search's place in the queue of one of its tags. */
export type TagPlace<Note> = {
  search: MemorySearch<Note>;
  /** The search's own, at hand for a walk over several queues. */
  order: number;
  queue: MemoryTagQueue<Note>;
  before: TagPlace<Note> | undefined;
  after: TagPlace<Note> | undefined;
  /** The search's place in the queue of another of its tags. */
  next: TagPlace<Note> | undefined;
};

/** When two people may be paired: now, after everyone else, or never. Between: the moment from which it is a last resort. */
export const [FREELY, NEVER] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];

/** In `#endedAt`: the chat is live. It ends, while what is `NEVER` stays. */
const LIVE = Number.MAX_VALUE;

/** One search, linked into every list it stands in, so that it leaves each of them in constant time. */
export class MemorySearch<Note> {
  readonly searcher: string;
  readonly person: PersonId;
  tags: readonly string[];
  /** The search's places, as a list: an array for each search would take more memory. */
  places: TagPlace<Note> | undefined;
  /** The order of arrival. */
  readonly order: number;
  /** The same for all searches of one person at a time: numbers compare faster than names. */
  readonly #personNumber: number;
  readonly since: number;
  fallsAt = NEVER;
  /** The list of deadlines that the search is in, and its neighbours there; in none while it is connected. */
  deadlines: MemorySearchDeadlines<Note> | undefined;
  fallsBefore: MemorySearch<Note> | undefined;
  fallsAfter: MemorySearch<Note> | undefined;
  /** The person's next search, an older one. */
  olderOfPerson: MemorySearch<Note> | undefined;
  /** When to look for a peer again, and the place in the heap of these moments; -1: not in it. */
  looksAt = NEVER;
  looksIndex = -1;
  readonly #note: Note;
  /** Two keys are usual. As fields they are read faster than from an array, and take less memory. */
  readonly #key: string | undefined;
  readonly #keyNumber: number;
  readonly #otherKey: string | undefined;
  readonly #otherNumber: number;
  readonly #moreKeys: readonly string[] | undefined;
  readonly #avoids: MemoryKeySet | undefined;
  /** By peer: when the latest chat with them ended. */
  #endedAt: Map<PersonId, number> | undefined;

  constructor(search: Search<Note>, order: number, sibling: MemorySearch<Note> | undefined, now: number) {
    this.searcher = search.searcher;
    this.person = search.person;
    this.tags = search.tags;
    this.order = order;
    this.#personNumber = sibling ? sibling.#personNumber : order;
    this.since = now;
    this.#note = search.note;
    const [key, otherKey, ...moreKeys] = search.keys;
    this.#key = key;
    this.#keyNumber = key === undefined ? 0 : keyNumber(key);
    this.#otherKey = otherKey;
    this.#otherNumber = otherKey === undefined ? 0 : keyNumber(otherKey);
    this.#moreKeys = moreKeys.length > 0 ? moreKeys : undefined;
    this.#avoids = search.avoids.length > 0 ? new MemoryKeySet(search.avoids) : undefined;
    for (const { person, endedMsAgo } of search.earlierPeers)
      this.#noteEnd(person, endedMsAgo === null ? LIVE : now - endedMsAgo);
  }

  get isConnected(): boolean {
    return !this.deadlines;
  }

  /** `FREELY`, `NEVER`, or the moment from which the two may be paired as a last resort. */
  meets(other: MemorySearch<Note>, now: number, times: MatchTimes): number {
    if (this.#personNumber === other.#personNumber || this.#shuns(other) || other.#shuns(this)) return NEVER;
    if (!this.#endedAt && !other.#endedAt) return FREELY;
    const ended = Math.max(this.#endedAt?.get(other.person) ?? FREELY, other.#endedAt?.get(this.person) ?? FREELY);
    if (ended >= LIVE) return NEVER;
    return ended + times.lastResortMs <= now ? FREELY : ended + times.apartMs;
  }

  /** In the order of this search. */
  tagsSharedWith(other: MemorySearch<Note>): string[] {
    return this.tags.filter((tag) => other.tags.includes(tag));
  }

  keepApartFrom(person: PersonId): void {
    this.#noteEnd(person, NEVER);
  }

  partedFrom(person: PersonId, now: number): void {
    if (this.#endedAt?.get(person) !== NEVER) this.#noteEnd(person, now);
  }

  view(now: number, times: MatchTimes): Waiting<Note> {
    return {
      searcher: this.searcher,
      person: this.person,
      tags: this.tags,
      note: this.#note,
      isConnected: this.isConnected,
      waitedMs: now - this.since,
      expiresInMs: this.deadlines ? Math.max(0, this.fallsAt - now) : times.ttlMs,
    };
  }

  #shuns(other: MemorySearch<Note>): boolean {
    const avoids = this.#avoids;
    if (!avoids) return false;
    if (other.#key !== undefined && avoids.has(other.#key, other.#keyNumber)) return true;
    if (other.#otherKey !== undefined && avoids.has(other.#otherKey, other.#otherNumber)) return true;
    return other.#moreKeys?.some((key) => avoids.has(key, keyNumber(key))) ?? false;
  }

  #noteEnd(person: PersonId, at: number): void {
    this.#endedAt ??= new Map();
    this.#endedAt.set(person, at);
  }
}
