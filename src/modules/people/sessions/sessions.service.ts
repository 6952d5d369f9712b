import { type Clock, isoTime } from '../../../core/clock.ts';
import { DAY_MS, secondsToWait } from '../../../core/durations.ts';
import { unauthenticated } from '../../../core/errors.ts';
import { type Guest, Level } from '../../../core/principal.ts';
import { type Random, randomBase62 } from '../../../core/random.ts';
import { newSessionToken, sha256 } from '../../../core/secrets.ts';
import type { Queries } from '../../../db/queries.ts';
import type { Unit, Units } from '../../../db/units.ts';
import { accountErrors } from '../users/users.errors.ts';
import { type AccountState, isBanned, isTimedOut, UserState } from '../users/users.policy.ts';
import { touchUsers } from '../users/users.repository.ts';
import type { SessionEndReason, SessionsEvent } from './sessions.events.ts';
import * as repository from './sessions.repository.ts';

type Deps = {
  read: Queries;
  units: Pick<Units<SessionsEvent>, 'run'>;
  clock: Clock;
  random: Random;
  /** Deletes the chat keys sealed for a session. */
  forgetKeys(db: Queries, sessionId: string): Promise<void>;
  /** The person behind a session that belongs to no account. */
  findStranger(db: Queries, sessionId: string): Promise<{ alias: string; signature: string } | undefined>;
};

/** The client that opens a session. `tokens` are those of the sessions that it has now. */
export type ClientInfo = { ip: string; userAgent: string | null; tokens?: readonly string[] };
export type OpenedSession = { token: string; sessionId: string; expiresAt: number };

const USER_LIFETIME_MS = 30 * DAY_MS;
const STAFF_LIFETIME_MS = DAY_MS;
const STRANGER_LIFETIME_MS = DAY_MS;
const OVERDUE_AT_ONCE = 200;
/** Addresses of ended sessions are personal data: they are not kept forever. */
const KEPT_MS = 90 * DAY_MS;
const FORGOTTEN_AT_ONCE = 200;

export type Sessions = ReturnType<typeof createSessions>;

