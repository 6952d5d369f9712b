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
import { FREELY, MemorySearch, NEVER } from './memory-match-search.ts';
import { MemorySearchAlarms } from './memory-search-alarms.ts';
import { MemorySearchDeadlines } from './memory-search-deadlines.ts';
import { MemorySearchers } from './memory-searchers.ts';
import { MemoryTagQueues } from './memory-tag-queues.ts';

const DUE_AT_ONCE = 1000;

/** The match queue of one process. A step costs as much with a million people waiting as with ten. */
export class MemoryMatchQueue<Note> implements MatchQueue<Note> {
  readonly #clock: Clock;
  readonly #times: MatchTimes;
  readonly #searchers = new MemorySearchers<Note>();
  readonly #tags = new MemoryTagQueues<Note>();
  /** Deadlines of searches that never had a socket, and of those whose last socket is gone. */
  readonly #unseen: MemorySearchDeadlines<Note>;
  readonly #gone: MemorySearchDeadlines<Note>;
  readonly #alarms = new MemorySearchAlarms<Note>();
  /** What `takeDue` has yet to report. */
  readonly #fallen = new Map<string, Fallen<Note>>();
  #arrivals = 0;

  constructor(clock: Clock, times: Partial<MatchTimes> = {}) {
    this.#clock = clock;
    this.#times = { ...MATCH_TIMES, ...times };
    this.#unseen = new MemorySearchDeadlines(this.#times.ttlMs);
    this.#gone = new MemorySearchDeadlines(this.#times.graceMs);
  }

