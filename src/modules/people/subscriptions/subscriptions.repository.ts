import { and, asc, eq, gt, isNull, lte } from 'drizzle-orm';
import { type Params, prepared, type Queries } from '../../../db/queries.ts';
import { users } from '../users/users.tables.ts';
import { subscriptionChanges } from './subscriptions.tables.ts';

type Present = {
  subscriptionTier: number;
  subscriptionExpiresAt: number | null;
  subscriptionGrantedBy: number | null;
  updatedAt: number;
};

export async function setSubscription(db: Queries, userId: number, present: Present): Promise<void> {
  await db.update(users).set(present).where(eq(users.id, userId)).returning({ id: users.id });
}

/** The user, if their subscription has expired and was not reset. */
export async function findRunOut(db: Queries, userId: number, now: number) {
  const rows = await db
    .select()
    .from(users)
    .where(and(eq(users.id, userId), lte(users.subscriptionExpiresAt, now), isNull(users.deletedAt)));
  return rows[0];
}

const runOut = prepared((db, p: Params<{ tier: number; now: number; limit: number }>) =>
  db
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.subscriptionTier, p.tier), lte(users.subscriptionExpiresAt, p.now), isNull(users.deletedAt)))
    .limit(p.limit),
);

/** Users of this tier whose subscription has expired, at most `limit`. */
export async function listRunOut(db: Queries, tier: number, now: number, limit: number): Promise<number[]> {
  return (await runOut(db, { tier, now, limit })).map(({ id }) => id);
}

const subscriber = {
  id: users.id,
  username: users.username,
  tier: users.subscriptionTier,
  expiresAt: users.subscriptionExpiresAt,
};

/** Users who have this tier for good. */
export function listLasting(db: Queries, tier: number) {
  return db
    .select(subscriber)
    .from(users)
    .where(and(eq(users.subscriptionTier, tier), isNull(users.deletedAt)))
    .orderBy(asc(users.id));
}

/** Users whose subscription of this tier is running; the next to expire first. */
export function listRunning(db: Queries, tier: number, now: number) {
  return db
    .select(subscriber)
    .from(users)
    .where(and(eq(users.subscriptionTier, tier), gt(users.subscriptionExpiresAt, now), isNull(users.deletedAt)))
    .orderBy(asc(users.subscriptionExpiresAt));
}

export async function insertChange(db: Queries, change: typeof subscriptionChanges.$inferInsert): Promise<void> {
  await db.insert(subscriptionChanges).values(change).returning({ id: subscriptionChanges.id });
}