export function createSessions({ read, units, clock, random, forgetKeys, findStranger }: Deps) {
  /** When users last called; flushed by a job rather than on every call. */
  let seen = new Map<number, number>();

  /** The principal of the session that `find` gives; undefined if it gives none. */
  async function principalOf(
    find: (now: number) => Promise<repository.LiveSession | undefined>,
    whileTimedOut: boolean,
  ): Promise<Guest | undefined> {
    const now = clock.now();
    const session = await find(now);
    if (!session) return undefined;
    const { id: sessionId, userId, owner } = session;
    if (userId === null || owner === null) {
      const stranger = await findStranger(read, sessionId);
      if (!stranger) throw unauthenticated();
      return { kind: 'stranger', sessionId, alias: stranger.alias, signature: stranger.signature };
    }
    const { username, avatarUrl, permissionLevel, state, stateExpiresAt } = owner;
    if (state !== UserState.Active) requireNotKeptOut({ state, stateExpiresAt }, now, whileTimedOut);
    seen.set(userId, now);
    return { kind: 'user', userId, username, avatarUrl, level: permissionLevel as Level, sessionId };
  }

  /** A ban ends every session, so a token of an ended one may deserve `ERR_BANNED`. */
  async function refusal(token: string): Promise<Error> {
    const owner = await repository.findOwnerState(read, sha256(token));
    return owner && isBanned(owner, clock.now()) ? accountErrors.banned() : unauthenticated();
  }

  async function end(unit: Unit<SessionsEvent>, sessionId: string, reason: SessionEndReason): Promise<boolean> {
    if (!(await close(unit, sessionId, reason))) return false;
    await forgetKeys(unit.db, sessionId);
    return true;
  }

  async function close(
    { db, emit }: Unit<SessionsEvent>,
    sessionId: string,
    reason: SessionEndReason,
  ): Promise<boolean> {
    const ended = await repository.endSession(db, sessionId, clock.now());
    if (!ended) return false;
    emit({ name: 'session.ended', sessionId, userId: ended.userId, reason });
    return true;
  }

  async function openFor(
    db: Queries,
    userId: number | null,
    lifetimeMs: number,
    client: ClientInfo,
  ): Promise<OpenedSession> {
    const now = clock.now();
    const token = newSessionToken(random);
    const sessionId = randomBase62(random, 22);
    const expiresAt = now + lifetimeMs;
    await repository.insertSession(db, {
      id: sessionId,
      userId,
      tokenHash: sha256(token),
      tokenSuffix: token.slice(-6),
      clientIp: client.ip,
      userAgent: client.userAgent?.slice(0, 512) ?? null,
      createdAt: now,
      expiresAt,
    });
    return { token, sessionId, expiresAt };
  }

  return {
    end,

    /**
     * Ends the user's sessions in the caller's unit except `except`, and returns how many. With `keepKeys` the caller deletes
     * their sealed keys.
     */
    async endAll(
      unit: Unit<SessionsEvent>,
      userId: number,
      reason: SessionEndReason,
      { except, keepKeys = false }: { except?: string; keepKeys?: boolean } = {},
    ): Promise<number> {
      const live = await repository.listLive(unit.db, userId, clock.now());
      const others = live.filter(({ id }) => id !== except);
      for (const { id } of others) await (keepKeys ? close : end)(unit, id, reason);
      return others.length;
    },

    /** Limits the open sessions of a new Admin or Owner to one day. */
    async shorten(db: Queries, userId: number): Promise<void> {
      await repository.shortenSessions(db, userId, clock.now() + STAFF_LIFETIME_MS);
    },

    /** Opens a session in the caller's unit. The token is not stored and cannot be recovered. */
    async open(db: Queries, user: { id: number; permissionLevel: number }, client: ClientInfo): Promise<OpenedSession> {
      const lifetimeMs = user.permissionLevel >= Level.Admin ? STAFF_LIFETIME_MS : USER_LIFETIME_MS;
      return openFor(db, user.id, lifetimeMs, client);
    },

    /** Opens a session without an account. */
    openStranger: (db: Queries, client: ClientInfo) => openFor(db, null, STRANGER_LIFETIME_MS, client),

    /** The live stranger's session among those of these tokens. */
    async findStrangerAmong(db: Queries, tokens: readonly string[]): Promise<OpenedSession | undefined> {
      for (const token of tokens) {
        const session = await repository.findLiveByHash(db, sha256(token), clock.now());
        if (session?.userId === null) return { token, sessionId: session.id, expiresAt: session.expiresAt };
      }
      return undefined;
    },

    /** Ends the stranger's sessions among those that the client has: whoever signs in is no stranger any more. */
    async endStrangers(unit: Unit<SessionsEvent>, { tokens = [] }: ClientInfo): Promise<void> {
      for (const token of tokens) {
        const session = await repository.findLiveByHash(unit.db, sha256(token), clock.now());
        if (session?.userId === null) await end(unit, session.id, 'logout');
      }
    },

    /** Lets a stranger's live session last at least until then. */
    async extendStranger(db: Queries, sessionId: string, until: number): Promise<void> {
      await repository.extendStranger(db, { sessionId, until, now: clock.now() });
    },

    /** The principal of a session token. Throws `ERR_UNAUTHENTICATED`, `ERR_BANNED`, `ERR_TIMED_OUT`. */
    async require(token: string | undefined, { whileTimedOut = false } = {}) {
      if (!token) throw unauthenticated();
      const hash = sha256(token);
      const principal = await principalOf((now) => repository.findLiveByHash(read, hash, now), whileTimedOut);
      if (!principal) throw await refusal(token);
      return principal;
    },

    /** `require` for a connected session, so that changes count at its next event. */
    async requireById(sessionId: string) {
      const principal = await principalOf((now) => repository.findLiveById(read, sessionId, now), false);
      if (!principal) throw unauthenticated();
      return principal;
    },

    async logout(principal: Guest): Promise<void> {
      await units.run('log out', (unit) => end(unit, principal.sessionId, 'logout'));
    },

    /** Ends expired sessions. True when there may be more. */
    async endOverdue(): Promise<boolean> {
      const overdue = await repository.listOverdue(read, clock.now(), OVERDUE_AT_ONCE);
      if (overdue.length === 0) return false;
      await units.run('end overdue sessions', async (unit) => {
        for (const { id } of overdue) await end(unit, id, 'expired');
      });
      return overdue.length === OVERDUE_AT_ONCE;
    },

    /** Deletes a batch of sessions that ended 90 days ago. True when there may be more. */
    async forgetOld(): Promise<boolean> {
      const old = await repository.listEndedBefore(read, clock.now() - KEPT_MS, FORGOTTEN_AT_ONCE);
      if (old.length === 0) return false;
      await units.run('forget sessions', ({ db }) => repository.deleteSessions(db, old));
      return old.length === FORGOTTEN_AT_ONCE;
    },

    /** Flushes when users were last active. */
    async writeActivity(): Promise<void> {
      if (seen.size === 0) return;
      const writing = seen;
      seen = new Map();
      await units.run('write activity', ({ db }) => touchUsers(db, writing));
    },
  };
}

/** Throws `ERR_BANNED`, `ERR_TIMED_OUT`. A state whose time is up keeps nobody out. */
function requireNotKeptOut(account: AccountState, now: number, whileTimedOut: boolean): void {
  if (isBanned(account, now)) throw accountErrors.banned();
  if (whileTimedOut || !isTimedOut(account, now)) return;
  const until = account.stateExpiresAt as number;
  throw accountErrors.timedOut({ ttl: secondsToWait(until - now), expires_at: isoTime(until) });
}
