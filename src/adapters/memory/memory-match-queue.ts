import type { Clock } from '../../core/clock.ts';
import type { PersonId } from '../../core/principal.ts';
import {
  type Due,
  type Enqueued,
  type Fallen,
  MATCH_TIMES,
  type MatchQueue,
  type MatchTimes,
  type Pair,
  type Search,
  type TagCount,
  type Waiting,
} from '../../ports/match-queue.ts';
import { FREELY, NEVER } from './memory-match-search.ts';
import { hashOf } from './memory-name-index.ts';
import { NONE } from './memory-rows.ts';
import { MemorySearchAlarms } from './memory-search-alarms.ts';
import { MemorySearchDeadlines } from './memory-search-deadlines.ts';
import { FALLS_AT, GONE, MemorySearches, ORDER, PLACES, UNSEEN } from './memory-searches.ts';
import { MemorySeeker } from './memory-seeker.ts';
import { MemoryTagQueues } from './memory-tag-queues.ts';

const DUE_AT_ONCE = 1000;

/**
 * The match queue of one process. No step does more work the more people wait, except for passing over those whom a searcher must not
 * meet. A search is a row of numbers, and an object that is read when the numbers do not settle the matter.
 */
export class MemoryMatchQueue<Note> implements MatchQueue<Note> {
  readonly #clock: Clock;
  readonly #times: MatchTimes;
  readonly #searches = new MemorySearches<Note>();
  readonly #tags = new MemoryTagQueues(this.#searches.rows);
  /** Deadlines of searches that never had a socket, and of those whose last socket is gone. */
  readonly #unseen: MemorySearchDeadlines;
  readonly #gone: MemorySearchDeadlines;
  readonly #alarms = new MemorySearchAlarms(this.#searches.rows);
  /** What `takeDue` has yet to report. */
  readonly #fallen = new Map<string, Fallen<Note>>();
  #arrivals = 0;

  constructor(clock: Clock, times: Partial<MatchTimes> = {}) {
    this.#clock = clock;
    this.#times = { ...MATCH_TIMES, ...times };
    this.#unseen = new MemorySearchDeadlines(this.#searches.rows, UNSEEN, this.#times.ttlMs);
    this.#gone = new MemorySearchDeadlines(this.#searches.rows, GONE, this.#times.graceMs);
  }

