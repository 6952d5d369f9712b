import { and, count, eq, gt, isNotNull, isNull, or, sql } from 'drizzle-orm';
import { type Params, prepared, type Queries } from '../../../db/queries.ts';
import { users } from '../../people/users/users.tables.ts';
import { type ChatRow, chatBans, chatMembers, chats } from './chats.tables.ts';

const owner = {
  id: users.id,
  username: users.username,
  avatarUrl: users.avatarUrl,
  permissionLevel: users.permissionLevel,
};

const byId = prepared((db, p: Params<{ chatId: number }>) =>
  db
    .select()
    .from(chats)
    .where(and(eq(chats.id, p.chatId), isNull(chats.deletedAt))),
);
const standing = prepared((db, p: Params<{ chatId: number; userId: number; now: number }>) =>
  db
    .select({ chat: chats, owner, memberSince: chatMembers.joinedAt, bannedAt: chatBans.createdAt })
    .from(chats)
    .leftJoin(users, eq(users.id, chats.ownerId))
    .leftJoin(chatMembers, and(eq(chatMembers.chatId, chats.id), eq(chatMembers.userId, p.userId)))
    .leftJoin(
      chatBans,
      and(
        eq(chatBans.chatId, chats.id),
        eq(chatBans.userId, p.userId),
        or(isNull(chatBans.expiresAt), gt(chatBans.expiresAt, p.now)),
      ),
    )
    .where(and(eq(chats.id, p.chatId), isNull(chats.deletedAt))),
);

export async function findChat(db: Queries, id: number): Promise<ChatRow | undefined> {
  return (await byId(db, { chatId: id }))[0];
}

/** A chat, its owner, and the user's standing in it. */
export async function findStanding(db: Queries, chatId: number, userId: number, now: number) {
  return (await standing(db, { chatId, userId, now }))[0];
}
export type FoundStanding = NonNullable<Awaited<ReturnType<typeof findStanding>>>;
export type ChatWithOwner = Pick<FoundStanding, 'chat' | 'owner'>;

const bySlug = prepared((db, p: Params<{ slug: string }>) =>
  db
    .select({ id: chats.id })
    .from(chats)
    .where(and(eq(chats.slug, p.slug), isNull(chats.deletedAt))),
);

export async function findIdBySlug(db: Queries, slug: string): Promise<number | undefined> {
  return (await bySlug(db, { slug }))[0]?.id;
}

const owned = prepared((db, p: Params<{ ownerId: number }>) =>
  db
    .select({ owned: count() })
    .from(chats)
    .where(and(eq(chats.ownerId, p.ownerId), eq(chats.chatType, 'group'), isNull(chats.deletedAt))),
);

export async function countOwned(db: Queries, ownerId: number): Promise<number> {
  return (await owned(db, { ownerId }))[0]?.owned ?? 0;
}

/** The text that the directory searches. A newline separates name and slug, so no match spans both. */
export function searchKey({ name, slug }: { name: string; slug?: string | null | undefined }): string {
  return `${name.toLowerCase()}\n${slug ?? ''}`;
}

export async function insertChat(db: Queries, chat: Omit<typeof chats.$inferInsert, 'searchKey'>) {
  const [row] = await db
    .insert(chats)
    .values({ ...chat, searchKey: searchKey(chat) })
    .returning();
  if (!row) throw new Error('inserting a chat gave no row');
  return row;
}

export type ChatChanges = Partial<
  Pick<
    ChatRow,
    | 'name'
    | 'description'
    | 'label'
    | 'slug'
    | 'visibility'
    | 'ownerId'
    | 'wipePreset'
    | 'wipeAt'
    | 'historyVisible'
    | 'allowControlRequests'
    | 'lockedControls'
    | 'implicitHosting'
    | 'inactiveCursors'
    | 'browserConfig'
  >
>;

export async function updateChat(db: Queries, id: number, changes: ChatChanges & { updatedAt: number }) {
  const isOne = eq(chats.id, id);
  const [row] = await db.update(chats).set(changes).where(isOne).returning();
  if (!row) throw new Error('a chat went while it was changed');
  const key = searchKey(row);
  if (key !== row.searchKey) await db.update(chats).set({ searchKey: key }).where(isOne).returning({ id: chats.id });
  return { ...row, searchKey: key };
}

const nextId = prepared((db, p: Params<{ id: number; now: number; epoch: number }>) =>
  db
    .update(chats)
    .set({
      prevMs: chats.tailMs,
      prevSeq: chats.tailSeq,
      lastMs: sql`case when ${chats.lastMs} >= ${p.now} then ${chats.lastMs} else ${p.now} end`,
      lastSeq: sql`case when ${chats.lastMs} >= ${p.now} then ${chats.lastSeq} + 1 else 0 end`,
      tailMs: sql`case when ${chats.lastMs} >= ${p.now} then ${chats.lastMs} else ${p.now} end`,
      tailSeq: sql`case when ${chats.lastMs} >= ${p.now} then ${chats.lastSeq} + 1 else 0 end`,
      spokenEpoch: sql`case when ${p.epoch} > 0 then ${p.epoch} else ${chats.spokenEpoch} end`,
      lastActivityAt: sql`${p.now}`,
    })
    .where(and(eq(chats.id, p.id), isNull(chats.deletedAt)))
    .returning({
      epoch: chats.epoch,
      name: chats.name,
      ms: chats.lastMs,
      seq: chats.lastSeq,
      prevMs: chats.prevMs,
      prevSeq: chats.prevSeq,
    }),
);

/**
 * Takes the chat's next message id and locks the chat for the unit. The id is above the last one whatever the clock
 * says. `epoch` is the message's own, 0 for a system message. Undefined if the chat does not exist.
 */
export async function takeMessageId(db: Queries, id: number, now: number, epoch: number) {
  return (await nextId(db, { id, now, epoch }))[0];
}

/** The chat disappears at once; its messages are purged later, in batches. */
export async function markDeleted(db: Queries, id: number, deletedAt: number): Promise<void> {
  await db.update(chats).set({ deletedAt, slug: null }).where(eq(chats.id, id)).returning({ id: chats.id });
  await db.delete(chatMembers).where(eq(chatMembers.chatId, id)).returning({ id: chatMembers.userId });
}

export function listDeleted(db: Queries) {
  return db.select({ id: chats.id }).from(chats).where(isNotNull(chats.deletedAt)).limit(20);
}

export async function removeChat(db: Queries, id: number): Promise<void> {
  await db.delete(chats).where(eq(chats.id, id)).returning({ id: chats.id });
}
