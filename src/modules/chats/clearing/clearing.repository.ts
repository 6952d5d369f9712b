import { and, asc, eq, gt, isNotNull, isNull, lte, sql } from 'drizzle-orm';
import type { StreamId } from '../../../core/stream-id.ts';
import { type Params, prepared, type Queries } from '../../../db/queries.ts';
import { chats } from '../chats/chats.tables.ts';

// How far a chat is cleared, its next wipe, and its last message.

const cutOf = prepared((db, p: Params<{ id: number }>) =>
  db.select({ ms: chats.clearedMs, seq: chats.clearedSeq }).from(chats).where(eq(chats.id, p.id)),
);
const tailOf = prepared((db, p: Params<{ id: number }>) =>
  db.select({ ms: chats.tailMs, seq: chats.tailSeq }).from(chats).where(eq(chats.id, p.id)),
);

/** Everything up to this id is cleared, even in a deleted chat. Undefined if the chat does not exist. */
export async function findCut(db: Queries, id: number): Promise<StreamId | undefined> {
  return (await cutOf(db, { id }))[0];
}

/** The chat's last message; zeros if there is none. */
export async function findTail(db: Queries, id: number): Promise<StreamId | undefined> {
  return (await tailOf(db, { id }))[0];
}

const setTail = prepared((db, p: Params<{ id: number } & StreamId>) =>
  db
    .update(chats)
    .set({ tailMs: sql`${p.ms}`, tailSeq: sql`${p.seq}` })
    .where(eq(chats.id, p.id))
    .returning({ id: chats.id }),
);

/** Sets the chat's last message after the previous one was deleted. */
export async function saveTail(db: Queries, id: number, { ms, seq }: StreamId): Promise<void> {
  await setTail(db, { id, ms, seq });
}

/** Clears everything currently in the chat, for everyone. The caller still has the previous row. */
export async function cutHere(db: Queries, id: number, wipeAt: number | null): Promise<void> {
  const { lastMs, lastSeq } = chats;
  await db
    .update(chats)
    .set({ clearedMs: lastMs, clearedSeq: lastSeq, tailMs: 0, tailSeq: 0, isClearing: true, wipeAt })
    .where(eq(chats.id, id))
    .returning({ id: chats.id });
}

const clearing = prepared((db, p: Params<{ after: number }>) =>
  db
    .select({ id: chats.id })
    .from(chats)
    .where(and(sql`is_clearing`, gt(chats.id, p.after)))
    .orderBy(asc(chats.id))
    .limit(100),
);

/** Chats with cleared messages left on disk, up to a limit. */
export async function listClearing(db: Queries): Promise<number[]> {
  return (await clearing(db, { after: 0 })).map(({ id }) => id);
}

/** Everything cleared up to this id has left the disk. */
export async function endClearing(db: Queries, id: number, { ms, seq }: StreamId): Promise<void> {
  await db
    .update(chats)
    .set({ isClearing: false })
    .where(and(eq(chats.id, id), eq(chats.clearedMs, ms), eq(chats.clearedSeq, seq)))
    .returning({ id: chats.id });
}

const nextWipe = prepared((db) =>
  db
    .select({ at: chats.wipeAt })
    .from(chats)
    .where(and(isNotNull(chats.wipeAt), isNull(chats.deletedAt)))
    .orderBy(asc(chats.wipeAt))
    .limit(1),
);

/** The time of the next wipe in any chat. */
export async function findNextWipe(db: Queries): Promise<number | undefined> {
  return (await nextWipe(db, {}))[0]?.at ?? undefined;
}

const dueWipes = prepared((db, p: Params<{ now: number; limit: number }>) =>
  db
    .select({ id: chats.id, wipeAt: chats.wipeAt, wipePreset: chats.wipePreset })
    .from(chats)
    .where(and(isNotNull(chats.wipeAt), lte(chats.wipeAt, p.now), isNull(chats.deletedAt)))
    .orderBy(asc(chats.wipeAt))
    .limit(p.limit),
);

export type DueWipe = { id: number; wipeAt: number; wipePreset: string | null };

/** Chats whose wipe timer has expired, the longest overdue first. */
export async function listDueWipes(db: Queries, now: number, limit: number): Promise<DueWipe[]> {
  return (await dueWipes(db, { now, limit })) as DueWipe[];
}

/** Claims the wipe due at `wipeAt` for the caller. False if it is already taken. */
export async function claimWipe(db: Queries, { id, wipeAt }: DueWipe, nextAt: number | null): Promise<boolean> {
  const rows = await db
    .update(chats)
    .set({ wipeAt: nextAt })
    .where(and(eq(chats.id, id), eq(chats.wipeAt, wipeAt), isNull(chats.deletedAt)))
    .returning({ id: chats.id });
  return rows.length > 0;
}
