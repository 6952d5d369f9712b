import { and, eq, inArray } from 'drizzle-orm';
import type { Queries } from '../../../db/queries.ts';
import { mutes } from '../../people/sanctions/sanctions.tables.ts';
import { chatActivity, chatBans, chatMembers, chatVisits } from '../chats/chats.tables.ts';
import { invites } from '../invites/invites.tables.ts';
import { keyBlobs } from '../keys/keys.tables.ts';

type Clear = (db: Queries, chatId: number, limit: number) => PromiseLike<unknown[]>;

/** The rows of a chat besides its messages, table by table. Each function deletes at most `limit` of them. */
const CLEARINGS: readonly Clear[] = [
  (db, chatId, limit) => {
    const { id } = chatActivity;
    const some = db.select({ id }).from(chatActivity).where(eq(chatActivity.chatId, chatId)).limit(limit);
    return db.delete(chatActivity).where(inArray(id, some)).returning({ id });
  },
  (db, chatId, limit) => {
    const { userId } = mutes;
    const some = db.select({ userId }).from(mutes).where(eq(mutes.chatId, chatId)).limit(limit);
    return db
      .delete(mutes)
      .where(and(eq(mutes.chatId, chatId), inArray(userId, some)))
      .returning({ userId });
  },
  (db, chatId, limit) => {
    const { code } = invites;
    const some = db.select({ code }).from(invites).where(eq(invites.chatId, chatId)).limit(limit);
    return db.delete(invites).where(inArray(code, some)).returning({ code });
  },
  (db, chatId, limit) => {
    const { sessionId } = keyBlobs;
    const some = db.select({ sessionId }).from(keyBlobs).where(eq(keyBlobs.chatId, chatId)).limit(limit);
    return db
      .delete(keyBlobs)
      .where(and(eq(keyBlobs.chatId, chatId), inArray(sessionId, some)))
      .returning({ sessionId });
  },
  ...[chatVisits, chatMembers, chatBans].map(
    (table): Clear =>
      (db, chatId, limit) => {
        const { userId } = table;
        const some = db.select({ userId }).from(table).where(eq(table.chatId, chatId)).limit(limit);
        return db
          .delete(table)
          .where(and(eq(table.chatId, chatId), inArray(userId, some)))
          .returning({ userId });
      },
  ),
];

/** Deletes a batch of what a deleted chat leaves besides messages. False once nothing is left. */
export async function clearChat(db: Queries, chatId: number, limit: number): Promise<boolean> {
  for (const clear of CLEARINGS) if ((await clear(db, chatId, limit)).length > 0) return true;
  return false;
}
