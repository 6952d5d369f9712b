import { and, asc, eq, gt, inArray, isNull, sql } from 'drizzle-orm';
import { type Params, prepared, type Queries } from '../../../db/queries.ts';
import { sessions } from '../sessions/sessions.tables.ts';
import { type StrangerRow, strangers } from './strangers.tables.ts';

export async function insertStranger(db: Queries, stranger: typeof strangers.$inferInsert): Promise<void> {
  await db.insert(strangers).values(stranger).returning({ id: strangers.sessionId });
}

const bySession = prepared((db, p: Params<{ sessionId: string }>) =>
  db.select().from(strangers).where(eq(strangers.sessionId, p.sessionId)),
);

export async function findStranger(db: Queries, sessionId: string): Promise<StrangerRow | undefined> {
  return (await bySession(db, { sessionId }))[0];
}

const bySignature = prepared((db, p: Params<{ signature: string }>) =>
  db
    .select({ stranger: strangers, clientIp: sessions.clientIp })
    .from(strangers)
    .innerJoin(sessions, eq(sessions.id, strangers.sessionId))
    .where(eq(strangers.signature, p.signature)),
);

/** The stranger, and the address that their session was opened from. */
export async function findBySignature(db: Queries, signature: string) {
  return (await bySignature(db, { signature }))[0];
}

/** Those of these who exist, in no order. */
export async function listStrangers(db: Queries, sessionIds: readonly string[]): Promise<StrangerRow[]> {
  return db
    .select()
    .from(strangers)
    .where(inArray(strangers.sessionId, [...sessionIds]));
}

const liveOn = prepared((db, p: Params<{ network: string; now: number }>) =>
  db
    .select({ sessionId: strangers.sessionId, lastSeenAt: strangers.lastSeenAt })
    .from(strangers)
    .innerJoin(sessions, eq(sessions.id, strangers.sessionId))
    .where(and(eq(strangers.network, p.network), isNull(sessions.endedAt), gt(sessions.expiresAt, p.now)))
    .orderBy(asc(strangers.createdAt)),
);

/** The strangers whose live sessions were opened from this network, oldest first. */
export function listLiveOn(db: Queries, network: string, now: number) {
  return liveOn(db, { network, now });
}

const seen = prepared((db, p: Params<{ sessionId: string; at: number }>) =>
  db
    .update(strangers)
    .set({ lastSeenAt: sql`${p.at}` })
    .where(eq(strangers.sessionId, p.sessionId))
    .returning({ id: strangers.sessionId }),
);

export async function noteSeen(db: Queries, sessionId: string, at: number): Promise<void> {
  await seen(db, { sessionId, at });
}

export async function noteNetwork(db: Queries, sessionId: string, network: string): Promise<void> {
  await db
    .update(strangers)
    .set({ lastNetwork: network })
    .where(eq(strangers.sessionId, sessionId))
    .returning({ id: strangers.sessionId });
}
