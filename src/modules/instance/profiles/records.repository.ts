import { and, asc, count, desc, eq, isNull } from 'drizzle-orm';
import { type Params, prepared, type Queries } from '../../../db/queries.ts';
import { chats } from '../../chats/chats/chats.tables.ts';
import { bots } from '../../people/bots/bots.tables.ts';
import { punishments } from '../../people/sanctions/sanctions.tables.ts';
import { subscriptionChanges } from '../../people/subscriptions/subscriptions.tables.ts';
import { permissionChanges } from '../../people/users/users.tables.ts';

// The records about one user, across modules. Histories are newest first.

const ownedChats = prepared((db, p: Params<{ userId: number }>) =>
  db
    .select({ id: chats.id, name: chats.name, visibility: chats.visibility, createdAt: chats.createdAt })
    .from(chats)
    .where(and(eq(chats.ownerId, p.userId), eq(chats.chatType, 'group'), isNull(chats.deletedAt)))
    .orderBy(asc(chats.id)),
);

/** The user's own group chats. */
export function listOwnedChats(db: Queries, userId: number) {
  return ownedChats(db, { userId });
}
export type OwnedChatRow = Awaited<ReturnType<typeof listOwnedChats>>[number];

const ownedBots = prepared((db, p: Params<{ userId: number }>) =>
  db.select().from(bots).where(eq(bots.ownerId, p.userId)).orderBy(asc(bots.id)),
);

export function listOwnedBots(db: Queries, userId: number) {
  return ownedBots(db, { userId });
}

type Page = { userId: number; offset: number; limit: number };

const punishmentsOf = prepared((db, p: Params<Page>) =>
  db
    .select()
    .from(punishments)
    .where(eq(punishments.userId, p.userId))
    .orderBy(desc(punishments.id))
    .limit(p.limit)
    .offset(p.offset),
);

export function listPunishments(db: Queries, page: Page) {
  return punishmentsOf(db, page);
}
export type PunishmentRow = Awaited<ReturnType<typeof listPunishments>>[number];

const punishmentCount = prepared((db, p: Params<{ userId: number }>) =>
  db.select({ total: count() }).from(punishments).where(eq(punishments.userId, p.userId)),
);

export async function countPunishments(db: Queries, userId: number): Promise<number> {
  return (await punishmentCount(db, { userId }))[0]?.total ?? 0;
}

const tiersOf = prepared((db, p: Params<{ userId: number; limit: number }>) =>
  db
    .select()
    .from(subscriptionChanges)
    .where(eq(subscriptionChanges.userId, p.userId))
    .orderBy(desc(subscriptionChanges.id))
    .limit(p.limit),
);

export function listSubscriptionChanges(db: Queries, userId: number, limit: number) {
  return tiersOf(db, { userId, limit });
}

const levelsOf = prepared((db, p: Params<{ userId: number; limit: number }>) =>
  db
    .select()
    .from(permissionChanges)
    .where(eq(permissionChanges.userId, p.userId))
    .orderBy(desc(permissionChanges.id))
    .limit(p.limit),
);

export function listPermissionChanges(db: Queries, userId: number, limit: number) {
  return levelsOf(db, { userId, limit });
}
