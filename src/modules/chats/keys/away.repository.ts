import { and, eq, gt, isNotNull, isNull } from 'drizzle-orm';
import { personOf } from '../../../core/principal.ts';
import { type Params, prepared, type Queries } from '../../../db/queries.ts';
import { sessions } from '../../people/sessions/sessions.tables.ts';
import { chats } from '../chats/chats.tables.ts';
import { keyBlobs } from './keys.tables.ts';
import type { RegisteredSession } from './session-keys.repository.ts';

const keyed = prepared((db, p: Params<{ chatId: number; now: number; limit: number }>) =>
  db
    .select({
      sessionId: sessions.id,
      userId: sessions.userId,
      publicKey: sessions.publicKey,
      signingKey: sessions.signingKey,
    })
    .from(keyBlobs)
    .innerJoin(chats, and(eq(chats.id, keyBlobs.chatId), eq(chats.epoch, keyBlobs.epoch)))
    .innerJoin(sessions, eq(sessions.id, keyBlobs.sessionId))
    .where(
      and(
        eq(keyBlobs.chatId, p.chatId),
        isNull(sessions.endedAt),
        gt(sessions.expiresAt, p.now),
        isNotNull(sessions.publicKey),
        isNotNull(sessions.userId),
      ),
    )
    .limit(p.limit),
);

/** The live sessions that hold the key of a group's epoch, with their public keys. */
export async function listKeyedHolders(
  db: Queries,
  chatId: number,
  now: number,
  limit: number,
): Promise<RegisteredSession[]> {
  const rows = await keyed(db, { chatId, now, limit });
  return rows.flatMap(({ sessionId, userId, publicKey, signingKey }) =>
    publicKey === null ? [] : [{ sessionId, person: personOf({ sessionId, userId }), publicKey, signingKey }],
  );
}
