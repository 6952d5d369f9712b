import type { PersonId } from '../../core/principal.ts';
import type { Search } from '../../ports/match-queue.ts';
import { MemoryKeySet } from './memory-key-set.ts';
import { hashOf } from './memory-name-index.ts';

/** When two people may be paired: now, after everyone else, or never. Between: the moment from which it is a last resort. */
export const FREELY = Number.NEGATIVE_INFINITY;
export const NEVER = Number.POSITIVE_INFINITY;

/** In `#endedAt`: the chat is live. It ends, while what is `NEVER` stays. */
const LIVE = Number.MAX_VALUE;

/** What of a search is not numbers: read once the numbers of its row do not settle it. */
export class MemorySearch<Note> {
  readonly searcher: string;
  readonly person: PersonId;
  tags: readonly string[];
  readonly since: number;
  readonly note: Note;
  readonly avoids: MemoryKeySet | undefined;
  /** Two keys are usual. As fields they are read faster than from an array, and take less memory. */
  readonly #key: string | undefined;
  readonly #otherKey: string | undefined;
  readonly #moreKeys: readonly string[] | undefined;
  /** By peer: when the latest chat with them ended. */
  #endedAt: Map<PersonId, number> | undefined;

  constructor(search: Search<Note>, now: number) {
    this.searcher = search.searcher;
    this.person = search.person;
    this.tags = search.tags;
    this.since = now;
    this.note = search.note;
    this.avoids = search.avoids.length > 0 ? new MemoryKeySet(search.avoids) : undefined;
    this.#key = search.keys[0];
    this.#otherKey = search.keys[1];
    this.#moreKeys = search.keys.length > 2 ? search.keys.slice(2) : undefined;
    for (const { person, endedMsAgo } of search.earlierPeers)
      this.#noteEnd(person, endedMsAgo === null ? LIVE : now - endedMsAgo);
  }

  /** The latest end of a chat with this person; `FREELY`: there was none; `NEVER`: they must not meet. */
  endedAt(person: PersonId): number {
    const at = this.#endedAt?.get(person) ?? FREELY;
    return at === LIVE ? NEVER : at;
  }

  /** The hashes are those of its first two keys. */
  isAvoidedBy(avoids: MemoryKeySet, keyHash: number, otherKeyHash: number): boolean {
    if (this.#key !== undefined && avoids.has(this.#key, keyHash)) return true;
    if (this.#otherKey !== undefined && avoids.has(this.#otherKey, otherKeyHash)) return true;
    return this.#moreKeys?.some((key) => avoids.has(key, hashOf(key))) ?? false;
  }

  keepApartFrom(person: PersonId): void {
    this.#noteEnd(person, NEVER);
  }

  partedFrom(person: PersonId, now: number): void {
    if (this.#endedAt?.get(person) !== NEVER) this.#noteEnd(person, now);
  }

  #noteEnd(person: PersonId, at: number): void {
    this.#endedAt ??= new Map();
    this.#endedAt.set(person, at);
  }
}
