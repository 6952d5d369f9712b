import { and, eq, isNull, lte, sql } from 'drizzle-orm';
import { type Params, prepared, type Queries } from '../../../db/queries.ts';
import { users } from '../../people/users/users.tables.ts';
import { chatBans, chats } from '../chats/chats.tables.ts';

/** Replaces a ban already in force. */
export async function saveBan(db: Queries, ban: typeof chatBans.$inferInsert): Promise<void> {
  const set = {
    bannedBy: sql`excluded.banned_by`,
    reason: sql`excluded.reason`,
    createdAt: sql`excluded.created_at`,
    expiresAt: sql`excluded.expires_at`,
  };
  await db
    .insert(chatBans)
    .values(ban)
    .onConflictDoUpdate({ target: [chatBans.chatId, chatBans.userId], set })
    .returning({ userId: chatBans.userId });
}

const isOf = (chatId: number, userId: number) => and(eq(chatBans.chatId, chatId), eq(chatBans.userId, userId));

/** False if there was none. */
export async function removeBan(db: Queries, chatId: number, userId: number): Promise<boolean> {
  const rows = await db.delete(chatBans).where(isOf(chatId, userId)).returning({ userId: chatBans.userId });
  return rows.length > 0;
}

/** As `removeBan`, unless a newer ban has replaced this one. */
export async function removeOverBan(db: Queries, chatId: number, userId: number, now: number): Promise<boolean> {
  const rows = await db
    .delete(chatBans)
    .where(and(isOf(chatId, userId), lte(chatBans.expiresAt, now)))
    .returning({ userId: chatBans.userId });
  return rows.length > 0;
}

const over = prepared((db, p: Params<{ now: number; limit: number }>) =>
  db
    .select({ chatId: chatBans.chatId, userId: chatBans.userId, username: users.username, chat: chats.name })
    .from(chatBans)
    .innerJoin(users, eq(users.id, chatBans.userId))
    .innerJoin(chats, eq(chats.id, chatBans.chatId))
    .where(and(lte(chatBans.expiresAt, p.now), isNull(users.deletedAt), isNull(chats.deletedAt)))
    .limit(p.limit),
);

/** Expired bans, at most `limit`. Those of deleted users and chats are removed along with them. */
export function listOverBans(db: Queries, now: number, limit: number) {
  return over(db, { now, limit });
}
