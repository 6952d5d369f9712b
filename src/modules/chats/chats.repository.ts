import { and, asc, count, desc, eq, gt, inArray, isNotNull, isNull, lte, or, sql } from 'drizzle-orm';
import type { Placeholder } from 'drizzle-orm/sql';
import { type Params, prepared, type Queries } from '../../db/queries.ts';
import { invites } from '../invites/invites.tables.ts';
import { users } from '../users/users.tables.ts';
import { chatActivity, chatBans, chatMembers, chats, chatVisits } from './chats.tables.ts';

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
const ownerById = prepared((db, p: Params<{ id: number }>) => db.select(owner).from(users).where(eq(users.id, p.id)));
const membership = prepared((db, p: Params<{ chatId: number; userId: number }>) =>
  db
    .select({ since: chatMembers.joinedAt })
    .from(chatMembers)
    .where(and(eq(chatMembers.chatId, p.chatId), eq(chatMembers.userId, p.userId))),
);
const ban = prepared((db, p: Params<{ chatId: number; userId: number; now: number }>) =>
  db
    .select({ at: chatBans.createdAt })
    .from(chatBans)
    .where(
      and(
        eq(chatBans.chatId, p.chatId),
        eq(chatBans.userId, p.userId),
        or(isNull(chatBans.expiresAt), gt(chatBans.expiresAt, p.now)),
      ),
    ),
);

