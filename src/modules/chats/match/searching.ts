import type { Clock } from '../../../core/clock.ts';
import { AppError, unauthenticated } from '../../../core/errors.ts';
import type { Logger } from '../../../core/logger.ts';
import { peerOf } from '../../../core/pair.ts';
import { type PersonId, strangerSessionOf, userIdOf } from '../../../core/principal.ts';
import type { Queries } from '../../../db/queries.ts';
import type { Unit } from '../../../db/units.ts';
import { type EarlierPeer, MATCH_TIMES, type MatchQueue, type Pair, type Waiting } from '../../../ports/match-queue.ts';
import type { Online } from '../../../ports/online.ts';
import { findLiveById } from '../../people/sessions/sessions.repository.ts';
import { hasPremium } from '../../people/users/users.policy.ts';
import { findUser } from '../../people/users/users.repository.ts';
import { listDirectOf } from '../chats/participants.repository.ts';
import type { Direct } from '../direct/direct.service.ts';
import type { DirectPeople } from '../voice/voice.ts';
import type { FreshPairs } from './fresh-pairs.ts';
import { matchErrors } from './match.errors.ts';
import type { MatchEvent } from './match.events.ts';
import { directSlots } from './match.policy.ts';
import type { PairsUnderWay } from './pairs-under-way.ts';

/** What the queue keeps of a searcher besides the search. */
export type Note = { ip: string; countryCode: string | null };
export type Queue = MatchQueue<Note>;

/** Who must not search, and whom nobody must meet. */
export type Guards = {
  /** Throws `ERR_STRANGER_BLOCKED`. */
  requireNotBlocked(db: Queries, who: { kind: 'user' | 'stranger'; sessionId: string }, ip: string): Promise<void>;
  /** What others may avoid the person by. */
  keysOf(person: PersonId, ip: string): string[];
  /** The keys of those whom the person must never meet. */
  avoidsOf(db: Queries, person: PersonId, ip: string): Promise<string[]>;
  /** Whether the two must never meet, as they search now. */
  areApart(
    db: Queries,
    one: { person: PersonId; ip: string },
    other: { person: PersonId; ip: string },
  ): Promise<boolean>;
  /** Throws `ERR_MATCH_ON_HOLD`. */
  requireNotOnHold(db: Queries, person: PersonId): Promise<void>;
};

type Deps = {
  read: Queries;
  clock: Clock;
  logger: Logger;
  online: Pick<Online, 'hasSession'>;
  direct: Pick<Direct, 'begin' | 'countLive'>;
  directPeople: Pick<DirectPeople, 'find'>;
  queue: Pick<Queue, 'enqueue'>;
  guards: Guards;
  pairsUnderWay: Pick<PairsUnderWay, 'hold'>;
  freshPairs: Pick<FreshPairs, 'made'>;
  /** The session's state has changed. */
  changed(person: PersonId, sessionId: string): void;
};

type Searcher = { searcher: string; person: PersonId; tags: readonly string[]; note: Note };

/** What has become of a search. */
export type Outcome =
  | { state: 'waiting'; search: Waiting<Note> }
  | { state: 'already'; search: Waiting<Note> }
  | { state: 'matched'; chatId: number; number: 1 | 2 }
  | { state: 'ended'; error: unknown };

type Outcomes = ReadonlyMap<string, Outcome>;

/** Some of the two may not be paired any more. */
class Unfit extends Error {
  override readonly name = 'Unfit';
  readonly reasons: ReadonlyMap<string, AppError>;

  constructor(reasons: ReadonlyMap<string, AppError>) {
    super('not both may be paired any more');
    this.reasons = reasons;
  }
}

export type Searching = ReturnType<typeof createSearching>;

