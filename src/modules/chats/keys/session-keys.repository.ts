import { and, eq, gt, isNotNull, isNull, notExists, sql } from 'drizzle-orm';
import { type PersonId, personOf } from '../../../core/principal.ts';
import { type Params, prepared, type Queries } from '../../../db/queries.ts';
import { sessions } from '../../people/sessions/sessions.tables.ts';
import { chats } from '../chats/chats.tables.ts';
import { chatSessionKeys, keyBlobs } from './keys.tables.ts';

// The public keys of sessions. In a direct chat, a session has one from its first join on: its own, or one for that chat.

export type KeyPair = { publicKey: string; signingKey: string | null };
export type RegisteredSession = KeyPair & { sessionId: string; person: PersonId };
/** `isDirect` chats know only the keys that their sessions brought along. */
export type KeyedChat = { id: number; isDirect: boolean };

const own = { userId: sessions.userId, publicKey: sessions.publicKey, signingKey: sessions.signingKey };

const keysOf = prepared((db, p: Params<{ sessionId: string; now: number }>) =>
  db
    .select(own)
    .from(sessions)
    .where(and(eq(sessions.id, p.sessionId), isNull(sessions.endedAt), gt(sessions.expiresAt, p.now))),
);

/** The owner and public keys of a live session. */
export async function findSessionKey(db: Queries, sessionId: string, now: number) {
  return (await keysOf(db, { sessionId, now }))[0];
}

const given = { givenKey: chatSessionKeys.publicKey, givenSigningKey: chatSessionKeys.signingKey };

const keysIn = prepared((db, p: Params<{ chatId: number; sessionId: string; now: number }>) =>
  db
    .select({ ...own, ...given })
    .from(chatSessionKeys)
    .innerJoin(sessions, eq(sessions.id, chatSessionKeys.sessionId))
    .where(
      and(
        eq(chatSessionKeys.chatId, p.chatId),
        eq(chatSessionKeys.sessionId, p.sessionId),
        isNull(sessions.endedAt),
        gt(sessions.expiresAt, p.now),
      ),
    ),
);

type Given = { givenKey: string | null; givenSigningKey: string | null };
type Own = { publicKey: string | null; signingKey: string | null };

/** A key given for the chat counts alone, its signing key too: the session's own never steps in. */
function effective({ givenKey, givenSigningKey, publicKey, signingKey }: Own & Given): KeyPair | undefined {
  if (givenKey !== null) return { publicKey: givenKey, signingKey: givenSigningKey };
  return publicKey === null ? undefined : { publicKey, signingKey };
}

/** The keys of a live session in this chat; undefined if it has none there. */
export async function findKeyIn(
  db: Queries,
  { id: chatId, isDirect }: KeyedChat,
  sessionId: string,
  now: number,
): Promise<RegisteredSession | undefined> {
  if (isDirect) {
    const [row] = await keysIn(db, { chatId, sessionId, now });
    const keys = row && effective(row);
    return keys && { sessionId, person: personOf({ sessionId, userId: row.userId }), ...keys };
  }
  const row = await findSessionKey(db, sessionId, now);
  return row && registeredOf(sessionId, row);
}

/** The session with its own keys. A group chat knows no strangers. */
function registeredOf(sessionId: string, { userId, publicKey, signingKey }: Own & { userId: number | null }) {
  if (!publicKey || userId === null) return undefined;
  return { sessionId, person: personOf({ sessionId, userId }), publicKey, signingKey };
}

const holdersOf = prepared((db, p: Params<{ chatId: number; userId: number; now: number }>) =>
  db
    .select({ sessionId: sessions.id, ...own })
    .from(sessions)
    .innerJoin(chats, eq(chats.id, p.chatId))
    .innerJoin(
      keyBlobs,
      and(eq(keyBlobs.chatId, chats.id), eq(keyBlobs.epoch, chats.epoch), eq(keyBlobs.sessionId, sessions.id)),
    )
    .where(and(eq(sessions.userId, p.userId), isNull(sessions.endedAt), gt(sessions.expiresAt, p.now))),
);

/** The user's live sessions that hold the key of the group's epoch. */
export async function listHoldersOf(
  db: Queries,
  chatId: number,
  userId: number,
  now: number,
): Promise<RegisteredSession[]> {
  const rows = await holdersOf(db, { chatId, userId, now });
  return rows.flatMap(({ sessionId, ...row }) => registeredOf(sessionId, row) ?? []);
}

const keysAndBlob = prepared((db, p: Params<{ chatId: number; epoch: number; sessionId: string; now: number }>) =>
  db
    .select({ ...own, holder: keyBlobs.sessionId })
    .from(sessions)
    .leftJoin(
      keyBlobs,
      and(eq(keyBlobs.chatId, p.chatId), eq(keyBlobs.epoch, p.epoch), eq(keyBlobs.sessionId, sessions.id)),
    )
    .where(and(eq(sessions.id, p.sessionId), isNull(sessions.endedAt), gt(sessions.expiresAt, p.now))),
);

export type Recipient = RegisteredSession & { hasBlob: boolean };

/**
 * Live sessions with a key in this chat, by id, each with whether it has a blob of this epoch. One query each: cheaper than building
 * one for many.
 */
