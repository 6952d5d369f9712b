import { and, asc, desc, eq, isNull, sql } from 'drizzle-orm';
import type { Placeholder } from 'drizzle-orm/sql';
import type { StreamId } from '../../../core/stream-id.ts';
import { type Params, prepared, type Queries } from '../../../db/queries.ts';
import { users } from '../../people/users/users.tables.ts';
import { type MessageRow, messages } from './messages.tables.ts';

const insert = prepared((db, p: Params<MessageRow>) =>
  db.insert(messages).values({
    chatId: p.chatId,
    ms: p.ms,
    seq: p.seq,
    type: p.type,
    userId: p.userId,
    participant: p.participant,
    permissionLevel: p.permissionLevel,
    epoch: p.epoch,
    content: p.content,
  }),
);

export async function insertMessage(db: Queries, message: MessageRow): Promise<void> {
  await insert(db, message);
}

const isAfter = (ms: Placeholder, seq: Placeholder) => sql`(${messages.ms}, ${messages.seq}) > (${ms}, ${seq})`;

type PageParams = Params<Record<'chatId' | 'afterMs' | 'afterSeq' | 'beforeMs' | 'beforeSeq' | 'limit', number>>;

const pageOf = (db: Queries, p: PageParams, direction: typeof asc) =>
  db
    .select({
      chatId: messages.chatId,
      ms: messages.ms,
      seq: messages.seq,
      type: messages.type,
      userId: messages.userId,
      participant: messages.participant,
      permissionLevel: messages.permissionLevel,
      epoch: messages.epoch,
      content: messages.content,
    })
    .from(messages)
    .where(
      and(
        eq(messages.chatId, p.chatId),
        sql`(${messages.ms}, ${messages.seq}) < (${p.beforeMs}, ${p.beforeSeq})`,
        isAfter(p.afterMs, p.afterSeq),
      ),
    )
    .orderBy(direction(messages.ms), direction(messages.seq))
    .limit(p.limit);

const pages = {
  first: prepared((db, p: PageParams) => pageOf(db, p, asc)),
  last: prepared((db, p: PageParams) => pageOf(db, p, desc)),
};

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
 * The first `limit` messages between two ids, oldest first, or the last, newest first; without those of deleted users. Reads
 * one table after the other, so that each query stays prepared.
 */
export async function listBetween(
  db: Queries,
  chatId: number,
  { after, before }: Range,
  { end, limit }: { end: keyof typeof pages; limit: number },
): Promise<SentRow[]> {
  const senders = new Map<number, Sender | undefined>();
  const found: SentRow[] = [];
  const bounds = { afterMs: after.ms, afterSeq: after.seq, beforeMs: before.ms, beforeSeq: before.seq };
  while (found.length < limit) {
    const wanted = limit - found.length;
    const rows = await pages[end](db, { chatId, ...bounds, limit: wanted });
    for (const message of rows) {
      const { userId } = message;
      if (userId !== null && !senders.has(userId)) senders.set(userId, (await sender(db, { id: userId }))[0]);
      const author = userId === null ? null : senders.get(userId);
      if (author !== undefined) found.push({ message, sender: author });
    }
    const reached = rows.at(-1);
    if (!reached || rows.length < wanted) break;
    Object.assign(
      bounds,
      end === 'first'
        ? { afterMs: reached.ms, afterSeq: reached.seq }
        : { beforeMs: reached.ms, beforeSeq: reached.seq },
    );
  }
  return found;
}

const idPage = prepared((db, p: PageParams) =>
  db
    .select({ ms: messages.ms, seq: messages.seq, userId: messages.userId })
    .from(messages)
    .where(
      and(
        eq(messages.chatId, p.chatId),
        sql`(${messages.ms}, ${messages.seq}) < (${p.beforeMs}, ${p.beforeSeq})`,
        isAfter(p.afterMs, p.afterSeq),
      ),
    )
    .orderBy(asc(messages.ms), asc(messages.seq))
    .limit(p.limit),
);

