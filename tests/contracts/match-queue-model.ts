import type { PersonId } from '../../src/core/principal.ts';
import { type EarlierPeer, MATCH_TIMES, type Search } from '../../src/ports/match-queue.ts';
import type { Note } from '../support/searches.ts';

const { ttlMs, graceMs, apartMs, lastResortMs } = MATCH_TIMES;
const NEVER = Number.POSITIVE_INFINITY;

type ModelSearch = Search<Note> & {
  since: number;
  fallsAt: number;
  peers: Map<PersonId, number | 'live' | 'reported'>;
};

/** What the queue should hold, in the plainest way: a list, and every rule as it is written. */
export class MatchQueueModel {
  now = 0;
  searches: ModelSearch[] = [];

  find(searcher: string): ModelSearch | undefined {
    return this.searches.find((search) => search.searcher === searcher && search.fallsAt > this.now);
  }

  add(search: Search<Note>): void {
    this.searches = this.searches.filter(({ searcher }) => searcher !== search.searcher);
    const peers = search.earlierPeers.map(({ person, endedMsAgo }: EarlierPeer) => {
      return [person, endedMsAgo === null ? 'live' : this.now - endedMsAgo] as const;
    });
    const fallsAt = search.isConnected ? NEVER : this.now + ttlMs;
    this.searches.push({ ...search, since: this.now, fallsAt, peers: new Map(peers) });
  }

  remove(searcher: string): void {
    this.searches = this.searches.filter((search) => search.searcher !== searcher);
  }

  connect(searcher: string): void {
    const search = this.find(searcher);
    if (search) Object.assign(search, { isConnected: true, fallsAt: NEVER });
  }

  disconnect(searcher: string): void {
    const search = this.find(searcher);
    if (search?.isConnected) Object.assign(search, { isConnected: false, fallsAt: this.now + graceMs });
  }

  tell(one: PersonId, other: PersonId, news: 'parted' | 'reported'): void {
    for (const { person, peers } of this.searches)
      for (const [self, peer] of [
        [one, other],
        [other, one],
      ] as const)
        if (person === self && peers.get(peer) !== 'reported') peers.set(peer, news === 'parted' ? this.now : news);
  }

  /** 0: like anyone else. Otherwise the moment from which the two are a last resort for each other. */
  from(one: ModelSearch, other: ModelSearch): number {
    if (one.person === other.person) return NEVER;
    if (one.avoids.some((key) => other.keys.includes(key))) return NEVER;
    if (other.avoids.some((key) => one.keys.includes(key))) return NEVER;
    const ends = [one.peers.get(other.person), other.peers.get(one.person)].filter((end) => end !== undefined);
    if (ends.includes('live') || ends.includes('reported')) return NEVER;
    const end = Math.max(...ends.map(Number));
    return ends.length === 0 || end + lastResortMs <= this.now ? 0 : end + apartMs;
  }

  /** The searches that a search may be paired with now, the best first. */
  peersOf(search: ModelSearch): ModelSearch[] {
    const sharing = this.searches.filter((other) => other.fallsAt > this.now && shareTag(search, other));
    const free = sharing.filter((other) => this.from(search, other) === 0);
    const lastResort = sharing.filter((other) => this.from(search, other) > 0 && this.from(search, other) <= this.now);
    return [...free, ...lastResort];
  }

  /** When something changes by time alone. */
  get nextAt(): number {
    let next = NEVER;
    for (const search of this.searches) {
      next = Math.min(next, search.fallsAt);
      for (const other of this.searches) {
        const from = shareTag(search, other) ? this.from(search, other) : NEVER;
        if (from > this.now) next = Math.min(next, from);
      }
    }
    return next;
  }

  /** Tags by the number of people. */
  get counts(): Map<string, number> {
    const people = new Map<string, Set<PersonId>>();
    for (const { tags, person } of this.searches)
      for (const tag of tags) people.set(tag, (people.get(tag) ?? new Set()).add(person));
    return new Map([...people].map(([tag, { size }]) => [tag, size]));
  }
}

export function shareTag(one: Pick<Search<Note>, 'tags'>, other: Pick<Search<Note>, 'tags'>): boolean {
  return one.tags.some((tag) => other.tags.includes(tag));
}
