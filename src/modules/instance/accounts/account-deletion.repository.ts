import { and, eq, inArray, isNotNull, isNull, sql } from 'drizzle-orm';
import { type Params, prepared, type Queries } from '../../../db/queries.ts';
import { chatActivity, chatBans, chatMembers, chats, chatVisits } from '../../chats/chats/chats.tables.ts';
import { invites } from '../../chats/invites/invites.tables.ts';
import { keyBlobs } from '../../chats/keys/keys.tables.ts';
import { botCommandUses, bots } from '../../people/bots/bots.tables.ts';
import { notifications } from '../../people/notifications/notifications.tables.ts';
import { mutes, punishments } from '../../people/sanctions/sanctions.tables.ts';
import { sessions } from '../../people/sessions/sessions.tables.ts';
import { subscriptionChanges } from '../../people/subscriptions/subscriptions.tables.ts';
import { identities, permissionChanges, users } from '../../people/users/users.tables.ts';

// The traces of a user, across modules.

/** Hides the user and frees the name. The new one can neither be chosen nor searched for. */
export async function hideUser(db: Queries, id: number, deletedAt: number): Promise<void> {
  const change = {
    username: `deleted user ${id}`,
    usernameKey: `\u0001${id}`,
    permissionLevel: 0,
    subscriptionTier: 0,
    subscriptionExpiresAt: null,
    state: 0,
    stateExpiresAt: null,
    avatarUrl: null,
    avatarSource: null,
    deletedAt,
  };
  await db.update(users).set(change).where(eq(users.id, id)).returning({ id: users.id });
}

/** Deletes the user's identities, so that nobody can sign in with them. */
export async function deleteIdentities(db: Queries, userId: number): Promise<void> {
  await db.delete(identities).where(eq(identities.userId, userId)).returning({ userId: identities.userId });
}

/** Hides the user's chats and returns them. */
export function hideOwnedChats(db: Queries, userId: number, deletedAt: number) {
  return db
    .update(chats)
    .set({ deletedAt, slug: null, ownerId: null })
    .where(and(eq(chats.ownerId, userId), isNull(chats.deletedAt)))
    .returning({ id: chats.id, name: chats.name });
}

/** Deactivates the user's bots and returns them. */
export function silenceOwnedBots(db: Queries, userId: number) {
  return db
    .update(bots)
    .set({ isActive: false })
    .where(eq(bots.ownerId, userId))
    .returning({ id: bots.id, name: bots.name });
}

const keyedChats = prepared((db, p: Params<{ userId: number }>) =>
  db
    .selectDistinct({ chatId: keyBlobs.chatId })
    .from(sessions)
    .innerJoin(keyBlobs, eq(keyBlobs.sessionId, sessions.id))
    .where(eq(sessions.userId, p.userId)),
);
const visitedChats = prepared((db, p: Params<{ userId: number }>) =>
  db
    .select({ chatId: chatVisits.chatId })
    .from(chatVisits)
    .where(and(eq(chatVisits.userId, p.userId), isNull(chatVisits.leftAt))),
);
const joinedChats = prepared((db, p: Params<{ userId: number }>) =>
  db.select({ chatId: chatMembers.chatId }).from(chatMembers).where(eq(chatMembers.userId, p.userId)),
);

/** Chats that the user is in or holds a key of. */
export async function listFrequented(db: Queries, userId: number): Promise<number[]> {
  const found = [
    ...(await joinedChats(db, { userId })),
    ...(await visitedChats(db, { userId })),
    ...(await keyedChats(db, { userId })),
  ];
  return [...new Set(found.map(({ chatId }) => chatId))];
}

/** A few deleted users with traces left. */
export async function listHidden(db: Queries): Promise<number[]> {
  const rows = await db.select({ id: users.id }).from(users).where(isNotNull(users.deletedAt)).limit(20);
  return rows.map(({ id }) => id);
}

/** Deletes the user's row, and by cascade what still refers to it. */
export async function removeUser(db: Queries, id: number): Promise<void> {
  await db.delete(users).where(eq(users.id, id)).returning({ id: users.id });
}

type Clear = (db: Queries, userId: number, limit: number) => PromiseLike<unknown[]>;

/** Per table: clears at most `limit` rows of the user and returns them. Invites stay, without their creator. */
const CLEARINGS: readonly Clear[] = [
  (db, userId, limit) => {
    const { chatId } = chatVisits;
    const some = db.select({ chatId }).from(chatVisits).where(eq(chatVisits.userId, userId)).limit(limit);
    return db
      .delete(chatVisits)
      .where(and(eq(chatVisits.userId, userId), inArray(chatId, some)))
      .returning({ chatId });
  },
  (db, userId, limit) => {
    const { chatId } = chatBans;
    const some = db.select({ chatId }).from(chatBans).where(eq(chatBans.userId, userId)).limit(limit);
    return db
      .delete(chatBans)
      .where(and(eq(chatBans.userId, userId), inArray(chatId, some)))
      .returning({ chatId });
  },
  (db, userId, limit) => {
    const { chatId } = mutes;
    const some = db.select({ chatId }).from(mutes).where(eq(mutes.userId, userId)).limit(limit);
    return db
      .delete(mutes)
      .where(and(eq(mutes.userId, userId), inArray(chatId, some)))
      .returning({ chatId });
  },
  (db, userId, limit) => {
    const { code } = invites;
    const some = db.select({ code }).from(invites).where(eq(invites.createdById, userId)).limit(limit);
    return db.update(invites).set({ createdById: null }).where(inArray(code, some)).returning({ code });
  },
  (db, userId, limit) => {
    const { botId, day, command } = botCommandUses;
    const some = db
      .select({ botId, day, command })
      .from(bots)
      .innerJoin(botCommandUses, eq(botId, bots.id))
      .where(eq(bots.ownerId, userId))
      .limit(limit);
    return db.delete(botCommandUses).where(sql`(${botId}, ${day}, ${command}) in ${some}`).returning({ botId });
  },
  (db, userId, limit) => {
    const { id } = bots;
    const some = db.select({ id }).from(bots).where(eq(bots.ownerId, userId)).limit(limit);
    return db.delete(bots).where(inArray(id, some)).returning({ id });
  },
  (db, userId, limit) => {
    const { id } = sessions;
    const some = db.select({ id }).from(sessions).where(eq(sessions.userId, userId)).limit(limit);
    return db.delete(sessions).where(inArray(id, some)).returning({ id });
  },
  ...[chatActivity, notifications, punishments, subscriptionChanges, permissionChanges].map(
    (table): Clear =>
      (db, userId, limit) => {
        const { id } = table;
        const some = db.select({ id }).from(table).where(eq(table.userId, userId)).limit(limit);
        return db.delete(table).where(inArray(id, some)).returning({ id });
      },
  ),
];

/** Deletes at most `limit` rows of the user's traces. False when none are left. */
export async function clearSome(db: Queries, userId: number, limit: number): Promise<boolean> {
  for (const clear of CLEARINGS) if ((await clear(db, userId, limit)).length > 0) return true;
  return false;
}
