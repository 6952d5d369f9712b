import { and, eq, isNull } from 'drizzle-orm';
import { type Params, prepared, type Queries } from '../../../db/queries.ts';
import { chats } from '../chats/chats.tables.ts';
import { keyBlobs } from './keys.tables.ts';

const current = prepared((db, p: Params<{ chatId: number; sessionId: string }>) =>
  db
    .select({
      epoch: chats.epoch,
      blob: keyBlobs.blob,
      senderSessionId: keyBlobs.senderSessionId,
      senderPublicKey: keyBlobs.senderPublicKey,
    })
    .from(chats)
    .leftJoin(
      keyBlobs,
      and(eq(keyBlobs.chatId, chats.id), eq(keyBlobs.epoch, chats.epoch), eq(keyBlobs.sessionId, p.sessionId)),
    )
    .where(and(eq(chats.id, p.chatId), isNull(chats.deletedAt))),
);

/** The chat's epoch, and the blob for this session, null if there is none. Undefined if the chat does not exist. */
export async function findCurrentBlob(db: Queries, chatId: number, sessionId: string) {
  return (await current(db, { chatId, sessionId }))[0];
}

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
