import { and, count, desc, eq, gt, inArray, isNull, lte, ne, not, or, type SQL, sql } from 'drizzle-orm';
import { type Params, prepared, type Queries } from '../../../db/queries.ts';
import { sessions } from '../sessions/sessions.tables.ts';
import { users } from '../users/users.tables.ts';
import { type PunishmentRow, type PunishmentType, punishments } from './sanctions.tables.ts';

type AccountState = { state: number; stateExpiresAt: number | null; updatedAt: number };

export async function setAccountState(db: Queries, userId: number, state: AccountState): Promise<void> {
  await db.update(users).set(state).where(eq(users.id, userId)).returning({ id: users.id });
}

/** The user's actions of these kinds that are not lifted. */
export function listHolding(db: Queries, userId: number, types: readonly PunishmentRow['actionType'][]) {
  return db
    .select()
    .from(punishments)
    .where(and(eq(punishments.userId, userId), not(punishments.isLifted), inArray(punishments.actionType, [...types])));
}

export async function lift(db: Queries, ids: readonly number[], liftedAt: number): Promise<void> {
  await db
    .update(punishments)
    .set({ isLifted: true, liftedAt })
    .where(inArray(punishments.id, [...ids]))
    .returning({ id: punishments.id });
}

const over = prepared((db, p: Params<{ state: number; now: number; limit: number }>) =>
  db
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.state, p.state), lte(users.stateExpiresAt, p.now), isNull(users.deletedAt)))
    .limit(p.limit),
);

/** Users in this state whose state has expired, at most `limit`. */
export async function listOver(db: Queries, state: number, now: number, limit: number): Promise<number[]> {
  return (await over(db, { state, now, limit })).map(({ id }) => id);
}

/** Undefined when the state has not expired or was reset. */
export async function findOver(db: Queries, userId: number, now: number) {
  const rows = await db
    .select()
    .from(users)
    .where(and(eq(users.id, userId), lte(users.stateExpiresAt, now), isNull(users.deletedAt)));
  return rows[0];
}

/** The user's sessions that have not ended. */
export async function listSessionIds(db: Queries, userId: number): Promise<string[]> {
  const rows = await db
    .select({ id: sessions.id })
    .from(sessions)
    .where(and(eq(sessions.userId, userId), isNull(sessions.endedAt)));
  return rows.map(({ id }) => id);
}

/** Undefined fields do not filter. */
type ActionFilter = {
  userId: number | undefined;
  issuedBy: number | undefined;
  type: PunishmentRow['actionType'] | undefined;
  /** Only actions in force at this time. */
  activeAt: number | undefined;
};

/** Kinds that can be in force. A Record, so that the compiler reports a missing one. */
const lasting: Record<Exclude<PunishmentType, 'CHAT_KICK'>, true> = {
  PLATFORM_WARNING: true,
  PLATFORM_TIMEOUT: true,
  PLATFORM_BAN: true,
  CHAT_BAN: true,
  CHAT_MUTE: true,
};
const LASTING = Object.keys(lasting) as (keyof typeof lasting)[];

/** `isActive` of the policy in SQL, written to match the partial indexes. */
function holdsAt(now: number): SQL | undefined {
  return and(
    not(punishments.isLifted),
    ne(punishments.actionType, sql`'CHAT_KICK'`),
    or(isNull(punishments.expiresAt), gt(punishments.expiresAt, now)),
  );
}

function conditionsOf({ userId, issuedBy, type, activeAt }: ActionFilter) {
  return and(
    userId === undefined ? undefined : eq(punishments.userId, userId),
    issuedBy === undefined ? undefined : eq(punishments.issuedBy, issuedBy),
    type === undefined ? undefined : eq(punishments.actionType, type),
    activeAt === undefined ? undefined : holdsAt(activeAt),
  );
}

/** Newest first, each with its target. The offset is skipped in an index. */
export function listActions(db: Queries, filter: ActionFilter, offset: number, limit: number) {
  const user = { id: users.id, username: users.username, avatarUrl: users.avatarUrl };
  const page = db
    .select({ id: punishments.id })
    .from(punishments)
    .where(conditionsOf(filter))
    .orderBy(desc(punishments.id))
    .limit(limit)
    .offset(offset);
  return db
    .select({ action: punishments, user })
    .from(punishments)
    .leftJoin(users, eq(users.id, punishments.userId))
    .where(inArray(punishments.id, page))
    .orderBy(desc(punishments.id));
}

export async function countActions(db: Queries, filter: ActionFilter): Promise<number> {
  const { type, activeAt } = filter;
  // Naming every kind lets SQLite use the index that starts with the kind.
  const kinds = activeAt === undefined || type !== undefined ? undefined : inArray(punishments.actionType, LASTING);
  const rows = await db
    .select({ actions: count() })
    .from(punishments)
    .where(and(conditionsOf(filter), kinds));
  return rows[0]?.actions ?? 0;
}
