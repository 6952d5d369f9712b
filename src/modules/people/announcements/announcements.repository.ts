import { asc, desc, eq, gt, isNull, lte, or } from 'drizzle-orm';
import { type Params, prepared, type Queries } from '../../../db/queries.ts';
import { announcements } from './announcements.tables.ts';

const current = prepared((db, p: Params<{ now: number }>) =>
  db
    .select()
    .from(announcements)
    .where(or(isNull(announcements.expiresAt), gt(announcements.expiresAt, p.now)))
    .orderBy(desc(announcements.id)),
);

/** Announcements that have not expired, newest first. */
export function listCurrent(db: Queries, now: number) {
  return current(db, { now });
}

export async function insertAnnouncement(db: Queries, announcement: typeof announcements.$inferInsert) {
  const [row] = await db.insert(announcements).values(announcement).returning();
  if (!row) throw new Error('inserting an announcement gave no row');
  return row;
}

export async function takeAnnouncement(db: Queries, id: number) {
  return (await db.delete(announcements).where(eq(announcements.id, id)).returning())[0];
}

const expired = prepared((db, p: Params<{ now: number; limit: number }>) =>
  db
    .select({ id: announcements.id })
    .from(announcements)
    .where(lte(announcements.expiresAt, p.now))
    .orderBy(asc(announcements.expiresAt))
    .limit(p.limit),
);

/** Expired announcements, oldest first. */
export function listExpired(db: Queries, now: number, limit: number): Promise<{ id: number }[]> {
  return expired(db, { now, limit });
}
