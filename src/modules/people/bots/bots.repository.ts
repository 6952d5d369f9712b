import { and, asc, count, eq, gt, type SQL, sql } from 'drizzle-orm';
import { type Params, prepared, type Queries } from '../../../db/queries.ts';
import { nameIndex, namesLike } from '../../../db/search.ts';
import { botCommandUses, bots } from './bots.tables.ts';

const byKeyHash = prepared((db, p: Params<{ keyHash: string }>) =>
  db
    .select()
    .from(bots)
    .where(and(eq(bots.keyHash, p.keyHash), eq(bots.isActive, true))),
);
const byId = prepared((db, p: Params<{ id: number }>) => db.select().from(bots).where(eq(bots.id, p.id)));

/** The trigram index of bot names. */
const botNames = { index: nameIndex('bot_names'), id: bots.id, key: bots.nameKey };

/** The form in which names are searched. */
export function botNameKey(name: string): string {
  return name.toLowerCase();
}

/** The active bot with this key. */
export async function findBotByKeyHash(db: Queries, keyHash: string) {
  return (await byKeyHash(db, { keyHash }))[0];
}

export async function findBot(db: Queries, id: number) {
  return (await byId(db, { id }))[0];
}

export async function insertBot(db: Queries, bot: Omit<typeof bots.$inferInsert, 'nameKey'>) {
  const [row] = await db
    .insert(bots)
    .values({ ...bot, nameKey: botNameKey(bot.name) })
    .returning();
  if (!row) throw new Error('inserting a bot gave no row');
  return row;
}

/** Undefined when it no longer exists. */
export async function updateBot(db: Queries, id: number, change: Omit<Partial<typeof bots.$inferInsert>, 'nameKey'>) {
  const nameKey = change.name === undefined ? {} : { nameKey: botNameKey(change.name) };
  const [row] = await db
    .update(bots)
    .set({ ...change, ...nameKey })
    .where(eq(bots.id, id))
    .returning();
  return row;
}

export async function deleteBot(db: Queries, id: number): Promise<void> {
  await db.delete(bots).where(eq(bots.id, id)).returning({ id: bots.id });
}

const touch = prepared((db, p: Params<{ id: number; at: number }>) =>
  db
    .update(bots)
    .set({ lastActivityAt: sql`${p.at}` })
    .where(eq(bots.id, p.id))
    .returning({ id: bots.id }),
);

export async function touchBots(db: Queries, seen: ReadonlyMap<number, number>): Promise<void> {
  for (const [id, at] of seen) await touch(db, { id, at });
}

type Page = { offset: number; limit: number };

/** Makes SQLite walk the table by its primary key. */
const anyId = gt(bots.id, 0);

/** By id. */
export function listBots(db: Queries, { offset, limit }: Page) {
  return db.select().from(bots).where(anyId).orderBy(asc(bots.id)).limit(limit).offset(offset);
}

/** By id. */
export function listActiveBots(db: Queries, { offset, limit }: Page) {
  return db.select().from(bots).where(eq(bots.isActive, true)).orderBy(asc(bots.id)).limit(limit).offset(offset);
}

const activePlatforms = prepared((db) =>
  db.selectDistinct({ platform: bots.platform }).from(bots).where(eq(bots.isActive, true)).orderBy(asc(bots.platform)),
);

/** The platforms whose codes a bot can deliver, in alphabetical order. */
export async function listActivePlatforms(db: Queries): Promise<string[]> {
  return (await activePlatforms(db, {})).map(({ platform }) => platform);
}

type BotFilter = {
  /** Lower case; empty matches any name. */
  nameKey: string;
  ownerId?: number | undefined;
  botType?: number | undefined;
  activeOnly: boolean;
};

export async function searchBots(db: Queries, filter: BotFilter, { offset, limit }: Page) {
  const matching = conditions(filter);
  const [counted] = await db.select({ total: count() }).from(bots).where(matching);
  const rows = await db.select().from(bots).where(matching).orderBy(asc(bots.id)).limit(limit).offset(offset);
  return { rows, total: counted?.total ?? 0 };
}

/** The number of bots, or of active ones. */
export async function countBots(db: Queries, filter: Pick<BotFilter, 'activeOnly'>): Promise<number> {
  const [counted] = await db
    .select({ total: count() })
    .from(bots)
    .where(conditions({ nameKey: '', ...filter }));
  return counted?.total ?? 0;
}

function conditions({ nameKey, ownerId, botType, activeOnly }: BotFilter): SQL | undefined {
  return and(
    anyId,
    nameKey ? namesLike(botNames, nameKey) : undefined,
    ownerId === undefined ? undefined : eq(bots.ownerId, ownerId),
    botType === undefined ? undefined : eq(bots.botType, botType),
    activeOnly ? eq(bots.isActive, true) : undefined,
  );
}

export type CommandUses = { day: string; command: string; uses: number };

/** Adds to the counts. `uses` has each day and command at most once. */
export async function addCommandUses(db: Queries, botId: number, uses: readonly CommandUses[]): Promise<void> {
  await db
    .insert(botCommandUses)
    .values(uses.map((one) => ({ ...one, botId })))
    .onConflictDoUpdate({
      target: [botCommandUses.botId, botCommandUses.day, botCommandUses.command],
      set: { uses: sql`${botCommandUses.uses} + excluded.uses` },
    })
    .returning({ botId: botCommandUses.botId });
}