export async function listRecipients(
  db: Queries,
  chat: KeyedChat,
  epoch: number,
  ids: readonly string[],
  now: number,
): Promise<Recipient[]> {
  const found: Recipient[] = [];
  for (const sessionId of ids) {
    const [row] = await keysAndBlob(db, { chatId: chat.id, epoch, sessionId, now });
    const session = row && (chat.isDirect ? await findKeyIn(db, chat, sessionId, now) : registeredOf(sessionId, row));
    if (session) found.push({ ...session, hasBlob: row.holder !== null });
  }
  return found;
}

export async function setSessionKeys(db: Queries, sessionId: string, keys: KeyPair): Promise<void> {
  await db.update(sessions).set(keys).where(eq(sessions.id, sessionId)).returning({ id: sessions.id });
}

const keyed = prepared((db, p: Params<{ userId: number }>) =>
  db
    .select({ id: sessions.id })
    .from(sessions)
    .where(and(eq(sessions.userId, p.userId), isNull(sessions.endedAt), isNotNull(sessions.publicKey))),
);

/** The user's sessions with a registered key. */
export async function listKeyedSessions(db: Queries, userId: number): Promise<string[]> {
  return (await keyed(db, { userId })).map(({ id }) => id);
}

const joined = prepared((db, p: Params<{ chatId: number; now: number }>) =>
  db
    .select({ sessionId: sessions.id, ...own, ...given })
    .from(chatSessionKeys)
    .innerJoin(sessions, eq(sessions.id, chatSessionKeys.sessionId))
    .where(and(eq(chatSessionKeys.chatId, p.chatId), isNull(sessions.endedAt), gt(sessions.expiresAt, p.now))),
);

/** The live sessions that have joined a direct chat and have a key there. */
export async function listJoined(db: Queries, chatId: number, now: number): Promise<RegisteredSession[]> {
  const rows = await joined(db, { chatId, now });
  return rows.flatMap((row) => {
    const keys = effective(row);
    return keys ? [{ sessionId: row.sessionId, person: personOf(row), ...keys }] : [];
  });
}

const entry = prepared((db, p: Params<{ chatId: number; sessionId: string }>) =>
  db
    .select({ sessionId: chatSessionKeys.sessionId })
    .from(chatSessionKeys)
    .where(and(eq(chatSessionKeys.chatId, p.chatId), eq(chatSessionKeys.sessionId, p.sessionId))),
);

/** Whether the session has joined a direct chat, with a key or without one. */
export async function hasJoined(db: Queries, chatId: number, sessionId: string): Promise<boolean> {
  return (await entry(db, { chatId, sessionId })).length > 0;
}

const save = prepared(
  (db, p: Params<{ chatId: number; sessionId: string; publicKey: string | null; signingKey: string | null }>) =>
    db
      .insert(chatSessionKeys)
      .values({ chatId: p.chatId, sessionId: p.sessionId, publicKey: p.publicKey, signingKey: p.signingKey })
      .onConflictDoUpdate({
        target: [chatSessionKeys.chatId, chatSessionKeys.sessionId],
        set: { publicKey: sql`excluded.public_key`, signingKey: sql`excluded.signing_key` },
      })
      .returning({ chatId: chatSessionKeys.chatId }),
);

/** Records that a session has joined a direct chat, with keys for it; null: its own serve. */
export async function saveKeysIn(db: Queries, chatId: number, sessionId: string, keys: KeyPair | null): Promise<void> {
  const { publicKey = null, signingKey = null } = keys ?? {};
  await save(db, { chatId, sessionId, publicKey, signingKey });
}

const ownServes = prepared((db, p: Params<{ sessionId: string }>) =>
  db
    .select({ chatId: chatSessionKeys.chatId })
    .from(chatSessionKeys)
    .where(and(eq(chatSessionKeys.sessionId, p.sessionId), isNull(chatSessionKeys.publicKey))),
);

/** The direct chats in which the session's own key serves. */
export async function listChatsWithOwnKey(db: Queries, sessionId: string): Promise<number[]> {
  return (await ownServes(db, { sessionId })).map(({ chatId }) => chatId);
}

/** Deletes what was sealed for the session's own key. */
export async function deleteBlobsOfOwnKey(db: Queries, sessionId: string): Promise<void> {
  const ofThisChat = db
    .select({ one: sql`1` })
    .from(chatSessionKeys)
    .where(
      and(
        eq(chatSessionKeys.chatId, keyBlobs.chatId),
        eq(chatSessionKeys.sessionId, keyBlobs.sessionId),
        isNotNull(chatSessionKeys.publicKey),
      ),
    );
  await db
    .delete(keyBlobs)
    .where(and(eq(keyBlobs.sessionId, sessionId), notExists(ofThisChat)))
    .returning({ epoch: keyBlobs.epoch });
}

/** Deletes everything sealed for a session, and the keys it gave for single chats. */
export async function forgetSession(db: Queries, sessionId: string): Promise<void> {
  await db.delete(keyBlobs).where(eq(keyBlobs.sessionId, sessionId)).returning({ epoch: keyBlobs.epoch });
  await db
    .delete(chatSessionKeys)
    .where(eq(chatSessionKeys.sessionId, sessionId))
    .returning({ chatId: chatSessionKeys.chatId });
}
