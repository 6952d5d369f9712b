import type { PersonId } from '../core/principal.ts';

/** `ttlMs` and `graceMs` are settings. The others are rules. */
export type MatchTimes = {
  /** How long a search without a socket lasts. */
  ttlMs: number;
  /** How long a search outlives its last socket. */
  graceMs: number;
  /** How long two people whose chat has ended are not paired at all. */
  apartMs: number;
  /** How long they are paired only if neither can be paired with anyone else. */
  lastResortMs: number;
};

export const MATCH_TIMES: MatchTimes = {
  ttlMs: 600_000,
  graceMs: 15_000,
  apartMs: 30_000,
  lastResortMs: 300_000,
};

/** The peer of an earlier chat. `endedMsAgo` is null while that chat is live: the two are not paired again. */
export type EarlierPeer = { person: PersonId; endedMsAgo: number | null };

/** Who searches, and for whom. */
export type Search<Note> = {
  /** Names this search: the session. A session has one search at most. */
  searcher: string;
  /** Two sessions of one person are never paired. */
  person: PersonId;
  /** Distinct and at least one. */
  tags: readonly string[];
  /** What others may avoid this person by, such as hashes of the account or session and of the address. */
  keys: readonly string[];
  /** The keys of those whom this person must never meet. One side's list is enough. */
  avoids: readonly string[];
  /** The peers of this person's live chats, and of those that ended within `lastResortMs`. */
  earlierPeers: readonly EarlierPeer[];
  /** Whether the session has a socket now. */
  isConnected: boolean;
  /** Handed back as it is; plain JSON. */
  note: Note;
};

/** One search in the queue. */
export type Waiting<Note> = {
  searcher: string;
  person: PersonId;
  tags: readonly string[];
  note: Note;
  isConnected: boolean;
  waitedMs: number;
  /** While the session is connected this is always the full time. */
  expiresInMs: number;
};

/** Two people taken out of the queue together. */
export type Pair<Note> = {
  /** Of the two, the search that began first. */
  first: Waiting<Note>;
  second: Waiting<Note>;
  /** In the order of `second`. */
  sharedTags: readonly string[];
  /** Other searches of the two people. They ended with the pair, so that nobody is in two pairs. */
  ended: readonly Waiting<Note>[];
};

export type Enqueued<Note> =
  | { state: 'waiting'; search: Waiting<Note> }
  | { state: 'paired'; pair: Pair<Note> }
  /** The session searches already; nothing has changed. */
  | { state: 'already'; search: Waiting<Note> };

/** `expired`: nobody was connected for `ttlMs`. `gone`: the last socket was gone for `graceMs`. */
export type Fallen<Note> = Waiting<Note> & { reason: 'expired' | 'gone' };

export type Due<Note> = {
  fallen: readonly Fallen<Note>[];
  pairs: readonly Pair<Note>[];
  /** When to ask again, 0 if there is more already; undefined if nothing can fall due. */
  nextInMs: number | undefined;
};

/** `waiting`: the number of people. */
export type TagCount = { tag: string; waiting: number };

/**
 * The people who search, by tag. A search stands in the queue of each of its tags; a pair is made with the longest-waiting
 * person who shares a tag, and takes both out of every queue. Every method is one atomic step across nodes, so nobody is in
 * two pairs, and nobody waits while someone whom they may meet waits too.
 *
 * The queue holds nothing about people who do not wait. Whom a searcher must not meet therefore comes with the search, as
 * sets of opaque keys: a function could not run inside Redis, and hashes of pairs would have to be computed for each
 * candidate. Comparing keys costs well under a microsecond for each candidate that is passed over. `keepApart` and `parted`
 * tell those who already wait. The state may be lost: then `find` says so.
 *
 * Times are durations, since nodes share no clock.
 */
export type MatchQueue<Note> = {
  enqueue(search: Search<Note>): Promise<Enqueued<Note>>;
  /** Undefined if this session was not waiting, for instance because it has just been paired. */
  dequeue(searcher: string): Promise<Waiting<Note> | undefined>;
  /** Ends every search of the person. */
  dequeuePerson(person: PersonId): Promise<Waiting<Note>[]>;
  find(searcher: string): Promise<Waiting<Note> | undefined>;
  /** The searches of all sessions of the person, oldest first. */
  searchesOf(person: PersonId): Promise<Waiting<Note>[]>;
  /** Those of these sessions that are waiting. */
  among(searchers: readonly string[]): Promise<Set<string>>;
  /** The session has a socket (again): the search lasts, in its place. Undefined if it has ended. */
  connected(searcher: string): Promise<Waiting<Note> | undefined>;
  /** The session's last socket is gone: the search falls after `graceMs`. It may still be paired meanwhile. */
  disconnected(searcher: string): Promise<Waiting<Note> | undefined>;
  /** A report: searches of these two that are under way will never be paired. Later ones bring `avoids`. */
  keepApart(one: PersonId, other: PersonId): Promise<void>;
  /** The chat of these two ended just now. For searches under way; later ones bring `earlierPeers`. */
  parted(one: PersonId, other: PersonId): Promise<void>;
  /**
   * Takes at most `limit` searches that have fallen, each reported once, and pairs those whose time apart is over. Call it
   * from one timer: after `nextInMs`, and sooner when {@link MatchQueue.nextDueInMs} has become less.
   */
  takeDue(limit?: number): Promise<Due<Note>>;
  /** When the next call of {@link MatchQueue.takeDue} is due; undefined if nothing can fall due. */
  nextDueInMs(): Promise<number | undefined>;
  countPeople(): Promise<number>;
  /** The tags most searched for, if at least `atLeast` people wait; ties in any order. */
  topTags(limit: number, atLeast: number): Promise<TagCount[]>;
};
