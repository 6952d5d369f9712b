import { and, desc, eq, sql } from 'drizzle-orm';
import { type PersonId, userIdOf } from '../../../core/principal.ts';
import { type Params, prepared, type Queries } from '../../../db/queries.ts';
import { findJoin } from '../chats/members.repository.ts';
import { messages } from '../messages/messages.tables.ts';

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

/** Whether messages under this epoch are older than the person's join: its key would open them. */
export async function joinedLater(db: Queries, chatId: number, epoch: number, person: PersonId): Promise<boolean> {
  const userId = userIdOf(person);
  const since = userId === undefined ? undefined : await findJoin(db, chatId, userId);
  if (!since) return false;
  return (await lastSaid(db, { chatId, ...since }))[0]?.epoch === epoch;
}

/** Drops the sessions of people who joined after a message was sent under this epoch. */
export async function withoutNewcomers<Session extends { person: PersonId }>(
  db: Queries,
  chatId: number,
  epoch: number,
  sessions: readonly Session[],
): Promise<Session[]> {
  const old: Session[] = [];
  for (const session of sessions) if (!(await joinedLater(db, chatId, epoch, session.person))) old.push(session);
  return old;
}
