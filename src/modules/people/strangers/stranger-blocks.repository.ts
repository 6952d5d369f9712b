import { and, asc, eq, gt, inArray, isNull, lte, or, sql } from 'drizzle-orm';
import type { Placeholder, SQL } from 'drizzle-orm/sql';
import { type Params, prepared, type Queries } from '../../../db/queries.ts';
import { strangerBlocks } from './strangers.tables.ts';

export type NewBlock = typeof strangerBlocks.$inferInsert;

export async function insertBlocks(db: Queries, blocks: readonly NewBlock[]): Promise<void> {
  if (blocks.length === 0) return;
  await db
    .insert(strangerBlocks)
    .values([...blocks])
    .returning({ id: strangerBlocks.id });
}

/** Deletes the stranger's block with its networks. False when there was none in force. */
export async function deleteBlocksOf(db: Queries, sessionId: string, now: number): Promise<boolean> {
  const gone = await db
    .delete(strangerBlocks)
    .where(eq(strangerBlocks.sessionId, sessionId))
    .returning({ endsAt: strangerBlocks.endsAt });
  return gone.some(({ endsAt }) => endsAt === null || endsAt > now);
}

/** Deletes the blocked networks of a user's ban. */
export async function deleteBlocksOfUser(db: Queries, userId: number): Promise<void> {
  await db.delete(strangerBlocks).where(eq(strangerBlocks.userId, userId)).returning({ id: strangerBlocks.id });
}

const inForce = (now: Placeholder | SQL) => or(isNull(strangerBlocks.endsAt), gt(strangerBlocks.endsAt, now));

const ofSession = prepared((db, p: Params<{ sessionId: string; now: number }>) =>
  db
    .select({ id: strangerBlocks.id })
    .from(strangerBlocks)
    .where(and(eq(strangerBlocks.sessionId, p.sessionId), isNull(strangerBlocks.network), inForce(p.now)))
    .limit(1),
);

/** Whether this stranger themselves is blocked. */
export async function isStrangerBlocked(db: Queries, sessionId: string, now: number): Promise<boolean> {
  return (await ofSession(db, { sessionId, now })).length > 0;
}

const ofNetwork = prepared((db, p: Params<{ network: string; since: number; now: number }>) =>
  db
    .select({ id: strangerBlocks.id })
    .from(strangerBlocks)
    .where(
      and(
        eq(strangerBlocks.network, p.network),
        lte(strangerBlocks.createdAt, p.since),
        gt(strangerBlocks.endsAt, p.now),
      ),
    )
    .limit(1),
);

/** Whether strangers whose session began then are blocked on this network. */
export async function isNetworkBlocked(db: Queries, network: string, since: number, now: number): Promise<boolean> {
  return (await ofNetwork(db, { network, since, now })).length > 0;
}

/** The blocks in force of these strangers themselves. */
export async function listBlocks(db: Queries, sessionIds: readonly string[], now: number) {
  const { sessionId, endsAt, reason, network } = strangerBlocks;
  return db
    .select({ sessionId, endsAt, reason })
    .from(strangerBlocks)
    .where(and(inArray(sessionId, [...sessionIds]), isNull(network), inForce(sql`${now}`)));
}

const over = prepared((db, p: Params<{ now: number; limit: number }>) =>
  db
    .select({ id: strangerBlocks.id })
    .from(strangerBlocks)
    .where(lte(strangerBlocks.endsAt, p.now))
    .orderBy(asc(strangerBlocks.endsAt))
    .limit(p.limit),
);

/** Blocks whose time is up, at most `limit`. */
export async function listOverBlocks(db: Queries, now: number, limit: number): Promise<number[]> {
  return (await over(db, { now, limit })).map(({ id }) => id);
}

export async function deleteBlocks(db: Queries, ids: readonly number[]): Promise<void> {
  await db
    .delete(strangerBlocks)
    .where(inArray(strangerBlocks.id, [...ids]))
    .returning({ id: strangerBlocks.id });
}
