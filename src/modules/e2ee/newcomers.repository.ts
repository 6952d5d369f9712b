import { and, desc, eq, sql } from 'drizzle-orm';
import type { StreamId } from '../../core/stream-id.ts';
import { type Params, prepared, type Queries } from '../../db/queries.ts';
import { findVisit } from '../chats/chat-members.repository.ts';
import { chatMembers } from '../chats/chats.tables.ts';
import { messages } from '../messages/messages.tables.ts';

const LAST_SEQ = Number.MAX_SAFE_INTEGER;

const membership = prepared((db, p: Params<{ chatId: number; userId: number }>) =>
  db
    .select({ ms: chatMembers.joinedAt })
    .from(chatMembers)
    .where(and(eq(chatMembers.chatId, p.chatId), eq(chatMembers.userId, p.userId))),
);
const lastSaid = prepared((db, p: Params<{ chatId: number; ms: number; seq: number }>) =>
  db
    .select({ epoch: messages.epoch })
    .from(messages)
    .where(
      and(
        eq(messages.chatId, p.chatId),
        sql`(${messages.ms}, ${messages.seq}) <= (${p.ms}, ${p.seq})`,
        eq(messages.type, 'user'),
      ),
    )
    .orderBy(desc(messages.ms), desc(messages.seq))
    .limit(1),
);

/** The last message when the user joined. */
async function joinOf(db: Queries, chatId: number, userId: number): Promise<StreamId | undefined> {
  const visit = await findVisit(db, chatId, userId);
  if (visit) return { ms: visit.sinceMs, seq: visit.sinceSeq };
  const [member] = await membership(db, { chatId, userId });
  return member && { ms: member.ms, seq: LAST_SEQ };
}

/** Whether something was said under this epoch before the user joined: its key would open that. */
export async function joinedLater(db: Queries, chatId: number, epoch: number, userId: number): Promise<boolean> {
  const since = await joinOf(db, chatId, userId);
  if (!since) return false;
  return (await lastSaid(db, { chatId, ...since }))[0]?.epoch === epoch;
}
