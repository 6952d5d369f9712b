import { and, desc, eq, gt, inArray, isNull, lte, not, or, sql } from 'drizzle-orm';
import { type Params, prepared, type Queries } from '../../../db/queries.ts';
import { EVERY_CHAT, type MuteRow, mutes, type PunishmentType, punishments } from './sanctions.tables.ts';

export async function insertPunishment(db: Queries, punishment: typeof punishments.$inferInsert): Promise<void> {
  await db.insert(punishments).values(punishment).returning({ id: punishments.id });
}

type OfOneKind = { userId: number; chatId: number; actionType: PunishmentType };

/** Lifts the user's actions of this kind in the chat; EVERY_CHAT: those without a chat. */
export async function liftInChat(
  db: Queries,
  { userId, chatId, actionType }: OfOneKind,
  liftedAt: number,
): Promise<void> {
  await db
    .update(punishments)
    .set({ isLifted: true, liftedAt })
    .where(
      and(
        chatId === EVERY_CHAT ? isNull(punishments.chatId) : eq(punishments.chatId, chatId),
        eq(punishments.userId, userId),
        eq(punishments.actionType, actionType),
        not(punishments.isLifted),
      ),
    )
    .returning({ id: punishments.id });
}

const REMOVALS = ['CHAT_KICK', 'CHAT_BAN'] as const satisfies PunishmentType[];

const lastRemoval = prepared((db, p: Params<{ userId: number; chatId: number }>) =>
  db
    .select({ at: punishments.createdAt })
    .from(punishments)
    .where(
      and(
        eq(punishments.chatId, p.chatId),
        eq(punishments.userId, p.userId),
        inArray(punishments.actionType, REMOVALS),
      ),
    )
    .orderBy(desc(punishments.createdAt))
    .limit(1),
);

/** When the user was last kicked or banned from the chat, whether or not the ban has ended. */
export async function findLastRemoval(db: Queries, userId: number, chatId: number): Promise<number | undefined> {
  return (await lastRemoval(db, { userId, chatId }))[0]?.at;
}

const mutesOn = prepared((db, p: Params<{ userId: number; chatId: number; now: number }>) =>
  db
    .select({ expiresAt: mutes.expiresAt, reason: mutes.reason })
    .from(mutes)
    .where(
      and(
        eq(mutes.userId, p.userId),
        or(eq(mutes.chatId, p.chatId), eq(mutes.chatId, EVERY_CHAT)),
        or(isNull(mutes.expiresAt), gt(mutes.expiresAt, p.now)),
      ),
    ),
);

/** The mutes that affect the user in the chat. */
export function listMutesOn(db: Queries, userId: number, chatId: number, now: number) {
  return mutesOn(db, { userId, chatId, now });
}

/** Inserts or replaces a mute. */
export async function saveMute(db: Queries, mute: MuteRow): Promise<void> {
  const set = {
    mutedBy: sql`excluded.muted_by`,
    reason: sql`excluded.reason`,
    createdAt: sql`excluded.created_at`,
    expiresAt: sql`excluded.expires_at`,
  };
  await db
    .insert(mutes)
    .values(mute)
    .onConflictDoUpdate({ target: [mutes.userId, mutes.chatId], set })
    .returning({ userId: mutes.userId });
}

const isOf = (userId: number, chatId: number) => and(eq(mutes.userId, userId), eq(mutes.chatId, chatId));

/** False when there was no mute. */
export async function removeMute(db: Queries, userId: number, chatId: number): Promise<boolean> {
  const rows = await db.delete(mutes).where(isOf(userId, chatId)).returning({ userId: mutes.userId });
  return rows.length > 0;
}

/** `removeMute`, unless a later mute replaced it meanwhile. */
export async function removeOverMute(db: Queries, userId: number, chatId: number, now: number): Promise<boolean> {
  const rows = await db
    .delete(mutes)
    .where(and(isOf(userId, chatId), lte(mutes.expiresAt, now)))
    .returning({ userId: mutes.userId });
  return rows.length > 0;
}
