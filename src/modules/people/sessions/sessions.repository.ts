import { and, asc, desc, eq, gt, inArray, isNotNull, isNull, lte, or, sql } from 'drizzle-orm';
import { type Params, prepared, type Queries } from '../../../db/queries.ts';
import { users } from '../users/users.tables.ts';
import { type SessionRow, sessions } from './sessions.tables.ts';

const withOwner = (db: Queries) =>
  db
    .select({
      id: sessions.id,
      userId: sessions.userId,
      publicKey: sessions.publicKey,
      expiresAt: sessions.expiresAt,
      owner: {
        username: users.username,
        avatarUrl: users.avatarUrl,
        permissionLevel: users.permissionLevel,
        state: users.state,
        stateExpiresAt: users.stateExpiresAt,
      },
    })
    .from(sessions)
    .leftJoin(users, eq(users.id, sessions.userId));
const liveByHash = prepared((db, p: Params<{ tokenHash: string; now: number }>) =>
  withOwner(db).where(
    and(eq(sessions.tokenHash, p.tokenHash), isNull(sessions.endedAt), gt(sessions.expiresAt, p.now)),
  ),
);
const liveById = prepared((db, p: Params<{ id: string; now: number }>) =>
  withOwner(db).where(and(eq(sessions.id, p.id), isNull(sessions.endedAt), gt(sessions.expiresAt, p.now))),
);

/** A session and the state of its owner, null for a stranger. */
export type LiveSession = NonNullable<Awaited<ReturnType<typeof findLiveById>>>;

export async function findLiveByHash(db: Queries, tokenHash: string, now: number): Promise<LiveSession | undefined> {
  return (await liveByHash(db, { tokenHash, now }))[0];
}

export async function findLiveById(db: Queries, id: string, now: number) {
  return (await liveById(db, { id, now }))[0];
}

const ownerByHash = prepared((db, p: Params<{ tokenHash: string }>) =>
  db
    .select({ state: users.state, stateExpiresAt: users.stateExpiresAt })
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .where(eq(sessions.tokenHash, p.tokenHash)),
);

/** The account state of a session's owner, even after the session ended. */
export async function findOwnerState(db: Queries, tokenHash: string) {
  return (await ownerByHash(db, { tokenHash }))[0];
}

export async function insertSession(db: Queries, session: typeof sessions.$inferInsert): Promise<void> {
  await db.insert(sessions).values(session).returning({ id: sessions.id });
}

const end = prepared((db, p: Params<{ id: string; endedAt: number }>) =>
  db
    .update(sessions)
    .set({ endedAt: sql`${p.endedAt}`, publicKey: null, signingKey: null })
    .where(and(eq(sessions.id, p.id), isNull(sessions.endedAt)))
    .returning({ userId: sessions.userId }),
);

/** Ends a session and drops its key. Undefined when it had already ended. */
export async function endSession(db: Queries, id: string, endedAt: number) {
  return (await end(db, { id, endedAt }))[0];
}

const extend = prepared((db, p: Params<{ sessionId: string; until: number; now: number }>) =>
  db
    .update(sessions)
    .set({ expiresAt: sql`max(${sessions.expiresAt}, ${p.until})` })
    .where(
      and(
        eq(sessions.id, p.sessionId),
        isNull(sessions.userId),
        isNull(sessions.endedAt),
        gt(sessions.expiresAt, p.now),
      ),
    )
    .returning({ id: sessions.id }),
);

export async function extendStranger(db: Queries, to: { sessionId: string; until: number; now: number }) {
  await extend(db, to);
}

const overdue = prepared((db, p: Params<{ now: number; limit: number }>) =>
  db
    .select({ id: sessions.id })
    .from(sessions)
    .where(and(isNull(sessions.endedAt), lte(sessions.expiresAt, p.now)))
    .orderBy(asc(sessions.expiresAt))
    .limit(p.limit),
);

/** Expired sessions that are not marked as ended, at most `limit`. */
export function listOverdue(db: Queries, now: number, limit: number) {
  return overdue(db, { now, limit });
}

const endedBefore = prepared((db, p: Params<{ before: number; limit: number }>) =>
  db
    .select({ id: sessions.id })
    .from(sessions)
    .where(lte(sessions.endedAt, p.before))
    .orderBy(asc(sessions.endedAt))
    .limit(p.limit),
);

/** Sessions that ended before then, at most `limit`. */
export async function listEndedBefore(db: Queries, before: number, limit: number): Promise<string[]> {
  return (await endedBefore(db, { before, limit })).map(({ id }) => id);
}

export async function deleteSessions(db: Queries, ids: readonly string[]): Promise<void> {
  await db
    .delete(sessions)
    .where(inArray(sessions.id, [...ids]))
    .returning({ id: sessions.id });
}

const liveOf = prepared((db, p: Params<{ userId: number; now: number }>) =>
  db
    .select()
    .from(sessions)
    .where(and(eq(sessions.userId, p.userId), isNull(sessions.endedAt), gt(sessions.expiresAt, p.now)))
    .orderBy(desc(sessions.createdAt)),
);

/** The user's live sessions, newest first. */
export function listLive(db: Queries, userId: number, now: number): Promise<SessionRow[]> {
  return liveOf(db, { userId, now });
}

const endedOf = prepared((db, p: Params<{ userId: number; now: number; limit: number }>) =>
  db
    .select()
    .from(sessions)
    .where(and(eq(sessions.userId, p.userId), or(isNotNull(sessions.endedAt), lte(sessions.expiresAt, p.now))))
    .orderBy(desc(sessions.createdAt))
    .limit(p.limit),
);

/** The user's ended sessions, newest first. */
export function listEnded(db: Queries, userId: number, now: number, limit: number): Promise<SessionRow[]> {
  return endedOf(db, { userId, now, limit });
}

const allOf = prepared((db, p: Params<{ userId: number; limit: number }>) =>
  db.select().from(sessions).where(eq(sessions.userId, p.userId)).orderBy(desc(sessions.createdAt)).limit(p.limit),
);

/** The user's sessions, live and ended, newest first. */
export function listLatest(db: Queries, userId: number, limit: number): Promise<SessionRow[]> {
  return allOf(db, { userId, limit });
}

/** Addresses looked at, newest first. */
const ADDRESSES = 20;

/** The addresses of the user's open sessions; where none is open, that of the last one. */
export async function listLastAddresses(db: Queries, userId: number, now: number): Promise<string[]> {
  const latest = await listLatest(db, userId, ADDRESSES);
  const open = latest.filter(({ endedAt, expiresAt }) => endedAt === null && expiresAt > now);
  return (open.length > 0 ? open : latest.slice(0, 1)).map(({ clientIp }) => clientIp);
}

/** Caps the lifetime of the user's live sessions. */
export async function shortenSessions(db: Queries, userId: number, until: number): Promise<void> {
  await db
    .update(sessions)
    .set({ expiresAt: until })
    .where(and(eq(sessions.userId, userId), isNull(sessions.endedAt), gt(sessions.expiresAt, until)))
    .returning({ id: sessions.id });
}
