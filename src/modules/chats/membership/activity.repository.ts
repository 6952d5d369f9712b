import { and, asc, count, desc, eq, gt, inArray, isNull } from 'drizzle-orm';
import { type Params, prepared, type Queries } from '../../../db/queries.ts';
import { users } from '../../people/users/users.tables.ts';
import { chatActivity } from '../chats/chats.tables.ts';

const ofChat = prepared((db, p: Params<{ chatId: number }>) =>
  db.select({ events: count() }).from(chatActivity).where(eq(chatActivity.chatId, p.chatId)),
);

export async function countActivity(db: Queries, chatId: number): Promise<number> {
  return (await ofChat(db, { chatId }))[0]?.events ?? 0;
}

const page = prepared((db, p: Params<{ chatId: number; offset: number; limit: number }>) =>
  db
    .select({
      action: chatActivity.action,
      method: chatActivity.method,
      inviteCode: chatActivity.inviteCode,
      createdAt: chatActivity.createdAt,
      userId: users.id,
      username: users.username,
      avatarUrl: users.avatarUrl,
    })
    .from(chatActivity)
    .leftJoin(users, and(eq(users.id, chatActivity.userId), isNull(users.deletedAt)))
    .where(eq(chatActivity.chatId, p.chatId))
    .orderBy(desc(chatActivity.id))
    .limit(p.limit)
    .offset(p.offset),
);

/** Newest first. The user is null while a deleted account is being purged. */
export function listActivity(db: Queries, chatId: number, offset: number, limit: number) {
  return page(db, { chatId, offset, limit });
}
export type ActivityRow = Awaited<ReturnType<typeof listActivity>>[number];

const following = prepared((db, p: Params<{ id: number; limit: number }>) =>
  db
    .select({
      id: chatActivity.id,
      chatId: chatActivity.chatId,
      userId: chatActivity.userId,
      createdAt: chatActivity.createdAt,
    })
    .from(chatActivity)
    .where(gt(chatActivity.id, p.id))
    .orderBy(asc(chatActivity.id))
    .limit(p.limit),
);

/** Entries of all chats after this id, oldest first. */
export function listActivityAfter(db: Queries, id: number, limit: number) {
  return following(db, { id, limit });
}

type Entry = { id: number; chatId: number; userId: number };

const later = prepared((db, p: Params<Entry>) =>
  db
    .select({ id: chatActivity.id })
    .from(chatActivity)
    .where(and(eq(chatActivity.userId, p.userId), eq(chatActivity.chatId, p.chatId), gt(chatActivity.id, p.id)))
    .limit(1),
);

/** Whether the same person has a later entry in the same chat. */
export async function isOvertaken(db: Queries, { id, chatId, userId }: Entry): Promise<boolean> {
  return (await later(db, { id, chatId, userId })).length > 0;
}

export async function deleteActivity(db: Queries, ids: readonly number[]): Promise<void> {
  const { id } = chatActivity;
  await db
    .delete(chatActivity)
    .where(inArray(id, [...ids]))
    .returning({ id });
}

const lastAction = prepared((db, p: Params<{ chatId: number; userId: number }>) =>
  db
    .select({ action: chatActivity.action, at: chatActivity.createdAt })
    .from(chatActivity)
    .where(and(eq(chatActivity.userId, p.userId), eq(chatActivity.chatId, p.chatId)))
    .orderBy(desc(chatActivity.id))
    .limit(1),
);

/** The person's last entry in the chat; undefined if they were never there. */
export async function findLastAction(db: Queries, chatId: number, userId: number) {
  return (await lastAction(db, { chatId, userId }))[0];
}
