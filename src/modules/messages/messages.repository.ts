import { and, desc, eq, isNull, sql } from 'drizzle-orm';
import type { StreamId } from '../../core/stream-id.ts';
import { type Params, prepared, type Queries } from '../../db/queries.ts';
import { users } from '../users/users.tables.ts';
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

const page = prepared((db, p: Params<{ chatId: number; ms: number; seq: number; limit: number }>) =>
  db
    .select({ message: messages, sender: { id: users.id, username: users.username, avatarUrl: users.avatarUrl } })
    .from(messages)
    .leftJoin(users, eq(users.id, messages.userId))
    .where(
      and(
        eq(messages.chatId, p.chatId),
        sql`(${messages.ms}, ${messages.seq}) < (${p.ms}, ${p.seq})`,
        // What deleted users said is being cleared away.
        isNull(users.deletedAt),
      ),
    )
    .orderBy(desc(messages.ms), desc(messages.seq))
    .limit(p.limit),
);

/** The messages before `before`, newest first. */
export function listBefore(db: Queries, chatId: number, before: StreamId, limit: number) {
  return page(db, { chatId, ...before, limit });
}

const oldest = prepared((db, p: Params<{ chatId: number; limit: number }>) =>
  db
    .delete(messages)
    .where(
      and(
        eq(messages.chatId, p.chatId),
        sql`(${messages.ms}, ${messages.seq}) in (select m.ms, m.seq from messages m where m.chat_id = ${p.chatId} order by m.ms, m.seq limit ${p.limit})`,
      ),
    )
    .returning({ ms: messages.ms }),
);

/** Deletes the chat's oldest messages, `limit` at most; gives back how many. */
export async function deleteOldest(db: Queries, chatId: number, limit: number): Promise<number> {
  return (await oldest(db, { chatId, limit })).length;
}