/** The ids of the first messages between two ids, oldest first; without those of deleted users. */
export async function listIdsBetween(
  db: Queries,
  chatId: number,
  { after, before }: Range,
  limit: number,
): Promise<StreamId[]> {
  const isThere = new Map<number, boolean>();
  const found: StreamId[] = [];
  const bounds = { afterMs: after.ms, afterSeq: after.seq, beforeMs: before.ms, beforeSeq: before.seq };
  while (found.length < limit) {
    const wanted = limit - found.length;
    const rows = await idPage(db, { chatId, ...bounds, limit: wanted });
    for (const { ms, seq, userId } of rows) {
      if (userId !== null && !isThere.has(userId)) isThere.set(userId, (await sender(db, { id: userId })).length > 0);
      if (userId === null || isThere.get(userId)) found.push({ ms, seq });
    }
    const last = rows.at(-1);
    if (!last || rows.length < wanted) break;
    Object.assign(bounds, { afterMs: last.ms, afterSeq: last.seq });
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

/** The chat's last message, if it comes after an id. */
export async function findLastAfter(db: Queries, chatId: number, { ms, seq }: StreamId): Promise<StreamId | undefined> {
  return (await last(db, { chatId, ms, seq }))[0];
}

const one = prepared((db, p: Params<{ chatId: number } & StreamId>) =>
  db
    .delete(messages)
    .where(and(eq(messages.chatId, p.chatId), eq(messages.ms, p.ms), eq(messages.seq, p.seq)))
    .returning({ ms: messages.ms }),
);

/** False if the message does not exist. */
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

/** Deletes the chat's oldest messages up to an id, at most `limit`. Returns how many. */
export async function deleteOldest(db: Queries, chatId: number, upTo: StreamId, limit: number): Promise<number> {
  return (await oldest(db, { chatId, ms: upTo.ms, seq: upTo.seq, limit })).length;
}

/** A message's position: ordered by chat, then by id. */
export type Place = StreamId & { chatId: number };

/** A range of messages across chats: after one position, up to and including another. */
export type Stretch = { after: Place; upTo: Place };

type Bounds = Record<`${'after' | 'upTo'}${'Chat' | 'Ms' | 'Seq'}`, number>;

// Raw SQL, because drizzle has no row values. Columns are unqualified because the condition serves in two queries.
const inStretch = (p: Params<Bounds>) =>
  sql`(chat_id, ms, seq) > (${p.afterChat}, ${p.afterMs}, ${p.afterSeq}) and (chat_id, ms, seq) <= (${p.upToChat}, ${p.upToMs}, ${p.upToSeq})`;

const place = { chatId: messages.chatId, ms: messages.ms, seq: messages.seq };

const nth = prepared((db, p: Params<Bounds & { skip: number }>) =>
  db
    .select(place)
    .from(messages)
    .where(inStretch(p))
    .orderBy(asc(messages.chatId), asc(messages.ms), asc(messages.seq))
    .limit(1)
    .offset(p.skip),
);

const ofUser = prepared((db, p: Params<Bounds & { userId: number; limit: number }>) =>
  db
    .delete(messages)
    .where(
      sql`(${messages.chatId}, ${messages.ms}, ${messages.seq}) in (select chat_id, ms, seq from messages where ${inStretch(p)} and user_id = ${p.userId} order by chat_id, ms, seq limit ${p.limit})`,
    )
    .returning(place),
);

const ofParticipant = prepared((db, p: Params<Bounds & { participant: number; limit: number }>) =>
  db
    .delete(messages)
    .where(
      sql`(${messages.chatId}, ${messages.ms}, ${messages.seq}) in (select chat_id, ms, seq from messages where ${inStretch(p)} and participant = ${p.participant} order by chat_id, ms, seq limit ${p.limit})`,
    )
    .returning(place),
);

/** A user, in group chats; a participant, in a direct one. */
export type Author = { userId: number } | { participant: 1 | 2 };

const LOOKED_AT = 5000;

/**
 * Deletes some of an author's messages in a stretch: at most `limit`, looking at a few thousand ids. Returns the deleted
 * messages and the rest of the stretch.
 */
export async function deleteSomeOf(
  db: Queries,
  author: Author,
  { after, upTo }: Stretch,
  limit: number,
): Promise<{ gone: Place[]; rest: Stretch | undefined }> {
  const [end] = await nth(db, { ...boundsOf({ after, upTo }), skip: LOOKED_AT - 1 });
  const bounds = { ...boundsOf({ after, upTo: end ?? upTo }), limit };
  const gone = await ('userId' in author
    ? ofUser(db, { ...bounds, ...author })
    : ofParticipant(db, { ...bounds, ...author }));
  const last = gone.reduce<Place | undefined>((last, one) => (last && !isLater(one, last) ? last : one), undefined);
  const reached = gone.length === limit ? last : end;
  return { gone, rest: reached && { after: reached, upTo } };
}

function boundsOf({ after, upTo }: Stretch): Bounds {
  return {
    afterChat: after.chatId,
    afterMs: after.ms,
    afterSeq: after.seq,
    upToChat: upTo.chatId,
    upToMs: upTo.ms,
    upToSeq: upTo.seq,
  };
}

function isLater(a: Place, b: Place): boolean {
  return a.chatId !== b.chatId ? a.chatId > b.chatId : a.ms !== b.ms ? a.ms > b.ms : a.seq > b.seq;
}
