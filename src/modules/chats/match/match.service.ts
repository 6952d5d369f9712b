import type { Clock } from '../../../core/clock.ts';
import { DAY_MS, MINUTE_MS, secondsToWait } from '../../../core/durations.ts';
import { AppError } from '../../../core/errors.ts';
import { createKeyedTurns } from '../../../core/keyed-turns.ts';
import { type Guest, type PersonId, personOf } from '../../../core/principal.ts';
import type { Queries } from '../../../db/queries.ts';
import type { Units } from '../../../db/units.ts';
import type { Geo } from '../../../ports/geo.ts';
import type { Waiting } from '../../../ports/match-queue.ts';
import type { Online } from '../../../ports/online.ts';
import type { RateLimiter } from '../../../ports/rate-limiter.ts';
import { directErrors } from '../direct/direct.errors.ts';
import type { Direct } from '../direct/direct.service.ts';
import { hasJoined } from '../keys/session-keys.repository.ts';
import type { FreshPairs } from './fresh-pairs.ts';
import { tagsOf } from './interests.ts';
import { matchErrors } from './match.errors.ts';
import type { Enqueued, MatchState, MatchStatistics } from './match.model.ts';
import type { PairsUnderWay } from './pairs-under-way.ts';
import type { Guards, Note, Outcome, Queue, Searching } from './searching.ts';
import type { States } from './states.ts';

type Deps = {
  read: Queries;
  units: Pick<Units<never>, 'run'>;
  clock: Clock;
  geo: Geo;
  online: Pick<Online, 'hasSession' | 'countPeople'>;
  limiter: Pick<RateLimiter, 'consume'>;
  direct: Pick<Direct, 'foundOf' | 'leave' | 'countLive'>;
  queue: Queue;
  searching: Searching;
  states: States;
  pairsUnderWay: Pick<PairsUnderWay, 'has' | 'settled'>;
  freshPairs: FreshPairs;
  guards: Pick<Guards, 'requireNotBlocked'> & {
    /** Throws `ERR_STRANGERS_OFF`. */
    requireAdmitted(who: Guest): void;
    /** Throws `ERR_MATCH_ON_HOLD`. */
    requireNotOnHold(db: Queries, person: PersonId): Promise<void>;
    /** Lets a stranger's session last at least until then. */
    extend(db: Queries, sessionId: string, until: number, ip: string): Promise<void>;
  };
  /** Searches per minute and session; undefined: no limit. */
  perMinute: number | undefined;
  /** The session's state has changed. */
  changed(person: PersonId, sessionId: string): void;
  /** Something may fall due earlier than before. */
  planned(): void;
};

const TOP_INTERESTS = 10;
/** A tag of a single person would tell who it is. */
const FEWEST_SHOWN = 2;

export type Match = ReturnType<typeof createMatch>;