  async enqueue(asked: Search<Note>): Promise<Enqueued<Note>> {
    const now = this.#clock.elapsed();
    const running = this.#find(asked.searcher, now);
    if (running) return { state: 'already', search: this.#view(running, now) };
    this.#fallen.delete(asked.searcher);
    const sibling = this.#searchers.latestOf(asked.person);
    const search = new MemorySearch(asked, ++this.#arrivals, sibling, now);
    if (!asked.isConnected) this.#unseen.add(search, now);
    const { peer, looksAt } = this.#seek(search, now);
    if (peer) return { state: 'paired', pair: this.#pair(peer, search, now) };
    this.#tags.insert(search, sibling);
    this.#searchers.add(search);
    this.#alarms.set(search, looksAt);
    return { state: 'waiting', search: this.#view(search, now) };
  }

  async dequeue(searcher: string): Promise<Waiting<Note> | undefined> {
    const now = this.#clock.elapsed();
    const search = this.#find(searcher, now);
    return search && this.#take(search, now);
  }

  async dequeuePerson(person: PersonId): Promise<Waiting<Note>[]> {
    const now = this.#clock.elapsed();
    return this.#searchesOf(person, now).map((search) => this.#take(search, now));
  }

  async find(searcher: string): Promise<Waiting<Note> | undefined> {
    const now = this.#clock.elapsed();
    const search = this.#find(searcher, now);
    return search && this.#view(search, now);
  }

  async searchesOf(person: PersonId): Promise<Waiting<Note>[]> {
    const now = this.#clock.elapsed();
    return this.#searchesOf(person, now).map((search) => this.#view(search, now));
  }

  async among(searchers: readonly string[]): Promise<Set<string>> {
    const now = this.#clock.elapsed();
    return new Set(searchers.filter((searcher) => this.#find(searcher, now)));
  }

  async connected(searcher: string): Promise<Waiting<Note> | undefined> {
    const now = this.#clock.elapsed();
    const search = this.#find(searcher, now);
    if (!search) return undefined;
    search.deadlines?.remove(search);
    return this.#view(search, now);
  }

  async disconnected(searcher: string): Promise<Waiting<Note> | undefined> {
    const now = this.#clock.elapsed();
    const search = this.#find(searcher, now);
    if (!search) return undefined;
    if (search.isConnected) this.#gone.add(search, now);
    return this.#view(search, now);
  }

  async keepApart(one: PersonId, other: PersonId): Promise<void> {
    for (const search of this.#searchers.of(one)) search.keepApartFrom(other);
    for (const search of this.#searchers.of(other)) search.keepApartFrom(one);
  }

  async parted(one: PersonId, other: PersonId): Promise<void> {
    const now = this.#clock.elapsed();
    const searches = this.#searchers.of(one);
    const others = this.#searchers.of(other);
    for (const search of searches) search.partedFrom(other, now);
    for (const search of others) search.partedFrom(one, now);
    if (others.length > 0) for (const search of searches) this.#alarms.set(search, now + this.#times.apartMs);
  }

  async takeDue(limit = DUE_AT_ONCE): Promise<Due<Note>> {
    const now = this.#clock.elapsed();
    const pairs: Pair<Note>[] = [];
    for (const deadlines of [this.#gone, this.#unseen])
      while (deadlines.first && deadlines.first.fallsAt <= now && this.#fallen.size < limit)
        this.#fall(deadlines.first, now);
    const fallen = this.#fallen.values().take(limit).toArray();
    for (const { searcher } of fallen) this.#fallen.delete(searcher);
    for (let looks = fallen.length; looks < limit; looks++) {
      const search = this.#alarms.next;
      if (!search || search.looksAt > now) break;
      this.#alarms.remove(search);
      const { peer, looksAt } = this.#seek(search, now);
      if (peer) pairs.push(this.#pair(...inOrder(search, peer), now));
      else this.#alarms.set(search, looksAt);
    }
    return { fallen, pairs, nextInMs: this.#nextDueInMs(now) };
  }

  async nextDueInMs(): Promise<number | undefined> {
    return this.#nextDueInMs(this.#clock.elapsed());
  }

  async countPeople(): Promise<number> {
    return this.#searchers.people;
  }

  async topTags(limit: number, atLeast: number): Promise<TagCount[]> {
    return this.#tags.top(limit, atLeast);
  }

  /** What is held, by kind: nothing, once nobody waits and what fell has been taken. */
  held(): Record<'searches' | 'tags' | 'ranks' | 'alarms' | 'fallen', number> {
    return {
      searches: this.#searchers.size,
      tags: this.#tags.size,
      ranks: this.#tags.ranks,
      alarms: this.#alarms.size,
      fallen: this.#fallen.size,
    };
  }

  /** The longest-waiting peer. If there is none, the moment from which someone passed over now may be one. */
  #seek(search: MemorySearch<Note>, now: number): { peer: MemorySearch<Note> | undefined; looksAt: number } {
    let peer: MemorySearch<Note> | undefined;
    let looksAt = NEVER;
    this.#tags.walk(search.tags, (candidate) => {
      if (candidate.fallsAt <= now) return 'next';
      const from = candidate.meets(search, now, this.#times);
      if (from === FREELY) {
        peer = candidate;
        return 'done';
      }
      if (from <= now) peer ??= candidate;
      else looksAt = Math.min(looksAt, from);
      return 'next';
    });
    return { peer, looksAt };
  }

  #pair(first: MemorySearch<Note>, second: MemorySearch<Note>, now: number): Pair<Note> {
    const others = [first.person, second.person]
      .flatMap((person) => this.#searchers.of(person))
      .filter((search) => search !== first && search !== second && search.fallsAt > now);
    return {
      first: this.#take(first, now),
      second: this.#take(second, now),
      sharedTags: second.tagsSharedWith(first),
      ended: others.map((search) => this.#take(search, now)),
    };
  }

  #find(searcher: string, now: number): MemorySearch<Note> | undefined {
    const search = this.#searchers.find(searcher);
    if (!search || search.fallsAt > now) return search;
    this.#fall(search, now);
    return undefined;
  }

  #searchesOf(person: PersonId, now: number): MemorySearch<Note>[] {
    return this.#searchers.of(person).filter(({ searcher }) => this.#find(searcher, now));
  }

  #fall(search: MemorySearch<Note>, now: number): void {
    const reason = search.deadlines === this.#gone ? 'gone' : 'expired';
    this.#fallen.set(search.searcher, { ...this.#take(search, now), reason });
  }

  /** Out of every list; nothing of it is held. */
  #take(search: MemorySearch<Note>, now: number): Waiting<Note> {
    const view = this.#view(search, now);
    search.deadlines?.remove(search);
    // One that is paired as it arrives stands nowhere else yet.
    if (!search.places) return view;
    this.#tags.remove(search, this.#searchers.remove(search));
    this.#alarms.remove(search);
    return view;
  }

  #view(search: MemorySearch<Note>, now: number): Waiting<Note> {
    return search.view(now, this.#times);
  }

  #nextDueInMs(now: number): number | undefined {
    if (this.#fallen.size > 0) return 0;
    const next = Math.min(
      this.#gone.first?.fallsAt ?? NEVER,
      this.#unseen.first?.fallsAt ?? NEVER,
      this.#alarms.next?.looksAt ?? NEVER,
    );
    return next === NEVER ? undefined : Math.max(0, next - now);
  }
}

function inOrder<Note>(
  one: MemorySearch<Note>,
  other: MemorySearch<Note>,
): [first: MemorySearch<Note>, second: MemorySearch<Note>] {
  return one.order < other.order ? [one, other] : [other, one];
}
