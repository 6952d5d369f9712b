import { and, asc, desc, eq, isNull, sql } from 'drizzle-orm';
import type { Placeholder } from 'drizzle-orm/sql';
import type { StreamId } from '../../../core/stream-id.ts';
import { type Params, prepared, type Queries } from '../../../db/queries.ts';
import { users } from '../../people/users/users.tables.ts';
import { type MessageRow, messages } from './messages.tables.ts';

const insert = prepared((db, p: Params<MessageRow>) =>
  db
    .insert(messages)
    .values({
      chatId: p.chatId,
      ms: p.ms,
      seq: p.seq,
      type: p.type,
      userId: p.userId,
      permissionLevel: p.permissionLevel,
      epoch: p.epoch,
      content: p.content,
    })
    .returning({ ms: messages.ms }),
);

export async function insertMessage(db: Queries, message: MessageRow): Promise<void> {
  await insert(db, message);
}

const isAfter = (ms: Placeholder, seq: Placeholder) => sql`(${messages.ms}, ${messages.seq}) > (${ms}, ${seq})`;

const page = prepared(
  (db, p: Params<{ chatId: number; ms: number; seq: number; floorMs: number; floorSeq: number; limit: number }>) =>
    db
      .select({
        chatId: messages.chatId,
        ms: messages.ms,
        seq: messages.seq,
        type: messages.type,
        userId: messages.userId,
        permissionLevel: messages.permissionLevel,
        epoch: messages.epoch,
        content: messages.content,
      })
      .from(messages)
      .where(
        and(
          eq(messages.chatId, p.chatId),
          sql`(${messages.ms}, ${messages.seq}) < (${p.ms}, ${p.seq})`,
          isAfter(p.floorMs, p.floorSeq),
        ),
      )
      .orderBy(desc(messages.ms), desc(messages.seq))
      .limit(p.limit),
);

const sender = prepared((db, p: Params<{ id: number }>) =>
  db
    .select({ id: users.id, username: users.username, avatarUrl: users.avatarUrl })
    .from(users)
    .where(and(eq(users.id, p.id), isNull(users.deletedAt))),
);

export type Sender = { id: number; username: string; avatarUrl: string | null };
export type SentRow = { message: MessageRow; sender: Sender | null };
type Range = { after: StreamId; before: StreamId };

/**
 * The last `limit` messages between two ids, newest first. What deleted users said is being cleared away, and left out. One
 * table after the other, so that nothing is compiled anew at each call.
 */
export async function listBetween(
  db: Queries,
  chatId: number,
  { after, before }: Range,
  limit: number,
): Promise<SentRow[]> {
  const senders = new Map<number, Sender | undefined>();
  const found: SentRow[] = [];
  let end = before;
  while (found.length < limit) {
    const wanted = limit - found.length;
    const floor = { floorMs: after.ms, floorSeq: after.seq };
    const rows = await page(db, { chatId, ms: end.ms, seq: end.seq, ...floor, limit: wanted });
    for (const message of rows) {
      const { userId } = message;
      if (userId !== null && !senders.has(userId)) senders.set(userId, (await sender(db, { id: userId }))[0]);
      const author = userId === null ? null : senders.get(userId);
      if (author !== undefined) found.push({ message, sender: author });
    }
    end = rows.at(-1) ?? end;
    if (rows.length < wanted) break;
  }
  return found;
}

const first = prepared((db, p: Params<{ chatId: number } & StreamId>) =>
  db
    .select({ ms: messages.ms, seq: messages.seq, type: messages.type, content: messages.content })
    .from(messages)
    .where(and(eq(messages.chatId, p.chatId), isAfter(p.ms, p.seq)))
    .orderBy(asc(messages.ms), asc(messages.seq))
    .limit(1),
);

/** The first message after an id. */
export async function findFirstAfter(db: Queries, chatId: number, { ms, seq }: StreamId) {
  return (await first(db, { chatId, ms, seq }))[0];
}

const last = prepared((db, p: Params<{ chatId: number } & StreamId>) =>
  db
    .select({ ms: messages.ms, seq: messages.seq })
    .from(messages)
    .where(and(eq(messages.chatId, p.chatId), isAfter(p.ms, p.seq)))
    .orderBy(desc(messages.ms), desc(messages.seq))
    .limit(1),
);

/** The last message of all, if it comes after an id. */
export async function findLastAfter(db: Queries, chatId: number, { ms, seq }: StreamId): Promise<StreamId | undefined> {
  return (await last(db, { chatId, ms, seq }))[0];
}

const one = prepared((db, p: Params<{ chatId: number } & StreamId>) =>
  db
    .delete(messages)
    .where(and(eq(messages.chatId, p.chatId), eq(messages.ms, p.ms), eq(messages.seq, p.seq)))
    .returning({ ms: messages.ms }),
);

/** False when there is no such message. */
export async function deleteMessage(db: Queries, chatId: number, { ms, seq }: StreamId): Promise<boolean> {
  return (await one(db, { chatId, ms, seq })).length > 0;
}

const oldest = prepared((db, p: Params<{ chatId: number; limit: number } & StreamId>) =>
  db
    .delete(messages)
    .where(
      and(
        eq(messages.chatId, p.chatId),
        sql`(${messages.ms}, ${messages.seq}) in (select m.ms, m.seq from messages m where m.chat_id = ${p.chatId} and (m.ms, m.seq) <= (${p.ms}, ${p.seq}) order by m.ms, m.seq limit ${p.limit})`,
      ),
    )
    .returning({ ms: messages.ms }),
);

/** Deletes the chat's oldest messages up to an id, `limit` at most; gives back how many. */
export async function deleteOldest(db: Queries, chatId: number, upTo: StreamId, limit: number): Promise<number> {
  return (await oldest(db, { chatId, ms: upTo.ms, seq: upTo.seq, limit })).length;
}

// The place is looked up by author, and the message deleted by its place: else all that the author ever said is looked at.
const ofAuthorInChat = prepared((db, p: Params<{ userId: number; chatId: number; limit: number }>) =>
  db
    .delete(messages)
    .where(
      and(
        eq(messages.chatId, p.chatId),
        sql`(${messages.ms}, ${messages.seq}) in (select m.ms, m.seq from messages m where m.user_id = ${p.userId} and m.chat_id = ${p.chatId} limit ${p.limit})`,
      ),
    )
    .returning({ ms: messages.ms, seq: messages.seq }),
);

/** Deletes some of what a user said in a chat, `limit` messages at most; gives back which. */
export function deleteSomeInChat(db: Queries, userId: number, chatId: number, limit: number): Promise<StreamId[]> {
  return ofAuthorInChat(db, { userId, chatId, limit });
}

const ofAuthor = prepared((db, p: Params<{ userId: number; limit: number }>) =>
  db
    .delete(messages)
    .where(
      sql`(${messages.chatId}, ${messages.ms}, ${messages.seq}) in (select m.chat_id, m.ms, m.seq from messages m where m.user_id = ${p.userId} limit ${p.limit})`,
    )
    .returning({ chatId: messages.chatId, ms: messages.ms, seq: messages.seq }),
);

/** Deletes some of what a user said anywhere, `limit` messages at most; gives back which. */
export function deleteSomeAnywhere(db: Queries, userId: number, limit: number) {
  return ofAuthor(db, { userId, limit });
}