/** The search for someone to talk to. What concerns one person is done one after the other. */
export function createMatch(deps: Deps) {
  const { read, units, clock, geo, online, limiter, direct, queue, searching, states, pairsUnderWay, freshPairs } =
    deps;
  const { guards, perMinute, changed, planned } = deps;
  const turns = createKeyedTurns();

  function inTurn<Result>(person: PersonId, work: () => Promise<Result>): Promise<Result> {
    return turns(person, async () => {
      await pairsUnderWay.settled(person);
      return work();
    });
  }

  /** Out of the queue. A search that has just left it may be in a pair that comes to nothing, and then it is back. */
  async function takeOut(person: PersonId, sessionId: string): Promise<boolean> {
    for (;;) {
      if (await queue.dequeue(sessionId)) return true;
      if (!pairsUnderWay.has(person)) return false;
      await pairsUnderWay.settled(person);
    }
  }

  async function countAgainstLimit(sessionId: string): Promise<void> {
    if (perMinute === undefined) return;
    const rule = { limit: perMinute, windowMs: MINUTE_MS };
    const { allowed, resetMs } = await limiter.consume(`match:${sessionId}`, rule);
    if (!allowed) throw matchErrors.tooOften({ retry_after: secondsToWait(resetMs) });
  }

  function alreadySearching(search: Waiting<Note>): AppError {
    return matchErrors.alreadySearching({ interests: search.tags, expires_at: states.expiryOf(search) });
  }

  /** Each search keeps a place for the chat that it is for. */
  async function requireSlot(person: PersonId): Promise<void> {
    const live = await direct.countLive(read, person);
    const searches = await queue.searchesOf(person);
    if (live + searches.length >= (await searching.slotsOf(read, person))) throw matchErrors.slotLimit();
  }

  async function enter(who: Guest, tags: readonly string[], ip: string): Promise<Outcome> {
    const { sessionId } = who;
    const person = personOf(who);
    await guards.requireNotBlocked(read, who, ip);
    await guards.requireNotOnHold(read, person);
    const running = await queue.find(sessionId);
    if (running) throw alreadySearching(running);
    await requireSlot(person);
    const isStranger = who.kind === 'stranger';
    if (isStranger)
      await units.run('extend stranger', ({ db }) => guards.extend(db, sessionId, clock.now() + DAY_MS, ip));
    const countryCode = isStranger ? ((await geo.find(ip))?.country_code ?? null) : null;
    freshPairs.forget(sessionId);
    return searching.enter({ searcher: sessionId, person, tags, note: { ip, countryCode } });
  }

  async function answerTo(sessionId: string, outcome: Outcome): Promise<Enqueued> {
    if (outcome.state === 'already') throw alreadySearching(outcome.search);
    if (outcome.state === 'ended') throw outcome.error;
    if (outcome.state === 'matched') {
      const found = await direct.foundOf(outcome.chatId, outcome.number);
      if (!found) throw directErrors.noActive();
      freshPairs.known(sessionId);
      return { state: 'matched', token: found.token, chat_id: found.chat_id, expires_at: found.expires_at };
    }
    const { search } = outcome;
    return { state: 'searching', interests: [...search.tags], expires_at: states.expiryOf(search) };
  }

  /** The chat that came of a search which the person stops without having heard of it. */
  async function unheardOf(sessionId: string, known: number | undefined): Promise<number | undefined> {
    const chatId = freshPairs.find(sessionId);
    if (chatId === undefined || chatId === known) return undefined;
    return (await hasJoined(read, chatId, sessionId)) ? undefined : chatId;
  }

  return {
    /** Searches for someone who shares an interest. */
    async enqueue(who: Guest, interests: readonly string[], ip: string): Promise<Enqueued> {
      const tags = tagsOf(interests);
      guards.requireAdmitted(who);
      const { sessionId } = who;
      await countAgainstLimit(sessionId);
      const person = personOf(who);
      try {
        const answer = await inTurn(person, async () => answerTo(sessionId, await enter(who, tags, ip)));
        // A new chat is told of by itself.
        if (answer.state === 'searching') changed(person, sessionId);
        return answer;
      } finally {
        planned();
      }
    },

    async status(who: Guest): Promise<MatchState> {
      const state = await states.of(personOf(who), who.sessionId);
      if (state.state === 'matched') freshPairs.known(who.sessionId);
      return state;
    },

    /** Stops the search. A pair that it made in the same moment ends, too. */
    async dequeue(who: Guest): Promise<void> {
      const { sessionId } = who;
      const person = personOf(who);
      const known = freshPairs.knownTo(sessionId);
      await inTurn(person, async () => {
        if (await takeOut(person, sessionId)) return changed(person, sessionId);
        const chatId = await unheardOf(sessionId, known);
        if (chatId === undefined) return;
        freshPairs.forget(sessionId);
        await direct.leave(who, chatId).catch(unlessEnded);
      });
    },

    /** Ends every search of the session, for instance because it has ended. */
    async endOfSession(person: PersonId, sessionId: string): Promise<void> {
      if (await inTurn(person, () => takeOut(person, sessionId))) changed(person, sessionId);
    },

    /** Ends every search of the person. */
    async endAllOf(person: PersonId): Promise<void> {
      const ended = await inTurn(person, () => queue.dequeuePerson(person));
      for (const { searcher } of ended) changed(person, searcher);
    },

    /** A session's first socket has come or its last has gone. Asked again in turn, since a search may be just beginning. */
    async noteSockets(person: PersonId, sessionId: string): Promise<void> {
      await inTurn(person, async () =>
        (await online.hasSession(sessionId)) ? queue.connected(sessionId) : queue.disconnected(sessionId),
      );
      planned();
    },

    /** In both turns: a search that is just beginning may have read that the chat is live. */
    async parted(one: PersonId, other: PersonId): Promise<void> {
      await inTurn(one, () => queue.parted(one, other));
      await inTurn(other, () => queue.parted(one, other));
      planned();
    },

    /** The two are never paired again. */
    async keepApart(one: PersonId, other: PersonId): Promise<void> {
      await inTurn(one, () => queue.keepApart(one, other));
      await inTurn(other, () => queue.keepApart(one, other));
    },

    /** Ends what has fallen, and pairs those whose time apart is over. */
    async settleDue(): Promise<void> {
      for (;;) {
        const { fallen, pairs, nextInMs } = await queue.takeDue();
        for (const { person, searcher } of fallen) changed(person, searcher);
        await Promise.all(pairs.map(searching.settle));
        if (nextInMs !== 0) return;
      }
    },

    /** Since when the person searches; undefined if they do not. */
    async searchingSince(person: PersonId): Promise<number | undefined> {
      const waits = (await queue.searchesOf(person)).map(({ waitedMs }) => waitedMs);
      return waits.length === 0 ? undefined : Math.round(clock.now() - Math.max(...waits));
    },

    async statistics(): Promise<MatchStatistics> {
      const top = await queue.topTags(TOP_INTERESTS, FEWEST_SHOWN);
      return {
        online: await online.countPeople(),
        searching: await queue.countPeople(),
        top_interests: top.map(({ tag, waiting }) => ({ interest: tag, waiting })),
      };
    },
  };
}

function unlessEnded(error: unknown): void {
  if (!(error instanceof AppError) || error.errorCode !== directErrors.noActive.code) throw error;
}
