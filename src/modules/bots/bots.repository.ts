import { and, asc, eq, gt } from 'drizzle-orm';
import { type Params, prepared, type Queries } from '../../db/queries.ts';
import { bots } from './bots.tables.ts';

const byKeyHash = prepared((db, p: Params<{ keyHash: string }>) =>
  db
    .select()
    .from(bots)
    .where(and(eq(bots.keyHash, p.keyHash), eq(bots.isActive, true))),
);

/** The active bot that holds this key. */
export async function findBotByKeyHash(db: Queries, keyHash: string) {
  return (await byKeyHash(db, { keyHash }))[0];
}

export async function insertBot(db: Queries, bot: typeof bots.$inferInsert) {
  const [row] = await db.insert(bots).values(bot).returning();
  if (!row) throw new Error('inserting a bot gave no row');
  return row;
}

export function listBots(db: Queries, after: number, limit: number) {
  return db.select().from(bots).where(gt(bots.id, after)).orderBy(asc(bots.id)).limit(limit);
}
