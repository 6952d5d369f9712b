import { and, asc, desc, eq, inArray, isNull, or, sql } from 'drizzle-orm';
import type { Placeholder } from 'drizzle-orm/sql';
import { type Params, prepared, type Queries } from '../../db/queries.ts';
import { users } from '../users/users.tables.ts';
import { chatMembers, chats } from './chats.tables.ts';

const visibleTo = (db: Queries, userId: Placeholder) =>
  and(
    isNull(chats.deletedAt),
    or(
      inArray(chats.visibility, ['official', 'public']),
      eq(chats.ownerId, userId),
      inArray(chats.id, db.select({ id: chatMembers.chatId }).from(chatMembers).where(eq(chatMembers.userId, userId))),
    ),
  );

// No more columns than are shown: a person may see hundreds of chats.
const visible = prepared((db, p: Params<{ userId: number }>) =>
  db
    .select({
      id: chats.id,
      chatType: chats.chatType,
      name: chats.name,
      visibility: chats.visibility,
      label: chats.label,
      slug: chats.slug,
      description: chats.description,
      archived: chats.archived,
      ownerId: users.id,
      ownerName: users.username,
      ownerAvatarUrl: users.avatarUrl,
    })
    .from(chats)
    .leftJoin(users, eq(users.id, chats.ownerId))
    .where(visibleTo(db, p.userId))
    .orderBy(asc(sql`${chats.visibility} <> 'official'`), desc(chats.lastActivityAt)),
);

/** Official and public chats, and those that the user owns or has joined: official ones first, then by last activity. */
export function listVisible(db: Queries, userId: number) {
  return visible(db, { userId });
}
export type VisibleChat = Awaited<ReturnType<typeof listVisible>>[number];

const visibleIds = prepared((db, p: Params<{ userId: number }>) =>
  db.select({ id: chats.id }).from(chats).where(visibleTo(db, p.userId)),
);

/** As listVisible, in no order. */
export async function listVisibleIds(db: Queries, userId: number): Promise<number[]> {
  return (await visibleIds(db, { userId })).map(({ id }) => id);
}
