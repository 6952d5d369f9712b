import { and, eq, gt, isNull, or } from 'drizzle-orm';
import { type Params, prepared, type Queries } from '../../db/queries.ts';
import { EVERY_CHAT, mutes, punishments } from './moderation.tables.ts';

export async function insertPunishment(db: Queries, punishment: typeof punishments.$inferInsert): Promise<void> {
  await db.insert(punishments).values(punishment).returning({ id: punishments.id });
}

const muteEnds = prepared((db, p: Params<{ userId: number; chatId: number; now: number }>) =>
  db
    .select({ expiresAt: mutes.expiresAt })
    .from(mutes)
    .where(
      and(
        eq(mutes.userId, p.userId),
        or(eq(mutes.chatId, p.chatId), eq(mutes.chatId, EVERY_CHAT)),
        or(isNull(mutes.expiresAt), gt(mutes.expiresAt, p.now)),
      ),
    ),
);

/** When the mutes end that hold against the user in the chat; null: never. */
export async function listMuteEnds(db: Queries, userId: number, chatId: number, now: number) {
  return (await muteEnds(db, { userId, chatId, now })).map(({ expiresAt }) => expiresAt);
}