/** A chat, its owner, and how the user stands in it. One table at a time: see `prepared`. */
export async function findStanding(db: Queries, chatId: number, userId: number, now: number) {
  const [chat] = await byId(db, { chatId });
  if (!chat) return undefined;
  const [owner = null] = chat.ownerId === null ? [] : await ownerById(db, { id: chat.ownerId });
  const [member] = await membership(db, { chatId, userId });
  const [banned] = await ban(db, { chatId, userId, now });
  return { chat, owner, memberSince: member?.since ?? null, bannedAt: banned?.at ?? null };
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

const owned = prepared((db, p: Params<{ ownerId: number }>) =>
  db
    .select({ owned: count() })
    .from(chats)
    .where(and(eq(chats.ownerId, p.ownerId), eq(chats.chatType, 'group'), isNull(chats.deletedAt))),
);

export async function countOwned(db: Queries, ownerId: number): Promise<number> {
  return (await owned(db, { ownerId }))[0]?.owned ?? 0;
}

export async function insertChat(db: Queries, chat: typeof chats.$inferInsert) {
  const [row] = await db.insert(chats).values(chat).returning();
  if (!row) throw new Error('inserting a chat gave no row');
  return row;
}

const nextId = prepared((db, p: Params<{ id: number; now: number; epoch: number }>) =>
  db
    .update(chats)
    .set({
      prevMs: chats.lastMs,
      prevSeq: chats.lastSeq,
      lastMs: sql`case when ${chats.lastMs} >= ${p.now} then ${chats.lastMs} else ${p.now} end`,
      lastSeq: sql`case when ${chats.lastMs} >= ${p.now} then ${chats.lastSeq} + 1 else 0 end`,
      spokenEpoch: sql`case when ${p.epoch} > 0 then ${p.epoch} else ${chats.spokenEpoch} end`,
      lastActivityAt: sql`${p.now}`,
    })
    .where(and(eq(chats.id, p.id), isNull(chats.deletedAt)))
    .returning({
      epoch: chats.epoch,
      archived: chats.archived,
      name: chats.name,
      ms: chats.lastMs,
      seq: chats.lastSeq,
      prevMs: chats.prevMs,
      prevSeq: chats.prevSeq,
    }),
);

/**
 * Takes the chat's next message id: above the last one whatever the clock says. Locks the chat for the unit, so it comes
 * first. `epoch` is the message's own, 0 for the server's. Undefined when there is no such chat.
 */
export async function takeMessageId(db: Queries, id: number, now: number, epoch: number) {
  return (await nextId(db, { id, now, epoch }))[0];
}

export async function addMember(db: Queries, chatId: number, userId: number, joinedAt: number): Promise<boolean> {
  const rows = await db
    .insert(chatMembers)
    .values({ chatId, userId, joinedAt })
    .onConflictDoNothing()
    .returning({ userId: chatMembers.userId });
  return rows.length > 0;
}

export async function removeMember(db: Queries, chatId: number, userId: number): Promise<boolean> {
  const rows = await db
    .delete(chatMembers)
    .where(and(eq(chatMembers.chatId, chatId), eq(chatMembers.userId, userId)))
    .returning({ userId: chatMembers.userId });
  return rows.length > 0;
}

export async function insertActivity(db: Queries, activity: typeof chatActivity.$inferInsert): Promise<void> {
  await db.insert(chatActivity).values(activity).returning({ id: chatActivity.id });
}

const visit = prepared((db, p: Params<{ chatId: number; userId: number }>) =>
  db
    .select()
    .from(chatVisits)
    .where(and(eq(chatVisits.chatId, p.chatId), eq(chatVisits.userId, p.userId))),
);

export async function findVisit(db: Queries, chatId: number, userId: number) {
  return (await visit(db, { chatId, userId }))[0];
}

/** Notes an arrival (`leftAt` null) or, with `leftAt`, that the person was last here then. */
export async function saveVisit(
  db: Queries,
  chatId: number,
  userId: number,
  arrivedAt: number,
  leftAt: number | null,
): Promise<void> {
  await db
    .insert(chatVisits)
    .values({ chatId, userId, arrivedAt, leftAt })
    .onConflictDoUpdate({ target: [chatVisits.chatId, chatVisits.userId], set: { arrivedAt, leftAt } })
    .returning({ userId: chatVisits.userId });
}

/** Whoever has arrived again since `leftAt` stays. */
export async function closeVisit(db: Queries, chatId: number, userId: number, leftAt: number): Promise<void> {
  await db
    .update(chatVisits)
    .set({ leftAt })
    .where(
      and(
        eq(chatVisits.chatId, chatId),
        eq(chatVisits.userId, userId),
        isNull(chatVisits.leftAt),
        lte(chatVisits.arrivedAt, leftAt),
      ),
    )
    .returning({ userId: chatVisits.userId });
}

/** Whoever was in a room when the server stopped without a word left at this time. */
export async function closeAllVisits(db: Queries, leftAt: number): Promise<void> {
  await db.update(chatVisits).set({ leftAt }).where(isNull(chatVisits.leftAt)).returning({ userId: chatVisits.userId });
}

/** The chat is gone for everybody; its messages are cleared away later, bit by bit. */
export async function markDeleted(db: Queries, id: number, deletedAt: number): Promise<void> {
  await db.update(chats).set({ deletedAt, slug: null }).where(eq(chats.id, id)).returning({ id: chats.id });
  await db.delete(chatMembers).where(eq(chatMembers.chatId, id)).returning({ id: chatMembers.userId });
  await db.delete(invites).where(eq(invites.chatId, id)).returning({ code: invites.code });
}

export function listDeleted(db: Queries) {
  return db.select({ id: chats.id }).from(chats).where(isNotNull(chats.deletedAt)).limit(20);
}

export async function removeChat(db: Queries, id: number): Promise<void> {
  await db.delete(chats).where(eq(chats.id, id)).returning({ id: chats.id });
}

const memberIds = prepared((db, p: Params<{ chatId: number }>) =>
  db.select({ userId: chatMembers.userId }).from(chatMembers).where(eq(chatMembers.chatId, p.chatId)),
);

export async function listMemberIds(db: Queries, chatId: number): Promise<number[]> {
  return (await memberIds(db, { chatId })).map(({ userId }) => userId);
}

const people = {
  id: users.id,
  username: users.username,
  avatarUrl: users.avatarUrl,
  permissionLevel: users.permissionLevel,
};

export function listPeople(db: Queries, ids: readonly number[]) {
  return db
    .select(people)
    .from(users)
    .where(inArray(users.id, [...ids]));
}
