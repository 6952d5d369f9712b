import { and, asc, eq, gt, isNull, lte, sql } from 'drizzle-orm';
import { type Params, prepared, type Queries } from '../../db/queries.ts';
import { users } from '../users/users.tables.ts';
import { sessions } from './sessions.tables.ts';

const withOwner = {
  id: sessions.id,
  userId: sessions.userId,
  publicKey: sessions.publicKey,
  expiresAt: sessions.expiresAt,
  username: users.username,
  avatarUrl: users.avatarUrl,
  permissionLevel: users.permissionLevel,
  state: users.state,
  stateExpiresAt: users.stateExpiresAt,
};

const liveByHash = prepared((db, p: Params<{ tokenHash: string; now: number }>) =>
  db
    .select(withOwner)
    .from(sessions)
    .leftJoin(users, eq(users.id, sessions.userId))
    .where(and(eq(sessions.tokenHash, p.tokenHash), isNull(sessions.endedAt), gt(sessions.expiresAt, p.now))),
);
const liveById = prepared((db, p: Params<{ id: string; now: number }>) =>
  db
    .select(withOwner)
    .from(sessions)
    .leftJoin(users, eq(users.id, sessions.userId))
    .where(and(eq(sessions.id, p.id), isNull(sessions.endedAt), gt(sessions.expiresAt, p.now))),
);

/** A session with what matters of its owner; the owner's fields are null for a stranger's. */
export type LiveSession = Awaited<ReturnType<typeof liveById>>[number];

export async function findLiveByHash(db: Queries, tokenHash: string, now: number): Promise<LiveSession | undefined> {
  return (await liveByHash(db, { tokenHash, now }))[0];
}

export async function findLiveById(db: Queries, id: string, now: number): Promise<LiveSession | undefined> {
  return (await liveById(db, { id, now }))[0];
}

export async function insertSession(db: Queries, session: typeof sessions.$inferInsert): Promise<void> {
  await db.insert(sessions).values(session).returning({ id: sessions.id });
}

const end = prepared((db, p: Params<{ id: string; endedAt: number }>) =>
  db
    .update(sessions)
    .set({ endedAt: sql`${p.endedAt}`, publicKey: null })
    .where(and(eq(sessions.id, p.id), isNull(sessions.endedAt)))
    .returning({ userId: sessions.userId }),
);

/** Ends a session and drops its key. Undefined when it had ended before. */
export async function endSession(db: Queries, id: string, endedAt: number) {
  return (await end(db, { id, endedAt }))[0];
}

const overdue = prepared((db, p: Params<{ now: number; limit: number }>) =>
  db
    .select({ id: sessions.id })
    .from(sessions)
    .where(and(isNull(sessions.endedAt), lte(sessions.expiresAt, p.now)))
    .orderBy(asc(sessions.expiresAt))
    .limit(p.limit),
);

/** Sessions whose time is up and that are not ended yet, `limit` at most. */
export function listOverdue(db: Queries, now: number, limit: number) {
  return overdue(db, { now, limit });
}
