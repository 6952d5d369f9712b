import type { MatchTimes } from '../../ports/match-queue.ts';
import { bitOf, type MemoryKeySet } from './memory-key-set.ts';
import { FREELY, type MemorySearch, NEVER } from './memory-match-search.ts';
import type { MemoryRows } from './memory-rows.ts';
import {
  AVOIDS,
  EARLIER_PEERS,
  FLAGS,
  KEY_HASH,
  type MemorySearches,
  MORE_KEYS,
  OTHER_KEY_HASH,
  PERSON_HASH,
} from './memory-searches.ts';

const ALL_BITS = -1;

/** One who looks for a peer, with what each candidate is compared with at hand. Only numbers are read of most candidates. */
export class MemorySeeker<Note> {
  readonly #searches: MemorySearches<Note>;
  readonly #rows: MemoryRows;
  readonly #row: number;
  readonly #self: MemorySearch<Note>;
  readonly #personHash: number;
  readonly #avoids: MemoryKeySet | undefined;
  readonly #keyBits: number;
  readonly #flags: number;

  constructor(searches: MemorySearches<Note>, row: number) {
    const { rows } = searches;
    this.#searches = searches;
    this.#rows = rows;
    this.#row = row;
    this.#self = searches.get(row);
    this.#personHash = rows.int(row, PERSON_HASH);
    this.#avoids = this.#self.avoids;
    this.#flags = rows.int(row, FLAGS);
    const bits = bitOf(rows.int(row, KEY_HASH)) | bitOf(rows.int(row, OTHER_KEY_HASH));
    this.#keyBits = this.#flags & MORE_KEYS ? ALL_BITS : bits;
  }

  /** `FREELY`, `NEVER`, or the moment from which the two may be paired as a last resort. */
  meets(candidate: number, now: number, times: MatchTimes): number {
    const rows = this.#rows;
    if (rows.int(candidate, PERSON_HASH) === this.#personHash && this.#isOwn(candidate)) return NEVER;
    if (this.#avoids && this.#searches.isAvoidedBy(candidate, this.#avoids)) return NEVER;
    if (rows.int(candidate, AVOIDS) & this.#keyBits && this.#isAvoidedBy(candidate)) return NEVER;
    if (!((this.#flags | rows.int(candidate, FLAGS)) & EARLIER_PEERS)) return FREELY;
    const other = this.#searches.get(candidate);
    const ended = Math.max(this.#self.endedAt(other.person), other.endedAt(this.#self.person));
    return ended + times.lastResortMs <= now ? FREELY : ended + times.apartMs;
  }

  #isOwn(candidate: number): boolean {
    return this.#searches.get(candidate).person === this.#self.person;
  }

  #isAvoidedBy(candidate: number): boolean {
    const { avoids } = this.#searches.get(candidate);
    return avoids !== undefined && this.#searches.isAvoidedBy(this.#row, avoids);
  }
}
