import { and, asc, count, eq, isNull, ne } from 'drizzle-orm';
import { type Params, prepared, type Queries } from '../../../db/queries.ts';
import { users } from '../../people/users/users.tables.ts';
import { chatMembers } from './chats.tables.ts';

// The owner of a chat is none of its members, also where a row says so.

const memberCount = prepared((db, p: Params<{ chatId: number; ownerId: number }>) =>
  db
    .select({ members: count() })
    .from(chatMembers)
    .where(and(eq(chatMembers.chatId, p.chatId), ne(chatMembers.userId, p.ownerId))),
);

/** All members except the owner. */
export async function countMembers(db: Queries, chatId: number, ownerId: number | null): Promise<number> {
  return (await memberCount(db, { chatId, ownerId: ownerId ?? 0 }))[0]?.members ?? 0;
}

type MembersParams = Params<{ chatId: number; ownerId: number; offset: number; limit: number }>;

const members = prepared((db, p: MembersParams) =>
  db
    .select({
      id: users.id,
      username: users.username,
      avatarUrl: users.avatarUrl,
      permissionLevel: users.permissionLevel,
      joinedAt: chatMembers.joinedAt,
    })
    .from(chatMembers)
    .innerJoin(users, and(eq(users.id, chatMembers.userId), isNull(users.deletedAt)))
    .where(and(eq(chatMembers.chatId, p.chatId), ne(chatMembers.userId, p.ownerId)))
    .orderBy(asc(chatMembers.joinedAt), asc(chatMembers.userId))
    .limit(p.limit)
    .offset(p.offset),
);

/** In the order of joining, without the owner. */
export function listMembers(
  db: Queries,
  chatId: number,
  ownerId: number | null,
  { offset = 0, limit }: { offset?: number; limit: number },
) {
  return members(db, { chatId, ownerId: ownerId ?? 0, offset, limit });
}
