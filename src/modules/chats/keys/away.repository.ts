import { and, eq } from 'drizzle-orm';
import { type Params, prepared, type Queries } from '../../../db/queries.ts';
import { chats } from '../chats/chats.tables.ts';
import { keyBlobs } from './keys.tables.ts';

const holding = prepared((db, p: Params<{ chatId: number; limit: number }>) =>
  db
    .select({ sessionId: keyBlobs.sessionId })
    .from(chats)
    .innerJoin(keyBlobs, and(eq(keyBlobs.chatId, chats.id), eq(keyBlobs.epoch, chats.epoch)))
    .where(eq(chats.id, p.chatId))
    .limit(p.limit),
);

/** The sessions that hold the key of the chat's epoch, in no order. The index alone answers it. */
export async function listSomeHolders(db: Queries, chatId: number, limit: number): Promise<string[]> {
  return (await holding(db, { chatId, limit })).map(({ sessionId }) => sessionId);
}
