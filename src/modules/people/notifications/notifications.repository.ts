import { and, count, desc, eq, isNull } from 'drizzle-orm';
import { type Params, prepared, type Queries } from '../../../db/queries.ts';
import { type NotificationType, notifications } from './notifications.tables.ts';

type Draft = {
  userId: number;
  title: string;
  body: string;
  type: NotificationType;
  createdBy: number | null;
  createdAt: number;
};

const insertOne = prepared((db, p: Params<Draft>) =>
  db
    .insert(notifications)
    .values({
      userId: p.userId,
      title: p.title,
      body: p.body,
      type: p.type,
      createdBy: p.createdBy,
      createdAt: p.createdAt,
    })
    .returning(),
);

export async function insertNotification(db: Queries, draft: Draft) {
  const [row] = await insertOne(db, draft);
  if (!row) throw new Error('inserting a notification gave no row');
  return row;
}

const ofUser = prepared((db, p: Params<{ userId: number; offset: number; limit: number }>) =>
  db
    .select()
    .from(notifications)
    .where(eq(notifications.userId, p.userId))
    .orderBy(desc(notifications.id))
    .limit(p.limit)
    .offset(p.offset),
);

/** Newest first. */
export function listOfUser(db: Queries, userId: number, offset: number, limit: number) {
  return ofUser(db, { userId, offset, limit });
}

const allOfUser = prepared((db, p: Params<{ userId: number }>) =>
  db.select({ held: count() }).from(notifications).where(eq(notifications.userId, p.userId)),
);
const unreadOfUser = prepared((db, p: Params<{ userId: number }>) =>
  db
    .select({ held: count() })
    .from(notifications)
    .where(and(eq(notifications.userId, p.userId), isNull(notifications.readAt))),
);

export async function countOfUser(db: Queries, userId: number): Promise<number> {
  return (await allOfUser(db, { userId }))[0]?.held ?? 0;
}

export async function countUnread(db: Queries, userId: number): Promise<number> {
  return (await unreadOfUser(db, { userId }))[0]?.held ?? 0;
}

export async function findNotification(db: Queries, userId: number, id: number) {
  const rows = await db
    .select()
    .from(notifications)
    .where(and(eq(notifications.id, id), eq(notifications.userId, userId)));
  return rows[0];
}

/** Undefined when it was already read or belongs to another user. */
export async function markRead(db: Queries, userId: number, id: number, readAt: number) {
  const rows = await db
    .update(notifications)
    .set({ readAt })
    .where(and(eq(notifications.id, id), eq(notifications.userId, userId), isNull(notifications.readAt)))
    .returning();
  return rows[0];
}

/** How many were unread. */
export async function markAllRead(db: Queries, userId: number, readAt: number): Promise<number> {
  const rows = await db
    .update(notifications)
    .set({ readAt })
    .where(and(eq(notifications.userId, userId), isNull(notifications.readAt)))
    .returning({ id: notifications.id });
  return rows.length;
}
