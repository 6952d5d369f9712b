import { and, count, desc, eq, getTableColumns, gt, isNull, lt, ne, or, sql } from 'drizzle-orm';
import type { Queries } from '../../../db/queries.ts';
import { users } from '../../people/users/users.tables.ts';
import { type InviteRow, invites } from './invites.tables.ts';

/** Neither expired nor used up. */
const isLive = (now: number) =>
  and(
    or(isNull(invites.expiresAt), gt(invites.expiresAt, now)),
    or(isNull(invites.maxUses), lt(invites.uses, invites.maxUses)),
  );

/** The live invites of a chat. A creator whose account is being deleted is null already. */
export function listLive(db: Queries, chatId: number, now: number): PromiseLike<InviteRow[]> {
  return db
    .select({ ...getTableColumns(invites), createdById: users.id })
    .from(invites)
    .leftJoin(users, and(eq(users.id, invites.createdById), isNull(users.deletedAt)))
    .where(and(eq(invites.chatId, chatId), isLive(now)))
    .orderBy(desc(invites.createdAt));
}

export async function countLive(db: Queries, chatId: number, now: number): Promise<number> {
  const rows = await db
    .select({ live: count() })
    .from(invites)
    .where(and(eq(invites.chatId, chatId), isLive(now)));
  return rows[0]?.live ?? 0;
}

/** An invite, live or not. */
export async function findInvite(db: Queries, code: string): Promise<InviteRow | undefined> {
  const rows = await db.select().from(invites).where(eq(invites.code, code));
  return rows[0];
}

/** Counts one use. False if none is left. */
export async function takeUse(db: Queries, code: string, now: number): Promise<boolean> {
  const rows = await db
    .update(invites)
    .set({ uses: sql`${invites.uses} + 1` })
    .where(and(eq(invites.code, code), isLive(now)))
    .returning({ uses: invites.uses });
  return rows.length > 0;
}

export async function insertInvite(db: Queries, invite: typeof invites.$inferInsert) {
  const [row] = await db.insert(invites).values(invite).returning();
  if (!row) throw new Error('inserting an invite gave no row');
  return row;
}

export async function deleteInvite(db: Queries, chatId: number, code: string): Promise<boolean> {
  const rows = await db
    .delete(invites)
    .where(and(eq(invites.chatId, chatId), eq(invites.code, code)))
    .returning({ code: invites.code });
  return rows.length > 0;
}

/** Deletes invites created by anyone but the chat's owner. */
export async function deleteInvitesOfOthers(db: Queries, chatId: number, ownerId: number | null): Promise<void> {
  await db
    .delete(invites)
    .where(and(eq(invites.chatId, chatId), or(isNull(invites.createdById), ne(invites.createdById, ownerId ?? 0))))
    .returning({ code: invites.code });
}
