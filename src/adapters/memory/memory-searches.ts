import type { PersonId } from '../../core/principal.ts';
import type { Search } from '../../ports/match-queue.ts';
import type { MemoryKeySet } from './memory-key-set.ts';
import { MemorySearch, NEVER } from './memory-match-search.ts';
import { hashOf, MemoryNameIndex } from './memory-name-index.ts';
import { MemoryRows, NONE } from './memory-rows.ts';

/** The cells of a search. The first nine are all that a walk past it reads. */
export const FALLS_AT = 0;
export const ORDER = 2;
export const PERSON_HASH = 4;
export const KEY_HASH = 5;
export const OTHER_KEY_HASH = 6;
/** Bits of the keys that it avoids. */
export const AVOIDS = 7;
/** Some of those below. */
export const FLAGS = 8;
const SEARCHER_HASH = 9;
/** The person's other searches, from both sides. */
export const OLDER = 10;
const YOUNGER = 11;
/** The first of its places in the queues of its tags. */
export const PLACES = 12;
/** Its neighbours in a list of deadlines. */
export const FALLS_BEFORE = 13;
export const FALLS_AFTER = 14;
/** Its place in the heap of alarms, from 1. */
export const ALARM = 15;
const CELLS = 16;

export const MORE_KEYS = 1;
export const EARLIER_PEERS = 2;
/** In which list of deadlines it is: it never had a socket, or its last one is gone. */
export const UNSEEN = 4;
export const GONE = 8;

/** All searches: a row of numbers and an object for each; by session and by person. */
export class MemorySearches<Note> {
  readonly rows = new MemoryRows(CELLS);
  readonly #objects: (MemorySearch<Note> | undefined)[] = [undefined];
  readonly #bySearcher = new MemoryNameIndex((row, name) => this.get(row).searcher === name);
  /** The latest search of each person. Older ones hang on it. */
  readonly #byPerson = new MemoryNameIndex((row, name) => this.get(row).person === name);

  get size(): number {
    return this.rows.size;
  }

  get sessions(): number {
    return this.#bySearcher.size;
  }

  get people(): number {
    return this.#byPerson.size;
  }

  /** It is not found before it is added. */
  create(asked: Search<Note>, order: number, now: number): number {
    const { rows } = this;
    const row = rows.take();
    const search = new MemorySearch(asked, now);
    const key = asked.keys[0];
    const otherKey = asked.keys[1];
    rows.setFloat(row, FALLS_AT, NEVER);
    rows.setFloat(row, ORDER, order);
    rows.setInt(row, PERSON_HASH, hashOf(asked.person));
    rows.setInt(row, SEARCHER_HASH, hashOf(asked.searcher));
    if (key !== undefined) rows.setInt(row, KEY_HASH, hashOf(key));
    if (otherKey !== undefined) rows.setInt(row, OTHER_KEY_HASH, hashOf(otherKey));
    if (search.avoids) rows.setInt(row, AVOIDS, search.avoids.bits);
    const more = asked.keys.length > 2 ? MORE_KEYS : 0;
    rows.setInt(row, FLAGS, asked.earlierPeers.length > 0 ? more | EARLIER_PEERS : more);
    this.#objects[row] = search;
    return row;
  }

  get(row: number): MemorySearch<Note> {
    const search = this.#objects[row];
    if (!search) throw new Error('no search has this row');
    return search;
  }

  find(searcher: string): number {
    return this.#bySearcher.find(searcher, hashOf(searcher));
  }

  /** `hash`: that of the person. */
  latestOf(person: PersonId, hash: number): number {
    return this.#byPerson.find(person, hash);
  }

  /** Oldest first. */
  of(person: PersonId): number[] {
    return this.upTo(this.latestOf(person, hashOf(person)));
  }

  /** A search and the person's older ones, oldest first. */
  upTo(row: number): number[] {
    const searches: number[] = [];
    for (let search = row; search !== NONE; search = this.rows.int(search, OLDER)) searches.push(search);
    return searches.reverse();
  }

  /** The person's other searches. Their rows tell, so that no index is read. */
  othersOf(row: number): number[] {
    const others = this.upTo(this.rows.int(row, OLDER));
    for (let other = this.rows.int(row, YOUNGER); other !== NONE; other = this.rows.int(other, YOUNGER))
      others.push(other);
    return others;
  }

  /** `sibling`: the latest search of the person so far. */
  add(row: number, sibling: number): void {
    const { rows } = this;
    const personHash = rows.int(row, PERSON_HASH);
    this.#bySearcher.add(rows.int(row, SEARCHER_HASH), row);
    if (sibling === NONE) {
      this.#byPerson.add(personHash, row);
      return;
    }
    rows.setInt(row, OLDER, sibling);
    rows.setInt(sibling, YOUNGER, row);
    this.#byPerson.replace(personHash, sibling, row);
  }

  /** Returns the latest search that the person still has. */
  remove(row: number): number {
    const { rows } = this;
    const personHash = rows.int(row, PERSON_HASH);
    this.#bySearcher.remove(rows.int(row, SEARCHER_HASH), row);
    const older = rows.int(row, OLDER);
    const younger = rows.int(row, YOUNGER);
    if (older !== NONE) rows.setInt(older, YOUNGER, younger);
    if (younger !== NONE) rows.setInt(younger, OLDER, older);
    else if (older !== NONE) this.#byPerson.replace(personHash, row, older);
    else this.#byPerson.remove(personHash, row);
    return younger === NONE ? older : this.latestOf(this.get(row).person, personHash);
  }

  /** Whether one of the search's keys is among these. The keys themselves are read only if their hashes are. */
  isAvoidedBy(row: number, avoids: MemoryKeySet): boolean {
    const { rows } = this;
    const keyHash = rows.int(row, KEY_HASH);
    const otherKeyHash = rows.int(row, OTHER_KEY_HASH);
    const mayBe = avoids.mayHave(keyHash) || avoids.mayHave(otherKeyHash) || rows.int(row, FLAGS) & MORE_KEYS;
    return mayBe ? this.get(row).isAvoidedBy(avoids, keyHash, otherKeyHash) : false;
  }

  keepApart(row: number, person: PersonId): void {
    this.get(row).keepApartFrom(person);
    this.#flag(row, EARLIER_PEERS);
  }

  parted(row: number, person: PersonId, now: number): void {
    this.get(row).partedFrom(person, now);
    this.#flag(row, EARLIER_PEERS);
  }

  /** The row may be another search's from now on. */
  release(row: number): void {
    this.#objects[row] = undefined;
    this.rows.giveBack(row);
    if (this.rows.size === 0) this.#objects.length = 1;
  }

  #flag(row: number, flag: number): void {
    this.rows.setInt(row, FLAGS, this.rows.int(row, FLAGS) | flag);
  }
}
