import { and, eq, isNotNull, isNull, lte, ne, notInArray, sql } from 'drizzle-orm';
import type { StreamId } from '../../../core/stream-id.ts';
import { type Params, prepared, type Queries } from '../../../db/queries.ts';
import { users } from '../../people/users/users.tables.ts';
import { chatActivity, chatMembers, chatVisits } from './chats.tables.ts';

// Members, current and former visitors, and the record of both.

const add = prepared((db, p: Params<{ chatId: number; userId: number; joinedAt: number }>) =>
  db
    .insert(chatMembers)
    .values({ chatId: p.chatId, userId: p.userId, joinedAt: p.joinedAt })
    .onConflictDoNothing()
    .returning({ userId: chatMembers.userId }),
);

export async function addMember(db: Queries, chatId: number, userId: number, joinedAt: number): Promise<boolean> {
  return (await add(db, { chatId, userId, joinedAt })).length > 0;
}

export async function removeMember(db: Queries, chatId: number, userId: number): Promise<boolean> {
  const rows = await db
    .delete(chatMembers)
    .where(and(eq(chatMembers.chatId, chatId), eq(chatMembers.userId, userId)))
    .returning({ userId: chatMembers.userId });
  return rows.length > 0;
}

type Activity = Omit<typeof chatActivity.$inferSelect, 'id'>;

const note = prepared((db, p: Params<Activity>) => {
  const { chatId, userId, action, method, inviteCode, createdAt } = p;
  return db.insert(chatActivity).values({ chatId, userId, action, method, inviteCode, createdAt });
});

export async function insertActivity(db: Queries, activity: typeof chatActivity.$inferInsert): Promise<void> {
  const { method = null, inviteCode = null } = activity;
  await note(db, { ...activity, method, inviteCode });
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

export type VisitRow = typeof chatVisits.$inferSelect;

const save = prepared((db, p: Params<VisitRow>) => {
  const { chatId, userId, arrivedAt, leftAt, sinceMs, sinceSeq } = p;
  return db
    .insert(chatVisits)
    .values({ chatId, userId, arrivedAt, leftAt, sinceMs, sinceSeq })
    .onConflictDoUpdate({
      target: [chatVisits.chatId, chatVisits.userId],
      set: {
        arrivedAt: sql`excluded.arrived_at`,
        leftAt: sql`excluded.left_at`,
        sinceMs: sql`excluded.since_ms`,
        sinceSeq: sql`excluded.since_seq`,
      },
    });
});

/** Records an arrival (`leftAt` null) or, with `leftAt`, a departure. */
export async function saveVisit(db: Queries, visit: VisitRow): Promise<void> {
  await save(db, visit);
}

/** Forgets that the person was ever in the room: their next visit counts as a new join. */
export async function forgetVisit(db: Queries, chatId: number, userId: number): Promise<void> {
  await db
    .delete(chatVisits)
    .where(and(eq(chatVisits.chatId, chatId), eq(chatVisits.userId, userId)))
    .returning({ userId: chatVisits.userId });
}

const close = prepared((db, p: Params<{ chatId: number; userId: number; leftAt: number }>) =>
  db
    .update(chatVisits)
    .set({ leftAt: sql`${p.leftAt}` })
    .where(
      and(
        eq(chatVisits.chatId, p.chatId),
        eq(chatVisits.userId, p.userId),
        isNull(chatVisits.leftAt),
        lte(chatVisits.arrivedAt, p.leftAt),
      ),
    )
    .returning({ userId: chatVisits.userId }),
);

/** Does nothing if the person has arrived again since `leftAt`. */
export async function closeVisit(db: Queries, chatId: number, userId: number, leftAt: number): Promise<void> {
  await close(db, { chatId, userId, leftAt });
}

/** As `forgetVisit`, for every absent visitor who is neither a member nor the owner. False if there was none. */
export async function forgetGuests(db: Queries, chatId: number, ownerId: number | null): Promise<boolean> {
  const ofMembers = db.select({ id: chatMembers.userId }).from(chatMembers).where(eq(chatMembers.chatId, chatId));
  const rows = await db
    .delete(chatVisits)
    .where(
      and(
        eq(chatVisits.chatId, chatId),
        isNotNull(chatVisits.leftAt),
        ne(chatVisits.userId, ownerId ?? 0),
        notInArray(chatVisits.userId, ofMembers),
      ),
    )
    .returning({ userId: chatVisits.userId });
  return rows.length > 0;
}

/** Closes the visits that a crash or restart left open. */
export async function closeAllVisits(db: Queries, leftAt: number): Promise<void> {
  await db.update(chatVisits).set({ leftAt }).where(isNull(chatVisits.leftAt)).returning({ userId: chatVisits.userId });
}

/** People in the room, according to the database. */
export async function listPresentIds(db: Queries, chatId: number): Promise<number[]> {
  const rows = await db
    .select({ userId: chatVisits.userId })
    .from(chatVisits)
    .where(and(eq(chatVisits.chatId, chatId), isNull(chatVisits.leftAt)));
  return rows.map(({ userId }) => userId);
}

const membership = prepared((db, p: Params<{ chatId: number; userId: number }>) =>
  db
    .select({ ms: chatMembers.joinedAt })
    .from(chatMembers)
    .where(and(eq(chatMembers.chatId, p.chatId), eq(chatMembers.userId, p.userId))),
);

/**
 * The chat's last message at the time the user joined. For a member who has not entered the room, the last possible id
 * of the millisecond in which they were admitted. Undefined if they never joined.
 */
export async function findJoin(db: Queries, chatId: number, userId: number): Promise<StreamId | undefined> {
  const visited = await findVisit(db, chatId, userId);
  if (visited) return { ms: visited.sinceMs, seq: visited.sinceSeq };
  const [member] = await membership(db, { chatId, userId });
  return member && { ms: member.ms, seq: Number.MAX_SAFE_INTEGER };
}

const memberIds = prepared((db, p: Params<{ chatId: number }>) =>
  db.select({ userId: chatMembers.userId }).from(chatMembers).where(eq(chatMembers.chatId, p.chatId)),
);

export async function listMemberIds(db: Queries, chatId: number): Promise<number[]> {
  return (await memberIds(db, { chatId })).map(({ userId }) => userId);
}

const person = prepared((db, p: Params<{ id: number }>) =>
  db
    .select({
      id: users.id,
      username: users.username,
      avatarUrl: users.avatarUrl,
      permissionLevel: users.permissionLevel,
    })
    .from(users)
    .where(eq(users.id, p.id)),
);

/** One query per id: cheaper than building one query for many. */
export async function listPeople(db: Queries, ids: readonly number[]) {
  const people = [];
  for (const id of ids) people.push(...(await person(db, { id })));
  return people;
}
