import { and, asc, eq, gt, isNull, ne, sql } from 'drizzle-orm';
import { type Params, prepared, type Queries } from '../../../db/queries.ts';
import { identities, permissionChanges, users } from './users.tables.ts';

const byId = prepared((db, p: Params<{ id: number }>) =>
  db
    .select()
    .from(users)
    .where(and(eq(users.id, p.id), isNull(users.deletedAt))),
);
const byKey = prepared((db, p: Params<{ key: string }>) =>
  db
    .select()
    .from(users)
    .where(and(eq(users.usernameKey, p.key), isNull(users.deletedAt))),
);
const identitiesByUser = prepared((db, p: Params<{ userId: number }>) =>
  db.select().from(identities).where(eq(identities.userId, p.userId)),
);
const identityByKey = prepared((db, p: Params<{ platform: string; platformUserId: string }>) =>
  db
    .select()
    .from(identities)
    .where(and(eq(identities.platform, p.platform), eq(identities.platformUserId, p.platformUserId))),
);

/** The form in which names are compared. */
export function usernameKey(username: string): string {
  return username.toLowerCase();
}

export async function findUser(db: Queries, id: number) {
  return (await byId(db, { id }))[0];
}

export async function findUserByName(db: Queries, username: string) {
  return (await byKey(db, { key: usernameKey(username) }))[0];
}

/** Oldest link first. Sorted in memory: a user has few, and every profile asks. */
export async function listIdentities(db: Queries, userId: number) {
  const rows = await identitiesByUser(db, { userId });
  return rows.length > 1 ? rows.sort((a, b) => a.linkedAt - b.linkedAt) : rows;
}

export async function findIdentity(db: Queries, platform: string, platformUserId: string) {
  return (await identityByKey(db, { platform, platformUserId }))[0];
}

export type NewUser = {
  username: string;
  permissionLevel: number;
  subscriptionTier: number;
  subscriptionExpiresAt: number | null;
  now: number;
};

/** Undefined when the name is taken. */
export async function insertUser(db: Queries, { username, now, ...rest }: NewUser) {
  const rows = await db
    .insert(users)
    .values({
      ...rest,
      username,
      usernameKey: usernameKey(username),
      permissionSince: 0,
      lastActivityAt: now,
      createdAt: now,
      updatedAt: now,
    })
    .onConflictDoNothing()
    .returning();
  return rows[0];
}

/** False when the identity already belongs to an account. */
export async function insertIdentity(db: Queries, identity: typeof identities.$inferInsert): Promise<boolean> {
  const rows = await db
    .insert(identities)
    .values(identity)
    .onConflictDoNothing()
    .returning({ userId: identities.userId });
  return rows.length > 0;
}

export async function updateIdentity(
  db: Queries,
  platform: string,
  platformUserId: string,
  change: Partial<typeof identities.$inferInsert>,
): Promise<void> {
  await db
    .update(identities)
    .set(change)
    .where(and(eq(identities.platform, platform), eq(identities.platformUserId, platformUserId)))
    .returning({ userId: identities.userId });
}

export async function updateUser(db: Queries, id: number, change: Partial<typeof users.$inferInsert>): Promise<void> {
  await db.update(users).set(change).where(eq(users.id, id)).returning({ id: users.id });
}

const touch = prepared((db, p: Params<{ id: number; at: number }>) =>
  db
    .update(users)
    .set({ lastActivityAt: sql`${p.at}` })
    .where(eq(users.id, p.id))
    .returning({ id: users.id }),
);

export async function touchUsers(db: Queries, seen: ReadonlyMap<number, number>): Promise<void> {
  for (const [id, at] of seen) await touch(db, { id, at });
}

const idsByLevel = prepared((db, p: Params<{ level: number; limit: number }>) =>
  db.select({ id: users.id }).from(users).where(eq(users.permissionLevel, p.level)).limit(p.limit),
);

export async function someoneHasLevel(db: Queries, level: number): Promise<boolean> {
  return (await idsByLevel(db, { level, limit: 1 })).length > 0;
}

const firstOfLevel = prepared((db, p: Params<{ level: number }>) =>
  db
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.permissionLevel, p.level), eq(users.state, 0), isNull(users.deletedAt)))
    .orderBy(asc(users.id))
    .limit(1),
);

/** The active user of this level with the lowest id. */
export async function findFirstOfLevel(db: Queries, level: number): Promise<number | undefined> {
  return (await firstOfLevel(db, { level }))[0]?.id;
}

/** The account states of the other users of this level. */
export function listOthersOfLevel(db: Queries, level: number, userId: number) {
  return db
    .select({ state: users.state, stateExpiresAt: users.stateExpiresAt })
    .from(users)
    .where(and(eq(users.permissionLevel, level), ne(users.id, userId), isNull(users.deletedAt)));
}

export async function insertPermissionChange(
  db: Queries,
  change: typeof permissionChanges.$inferInsert,
): Promise<void> {
  await db.insert(permissionChanges).values(change).returning({ id: permissionChanges.id });
}

/** A page of users by id, starting after `after`. */
export function listUsers(db: Queries, after: number, limit: number) {
  return db
    .select()
    .from(users)
    .where(and(gt(users.id, after), isNull(users.deletedAt)))
    .orderBy(asc(users.id))
    .limit(limit);
}
