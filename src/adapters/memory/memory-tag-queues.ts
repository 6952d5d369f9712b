import type { TagCount } from '../../ports/match-queue.ts';
import { hashOf, MemoryNameIndex } from './memory-name-index.ts';
import { MemoryRows, NONE } from './memory-rows.ts';
import { OLDER, ORDER, PLACES } from './memory-searches.ts';
import { MemoryTagRanking } from './memory-tag-ranking.ts';
import { MemoryTagWalk, PLACE_AFTER, PLACE_ORDER, PLACE_SEARCH } from './memory-tag-walk.ts';

/** The cells of a tag; two more are the ranking's. */
const NAME_HASH = 0;
const FIRST = 1;
/** The order of the first place: of a tag that is not the oldest one, a walk needs no more. */
const FIRST_ORDER = 2;
const LAST = 6;
const LENGTH = 7;
/** A name that is not longer, two characters a cell: comparing it takes no look at a string somewhere else. */
const NAME = 8;
const SHORT = 16;
const TAG_CELLS = NAME + SHORT / 2;

/** The cells of a place, which is that of a search in the queue of one of its tags. A walk knows the first ones. */
const PLACE_BEFORE = 4;
const PLACE_TAG = 5;
/** The search's place in the queue of another of its tags. */
const PLACE_NEXT = 6;
const PLACE_CELLS = 8;

/** The queues of all tags, each in order of arrival. One that nobody stands in is not kept. */
export class MemoryTagQueues {
  readonly #searches: MemoryRows;
  readonly #tags = new MemoryRows(TAG_CELLS);
  readonly #places = new MemoryRows(PLACE_CELLS);
  readonly #names: (string | undefined)[] = [];
  readonly #byName = new MemoryNameIndex((tag, name) => this.#isNamed(tag, name));
  readonly #ranking = new MemoryTagRanking(this.#tags);

  constructor(searches: MemoryRows) {
    this.#searches = searches;
  }

  get size(): number {
    return this.#tags.size;
  }

  get places(): number {
    return this.#places.size;
  }

  get ranks(): number {
    return this.#ranking.size;
  }

  /** `NONE` for tags that nobody searches by. */
  find(names: readonly string[], hashes: readonly number[]): number[] {
    return names.map((name, index) => this.#byName.find(name, hashes[index] ?? 0));
  }

  /** In the order in which the search named them. */
  tagsOf(search: number): number[] {
    const tags: number[] = [];
    for (let place = this.#searches.int(search, PLACES); place !== NONE; place = this.#places.int(place, PLACE_NEXT))
      tags.push(this.#places.int(place, PLACE_TAG));
    return tags.reverse();
  }

  /** Shows all who search by one of the tags, once each, the longest-waiting first. */
  walk(tags: readonly number[]): MemoryTagWalk {
    const walk = new MemoryTagWalk(this.#places);
    for (const tag of tags) if (tag !== NONE) walk.add(this.#tags.int(tag, FIRST), this.#tags.float(tag, FIRST_ORDER));
    return walk;
  }

  /**
   * `tags`: what was found for the names; `siblings`: the person's other searches, by the latest.
   * Returns the names as they are kept: one string for each tag, not one for each search.
   */
  insert(search: number, names: readonly string[], tags: readonly number[], siblings: number): string[] {
    return names.map((name, index) => {
      const tag = tags[index] || this.#create(name);
      this.#append(search, tag);
      if (!this.#anySearchesBy(tag, siblings)) this.#ranking.raise(tag);
      return this.#nameOf(tag);
    });
  }

  remove(search: number, siblings: number): void {
    const places = this.#places;
    let place = this.#searches.int(search, PLACES);
    while (place !== NONE) {
      const tag = places.int(place, PLACE_TAG);
      const next = places.int(place, PLACE_NEXT);
      this.#unlink(place, tag);
      places.giveBack(place);
      if (!this.#anySearchesBy(tag, siblings)) this.#ranking.lower(tag);
      if (this.#tags.int(tag, FIRST) === NONE) this.#drop(tag);
      place = next;
    }
  }

  top(limit: number, atLeast: number): TagCount[] {
    return this.#ranking.top(limit, atLeast).map(({ tag, people }) => ({ tag: this.#nameOf(tag), waiting: people }));
  }

  #nameOf(tag: number): string {
    return this.#names[tag] ?? '';
  }

  #isNamed(tag: number, name: string): boolean {
    if (name.length !== this.#tags.int(tag, LENGTH)) return false;
    if (name.length > SHORT) return name === this.#names[tag];
    for (let at = 0; at < name.length; at += 2)
      if (this.#tags.int(tag, NAME + at / 2) !== twoCharacters(name, at)) return false;
    return true;
  }

  #create(name: string): number {
    const tag = this.#tags.take();
    const hash = hashOf(name);
    this.#tags.setInt(tag, NAME_HASH, hash);
    this.#names[tag] = name;
    this.#tags.setInt(tag, LENGTH, name.length);
    if (name.length <= SHORT)
      for (let at = 0; at < name.length; at += 2) this.#tags.setInt(tag, NAME + at / 2, twoCharacters(name, at));
    this.#byName.add(hash, tag);
    return tag;
  }

  #drop(tag: number): void {
    this.#byName.remove(this.#tags.int(tag, NAME_HASH), tag);
    this.#names[tag] = undefined;
    this.#tags.giveBack(tag);
    if (this.#tags.size === 0) this.#names.length = 0;
  }

  #append(search: number, tag: number): void {
    const places = this.#places;
    const place = places.take();
    const last = this.#tags.int(tag, LAST);
    const order = this.#searches.float(search, ORDER);
    places.setFloat(place, PLACE_ORDER, order);
    places.setInt(place, PLACE_SEARCH, search);
    places.setInt(place, PLACE_TAG, tag);
    places.setInt(place, PLACE_BEFORE, last);
    places.setInt(place, PLACE_NEXT, this.#searches.int(search, PLACES));
    if (last === NONE) this.#setFirst(tag, place, order);
    else places.setInt(last, PLACE_AFTER, place);
    this.#tags.setInt(tag, LAST, place);
    this.#searches.setInt(search, PLACES, place);
  }

  #setFirst(tag: number, place: number, order: number): void {
    this.#tags.setInt(tag, FIRST, place);
    this.#tags.setFloat(tag, FIRST_ORDER, order);
  }

  #unlink(place: number, tag: number): void {
    const places = this.#places;
    const before = places.int(place, PLACE_BEFORE);
    const after = places.int(place, PLACE_AFTER);
    if (before === NONE) this.#setFirst(tag, after, places.float(after, PLACE_ORDER));
    else places.setInt(before, PLACE_AFTER, after);
    if (after === NONE) this.#tags.setInt(tag, LAST, before);
    else places.setInt(after, PLACE_BEFORE, before);
  }

  #anySearchesBy(tag: number, searches: number): boolean {
    for (let search = searches; search !== NONE; search = this.#searches.int(search, OLDER))
      if (this.tagsOf(search).includes(tag)) return true;
    return false;
  }
}

function twoCharacters(name: string, at: number): number {
  return name.charCodeAt(at) | (at + 1 < name.length ? name.charCodeAt(at + 1) << 16 : 0);
}
