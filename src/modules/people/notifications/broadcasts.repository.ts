import { and, asc, count, desc, eq, gt, isNotNull, isNull, lte, sql } from 'drizzle-orm';
import { type Params, prepared, type Queries } from '../../../db/queries.ts';
import { users } from '../users/users.tables.ts';
import { broadcasts } from './notifications.tables.ts';

export async function insertBroadcast(db: Queries, broadcast: typeof broadcasts.$inferInsert): Promise<number> {
  const [row] = await db.insert(broadcasts).values(broadcast).returning({ id: broadcasts.id });
  if (!row) throw new Error('inserting a broadcast gave no row');
  return row.id;
}

const oldest = prepared((db) => db.select().from(broadcasts).orderBy(asc(broadcasts.id)).limit(1));

/** The oldest pending broadcast. */
export async function findOldestBroadcast(db: Queries) {
  return (await oldest(db, {}))[0];
}

export async function isUnderWay(db: Queries, broadcastId: number): Promise<boolean> {
  return (await db.select({ id: broadcasts.id }).from(broadcasts).where(eq(broadcasts.id, broadcastId))).length > 0;
}

const advance = prepared((db, p: Params<{ id: number; deliveredTo: number }>) =>
  db
    .update(broadcasts)
    .set({ deliveredTo: sql`${p.deliveredTo}` })
    .where(eq(broadcasts.id, p.id))
    .returning({ id: broadcasts.id }),
);

export async function noteDelivered(db: Queries, id: number, deliveredTo: number): Promise<void> {
  await advance(db, { id, deliveredTo });
}

export async function deleteBroadcast(db: Queries, id: number): Promise<void> {
  await db.delete(broadcasts).where(eq(broadcasts.id, id)).returning({ id: broadcasts.id });
}

/** The number of users and the highest id. */
export async function measureUsers(db: Queries): Promise<{ people: number; lastId: number }> {
  const [counted] = await db.select({ people: count() }).from(users);
  // Deleted users are few and have a partial index.
  const [gone] = await db.select({ people: count() }).from(users).where(isNotNull(users.deletedAt));
  const [last] = await db.select({ id: users.id }).from(users).orderBy(desc(users.id)).limit(1);
  return { people: (counted?.people ?? 0) - (gone?.people ?? 0), lastId: last?.id ?? 0 };
}

const idsBetween = prepared((db, p: Params<{ after: number; last: number; limit: number }>) =>
  db
    .select({ id: users.id })
    .from(users)
    .where(and(gt(users.id, p.after), lte(users.id, p.last), isNull(users.deletedAt)))
    .orderBy(asc(users.id))
    .limit(p.limit),
);

/** The next user ids after `after`, up to `last`. */
export async function listUserIds(db: Queries, after: number, last: number, limit: number): Promise<number[]> {
  return (await idsBetween(db, { after, last, limit })).map(({ id }) => id);
}

const known = prepared((db, p: Params<{ id: number }>) =>
  db
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.id, p.id), isNull(users.deletedAt))),
);

export async function isUser(db: Queries, id: number): Promise<boolean> {
  return (await known(db, { id })).length > 0;
}
