import { and, asc, count, eq, gt, inArray, isNull, lte } from 'drizzle-orm';
import type { PersonId } from '../../../core/principal.ts';
import { type Params, prepared, type Queries } from '../../../db/queries.ts';
import { chats } from '../chats/chats.tables.ts';
import { type DirectChatRow, directChats, directParticipants, type ParticipantRow } from '../chats/direct.tables.ts';

const chat = prepared((db, { chatId, interests, bornAt, dueAt, endedAt }: Params<DirectChatRow>) =>
  db
    .insert(directChats)
    .values({ chatId, interests, bornAt, dueAt, endedAt })
    .returning({ chatId: directChats.chatId }),
);

const participant = prepared(
  (db, { chatId, number, person, sessionId, alias, tokenHash, countryCode }: Params<ParticipantRow>) =>
    db
      .insert(directParticipants)
      .values({ chatId, number, person, sessionId, alias, tokenHash, countryCode })
      .returning({ chatId: directParticipants.chatId }),
);

export async function insertDirect(db: Queries, row: DirectChatRow, two: readonly ParticipantRow[]): Promise<void> {
  await chat(db, row);
  for (const one of two) await participant(db, one);
}

const one = prepared((db, p: Params<{ chatId: number }>) =>
  db.select().from(directChats).where(eq(directChats.chatId, p.chatId)),
);

export async function findDirect(db: Queries, chatId: number): Promise<DirectChatRow | undefined> {
  return (await one(db, { chatId }))[0];
}

const liveOf = prepared((db, p: Params<{ person: PersonId }>) =>
  db
    .select({ live: count() })
    .from(directParticipants)
    .innerJoin(directChats, eq(directChats.chatId, directParticipants.chatId))
    .where(and(eq(directParticipants.person, p.person), isNull(directChats.endedAt))),
);

export async function countLiveOf(db: Queries, person: PersonId): Promise<number> {
  return (await liveOf(db, { person }))[0]?.live ?? 0;
}

/** Turns a live chat into an archive until `dueAt`. False if it has ended already. */
export async function endDirect(db: Queries, chatId: number, endedAt: number, dueAt: number): Promise<boolean> {
  const rows = await db
    .update(directChats)
    .set({ endedAt, dueAt })
    .where(and(eq(directChats.chatId, chatId), isNull(directChats.endedAt)))
    .returning({ chatId: directChats.chatId });
  if (rows.length === 0) return false;
  await db.update(chats).set({ archived: true, updatedAt: endedAt }).where(eq(chats.id, chatId)).returning({
    id: chats.id,
  });
  return true;
}

const due = prepared((db, p: Params<{ now: number; limit: number }>) =>
  db
    .select({ chatId: directChats.chatId, endedAt: directChats.endedAt })
    .from(directChats)
    .where(lte(directChats.dueAt, p.now))
    .orderBy(asc(directChats.dueAt))
    .limit(p.limit),
);

/** Live chats whose time is up, and archives to be purged; the longest due first. */
export function listDue(db: Queries, now: number, limit: number) {
  return due(db, { now, limit });
}

const next = prepared((db) =>
  db.select({ dueAt: directChats.dueAt }).from(directChats).orderBy(asc(directChats.dueAt)).limit(1),
);

/** When the next chat ends or is purged; undefined if there is none. */
export async function findNextDue(db: Queries): Promise<number | undefined> {
  return (await next(db, {}))[0]?.dueAt;
}

const following = prepared((db, p: Params<{ chatId: number; limit: number }>) =>
  db
    .select({
      chatId: directParticipants.chatId,
      number: directParticipants.number,
      person: directParticipants.person,
      alias: directParticipants.alias,
      endedAt: directChats.endedAt,
    })
    .from(directParticipants)
    .innerJoin(directChats, eq(directChats.chatId, directParticipants.chatId))
    .where(gt(directParticipants.chatId, p.chatId))
    .orderBy(asc(directParticipants.chatId), asc(directParticipants.number))
    .limit(p.limit),
);

/** The participants of the next `chats` direct chats after an id, the two of each side by side. */
export function listParticipantsAfter(db: Queries, chatId: number, chats: number) {
  return following(db, { chatId, limit: 2 * chats });
}

/** The chats among these that are live. */
export async function listLiveAmong(db: Queries, chatIds: readonly number[]): Promise<number[]> {
  if (chatIds.length === 0) return [];
  const rows = await db
    .select({ chatId: directChats.chatId })
    .from(directChats)
    .where(and(inArray(directChats.chatId, [...chatIds]), isNull(directChats.endedAt)));
  return rows.map(({ chatId }) => chatId);
}

/** Forgets who was in the chat. */
export async function deleteDirect(db: Queries, chatId: number): Promise<void> {
  await db
    .delete(directParticipants)
    .where(eq(directParticipants.chatId, chatId))
    .returning({ chatId: directParticipants.chatId });
  await db.delete(directChats).where(eq(directChats.chatId, chatId)).returning({ chatId: directChats.chatId });
}