/** Puts searches into the queue, and makes chats of the pairs that come out. */
export function createSearching(deps: Deps) {
  const { read, clock, logger, online, direct, directPeople, queue, guards, pairsUnderWay, freshPairs, changed } = deps;

  async function earlierPeersOf(person: PersonId): Promise<EarlierPeer[]> {
    const now = clock.now();
    return (await listDirectOf(read, person)).flatMap(({ chat, direct: { endedAt }, own }) => {
      const pair = directPeople.find(chat.id);
      const endedMsAgo = endedAt === null ? null : Math.max(0, now - endedAt);
      if (!pair || (endedMsAgo ?? 0) >= MATCH_TIMES.lastResortMs) return [];
      return { person: peerOf(pair, own.number).person, endedMsAgo };
    });
  }

  /** Searches, and makes the chat at once if someone was waiting. This search is not for `except`. */
  async function enter({ searcher, person, tags, note }: Searcher, except: readonly PersonId[] = []): Promise<Outcome> {
    const [peers, avoids, isConnected] = await Promise.all([
      earlierPeersOf(person),
      guards.avoidsOf(read, person, note.ip),
      online.hasSession(searcher),
    ]);
    const keys = guards.keysOf(person, note.ip);
    const earlierPeers = [...peers, ...except.map((other) => ({ person: other, endedMsAgo: null }))];
    const entered = await queue.enqueue({ searcher, person, tags, keys, avoids, earlierPeers, isConnected, note });
    if (entered.state !== 'paired') return entered;
    const outcome = (await settle(entered.pair)).get(searcher);
    if (!outcome) throw new Error('a pair without the search that made it');
    return outcome;
  }

  /** Makes the chat of a pair. What becomes of the two searches, by session; it never throws. */
  function settle(pair: Pair<Note>): Promise<Outcomes> {
    return pairsUnderWay.hold([pair.first.person, pair.second.person], make(pair));
  }

  async function make({ first, second, sharedTags, ended }: Pair<Note>): Promise<Outcomes> {
    try {
      const chatId = await direct.begin([sideOf(first), sideOf(second)], sharedTags, async (unit) => {
        await requireFit(unit.db, [first, second]);
        await requireNotApart(unit.db, first, second);
        note(unit, [first, second]);
      });
      for (const { searcher } of [first, second]) freshPairs.made(searcher, chatId);
      return new Map<string, Outcome>([
        [first.searcher, { state: 'matched', chatId, number: 1 }],
        [second.searcher, { state: 'matched', chatId, number: 2 }],
      ]);
    } catch (error) {
      if (!(error instanceof Unfit)) logger.warn('a pair came to nothing: both searches end', { error });
      const outcomes = new Map<string, Outcome>();
      for (const [one, other] of [[first, second] as const, [second, first] as const]) {
        const reason = error instanceof Unfit ? error.reasons.get(one.searcher) : error;
        outcomes.set(
          one.searcher,
          reason === undefined ? await enterAgain(one, other) : { state: 'ended', error: reason },
        );
      }
      for (const { person, searcher } of [first, second, ...ended]) changed(person, searcher);
      return outcomes;
    }
  }

  /** Not both were fit: this one goes on searching, for someone else. */
  async function enterAgain(one: Waiting<Note>, other: Waiting<Note>): Promise<Outcome> {
    return enter(one, [other.person]).catch((error: unknown): Outcome => {
      logger.error('a search could not go on', { error });
      return { state: 'ended', error };
    });
  }

  /** In the unit that makes the chat, so that whatever bars one of the two comes before it or ends the chat. */
  async function requireFit(db: Queries, two: readonly Waiting<Note>[]): Promise<void> {
    const reasons = new Map<string, AppError>();
    for (const one of two) {
      const reason = await unfitness(db, one);
      if (reason) reasons.set(one.searcher, reason);
    }
    if (reasons.size > 0) throw new Unfit(reasons);
  }

  /** A report was made while the pair was on its way. Both search on. */
  async function requireNotApart(db: Queries, first: Waiting<Note>, second: Waiting<Note>): Promise<void> {
    const [one, other] = [first, second].map(({ person, note: { ip } }) => ({ person, ip }));
    if (one && other && (await guards.areApart(db, one, other))) throw new Unfit(new Map());
  }

  async function unfitness(db: Queries, { searcher, person, note: { ip } }: Waiting<Note>) {
    if (!(await findLiveById(db, searcher, clock.now()))) return unauthenticated();
    if ((await direct.countLive(db, person)) >= (await slotsOf(db, person))) return matchErrors.slotLimit();
    const kind = strangerSessionOf(person) === undefined ? 'user' : 'stranger';
    try {
      await guards.requireNotBlocked(db, { kind, sessionId: searcher }, ip);
      await guards.requireNotOnHold(db, person);
    } catch (error) {
      if (error instanceof AppError) return error;
      throw error;
    }
    return undefined;
  }

  function note({ emit }: Unit<MatchEvent>, two: readonly Waiting<Note>[]): void {
    emit({ name: 'match.paired', waitedMs: two.map(({ waitedMs }) => waitedMs) });
  }

  /** How many direct chats and searches the person may have at once. */
  async function slotsOf(db: Queries, person: PersonId): Promise<number> {
    const userId = userIdOf(person);
    const user = userId === undefined ? undefined : await findUser(db, userId);
    return directSlots(user !== undefined && hasPremium(user, clock.now()));
  }

  return {
    enter,
    settle,
    slotsOf,
  };
}

function sideOf({ person, searcher, note: { countryCode } }: Waiting<Note>) {
  return { person, sessionId: searcher, countryCode };
}