  async enqueue(asked: Search<Note>): Promise<Enqueued<Note>> {
    const now = this.#clock.elapsed();
    // Hashes come first: the look-ups then follow each other closely, and their waits for memory overlap.
    const personHash = hashOf(asked.person);
    const tagHashes = asked.tags.map(hashOf);
    const running = this.#find(asked.searcher, now);
    if (running !== NONE) return { state: 'already', search: this.#view(running, now) };
    this.#fallen.delete(asked.searcher);
    const sibling = this.#searches.latestOf(asked.person, personHash);
    const tags = this.#tags.find(asked.tags, tagHashes);
    const search = this.#searches.create(asked, ++this.#arrivals, now);
    if (!asked.isConnected) this.#unseen.add(search, now);
    const { peer, looksAt } = this.#seek(search, tags, now);
    if (peer !== NONE)
      return { state: 'paired', pair: this.#pair(peer, search, tags, this.#searches.upTo(sibling), now) };
    this.#searches.get(search).tags = this.#tags.insert(search, asked.tags, tags, sibling);
    this.#searches.add(search, sibling);
    this.#alarms.set(search, looksAt);
    return { state: 'waiting', search: this.#view(search, now) };
  }

  async dequeue(searcher: string): Promise<Waiting<Note> | undefined> {
    const now = this.#clock.elapsed();
    const search = this.#find(searcher, now);
    return search === NONE ? undefined : this.#take(search, now);
  }

  async dequeuePerson(person: PersonId): Promise<Waiting<Note>[]> {
    const now = this.#clock.elapsed();
    return this.#searchesOf(person, now).map((search) => this.#take(search, now));
  }

  async find(searcher: string): Promise<Waiting<Note> | undefined> {
    const now = this.#clock.elapsed();
    const search = this.#find(searcher, now);
    return search === NONE ? undefined : this.#view(search, now);
  }

  async searchesOf(person: PersonId): Promise<Waiting<Note>[]> {
    const now = this.#clock.elapsed();
    return this.#searchesOf(person, now).map((search) => this.#view(search, now));
  }

  async among(searchers: readonly string[]): Promise<Set<string>> {
    const now = this.#clock.elapsed();
    return new Set(searchers.filter((searcher) => this.#find(searcher, now) !== NONE));
  }

  async connected(searcher: string): Promise<Waiting<Note> | undefined> {
    const now = this.#clock.elapsed();
    const search = this.#find(searcher, now);
    if (search === NONE) return undefined;
    this.#gone.remove(search);
    this.#unseen.remove(search);
    return this.#view(search, now);
  }

  async disconnected(searcher: string): Promise<Waiting<Note> | undefined> {
    const now = this.#clock.elapsed();
    const search = this.#find(searcher, now);
    if (search === NONE) return undefined;
    if (this.#isConnected(search)) this.#gone.add(search, now);
    return this.#view(search, now);
  }

  async keepApart(one: PersonId, other: PersonId): Promise<void> {
    for (const search of this.#searches.of(one)) this.#searches.keepApart(search, other);
    for (const search of this.#searches.of(other)) this.#searches.keepApart(search, one);
  }

  async parted(one: PersonId, other: PersonId): Promise<void> {
    const now = this.#clock.elapsed();
    const searches = this.#searches.of(one);
    const others = this.#searches.of(other);
    for (const search of searches) this.#searches.parted(search, other, now);
    for (const search of others) this.#searches.parted(search, one, now);
    if (others.length > 0) for (const search of searches) this.#alarms.set(search, now + this.#times.apartMs);
  }

  async takeDue(limit = DUE_AT_ONCE): Promise<Due<Note>> {
    const now = this.#clock.elapsed();
    const pairs: Pair<Note>[] = [];
    for (const deadlines of [this.#gone, this.#unseen])
      while (deadlines.nextAt <= now && this.#fallen.size < limit) this.#fall(deadlines.first, now);
    const fallen = this.#fallen.values().take(limit).toArray();
    for (const { searcher } of fallen) this.#fallen.delete(searcher);
    for (let looks = fallen.length; looks < limit; looks++) {
      if (this.#alarms.nextAt > now) break;
      const search = this.#alarms.next;
      this.#alarms.remove(search);
      const { peer, looksAt } = this.#seek(search, this.#tags.tagsOf(search), now);
      if (peer !== NONE) pairs.push(this.#pairInOrder(search, peer, now));
      else this.#alarms.set(search, looksAt);
    }
    return { fallen, pairs, nextInMs: this.#nextDueInMs(now) };
  }

  async nextDueInMs(): Promise<number | undefined> {
    return this.#nextDueInMs(this.#clock.elapsed());
  }

  async countPeople(): Promise<number> {
    return this.#searches.people;
  }

  async topTags(limit: number, atLeast: number): Promise<TagCount[]> {
    return this.#tags.top(limit, atLeast);
  }

  /** What is held, by kind: nothing, once nobody waits and what fell has been taken. */
  held(): Record<'searches' | 'sessions' | 'tags' | 'places' | 'ranks' | 'alarms' | 'fallen', number> {
    return {
      searches: this.#searches.size,
      sessions: this.#searches.sessions,
      tags: this.#tags.size,
      places: this.#tags.places,
      ranks: this.#tags.ranks,
      alarms: this.#alarms.size,
      fallen: this.#fallen.size,
    };
  }

  /** The longest-waiting peer, or `NONE`; then the moment from which someone passed over now may be one. */
  #seek(search: number, tags: readonly number[], now: number): { peer: number; looksAt: number } {
    const { rows } = this.#searches;
    const seeker = new MemorySeeker(this.#searches, search);
    const walk = this.#tags.walk(tags);
    let lastResort = NONE;
    let looksAt = NEVER;
    for (let candidate = walk.next(); candidate !== NONE; candidate = walk.next()) {
      if (rows.float(candidate, FALLS_AT) <= now) continue;
      const from = seeker.meets(candidate, now, this.#times);
      if (from === FREELY) return { peer: candidate, looksAt };
      if (from > now) looksAt = Math.min(looksAt, from);
      else if (lastResort === NONE) lastResort = candidate;
    }
    return { peer: lastResort, looksAt };
  }

  #pairInOrder(one: number, other: number, now: number): Pair<Note> {
    const { rows } = this.#searches;
    const isFirst = rows.float(one, ORDER) < rows.float(other, ORDER);
    const [first, second] = isFirst ? [one, other] : [other, one];
    return this.#pair(first, second, this.#tags.tagsOf(second), this.#searches.othersOf(second), now);
  }

  /** `tags`, `siblings`: those of the second. */
  #pair(first: number, second: number, tags: number[], siblings: number[], now: number): Pair<Note> {
    const firstTags = this.#tags.tagsOf(first);
    const others = [...this.#searches.othersOf(first), ...siblings];
    const sharedTags = this.#searches.get(second).tags.filter((_, index) => firstTags.includes(tags[index] ?? NONE));
    return {
      first: this.#take(first, now),
      second: this.#take(second, now),
      sharedTags,
      ended: others.filter((search) => this.#fallsAt(search) > now).map((search) => this.#take(search, now)),
    };
  }

  /** `NONE` also for one that has fallen just now. */
  #find(searcher: string, now: number): number {
    const search = this.#searches.find(searcher);
    if (search === NONE || this.#fallsAt(search) > now) return search;
    this.#fall(search, now);
    return NONE;
  }

  /** Oldest first; those that have fallen are taken out. */
  #searchesOf(person: PersonId, now: number): number[] {
    return this.#searches.of(person).filter((search) => {
      const lasts = this.#fallsAt(search) > now;
      if (!lasts) this.#fall(search, now);
      return lasts;
    });
  }

  #fall(search: number, now: number): void {
    const reason = this.#gone.has(search) ? 'gone' : 'expired';
    const view = this.#take(search, now);
    this.#fallen.set(view.searcher, { ...view, reason });
  }

  /** Out of every list: nothing of it is held, and another search may take its row. */
  #take(search: number, now: number): Waiting<Note> {
    const view = this.#view(search, now);
    this.#gone.remove(search);
    this.#unseen.remove(search);
    // One that is paired as it arrives stands nowhere else yet.
    if (this.#searches.rows.int(search, PLACES) !== NONE) {
      this.#tags.remove(search, this.#searches.remove(search));
      this.#alarms.remove(search);
    }
    this.#searches.release(search);
    return view;
  }

  #view(search: number, now: number): Waiting<Note> {
    const { searcher, person, tags, note, since } = this.#searches.get(search);
    const isConnected = this.#isConnected(search);
    return {
      searcher,
      person,
      tags,
      note,
      isConnected,
      waitedMs: now - since,
      expiresInMs: isConnected ? this.#times.ttlMs : Math.max(0, this.#fallsAt(search) - now),
    };
  }

  #isConnected(search: number): boolean {
    return !this.#gone.has(search) && !this.#unseen.has(search);
  }

  #fallsAt(search: number): number {
    return this.#searches.rows.float(search, FALLS_AT);
  }

  #nextDueInMs(now: number): number | undefined {
    if (this.#fallen.size > 0) return 0;
    const next = Math.min(this.#gone.nextAt, this.#unseen.nextAt, this.#alarms.nextAt);
    return next === NEVER ? undefined : Math.max(0, next - now);
  }
}
