import { and, eq, isNull, lte, ne } from 'drizzle-orm';
import { type Params, prepared, type Queries } from '../../../db/queries.ts';
import { EVERY_CHAT, mutes } from '../../people/sanctions/sanctions.tables.ts';
import { users } from '../../people/users/users.tables.ts';
import { chats } from '../chats/chats.tables.ts';

const over = prepared((db, p: Params<{ now: number; limit: number }>) =>
  db
    .select({ chatId: mutes.chatId, userId: mutes.userId, username: users.username, chat: chats.name })
    .from(mutes)
    .innerJoin(users, eq(users.id, mutes.userId))
    .leftJoin(chats, and(eq(chats.id, mutes.chatId), ne(mutes.chatId, EVERY_CHAT)))
    .where(and(lte(mutes.expiresAt, p.now), isNull(users.deletedAt), isNull(chats.deletedAt)))
    .limit(p.limit),
);

/** Expired mutes, at most `limit`. Those of deleted users and chats are removed along with them. */
export function listOverMutes(db: Queries, now: number, limit: number) {
  return over(db, { now, limit });
}
