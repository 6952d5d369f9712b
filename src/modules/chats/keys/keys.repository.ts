import { and, asc, eq, gt, inArray, isNotNull, isNull, notExists, or, sql } from 'drizzle-orm';
import { type PersonId, personOf, userIdOf } from '../../../core/principal.ts';
import { type Params, prepared, type Queries } from '../../../db/queries.ts';
import { sessions } from '../../people/sessions/sessions.tables.ts';
import { chatBans, chatMembers, chats } from '../chats/chats.tables.ts';
import { type KeyBlobRow, keyBlobs } from './keys.tables.ts';
import { type KeyedChat, listJoined, listRecipients, type RegisteredSession } from './session-keys.repository.ts';

const blobOf = prepared((db, p: Params<{ chatId: number; epoch: number; sessionId: string }>) =>
  db
    .select({ sessionId: keyBlobs.sessionId })
    .from(keyBlobs)
    .where(and(eq(keyBlobs.chatId, p.chatId), eq(keyBlobs.epoch, p.epoch), eq(keyBlobs.sessionId, p.sessionId))),
);

/** Whether this session holds the epoch's key. */
export async function holdsKey(db: Queries, chatId: number, epoch: number, sessionId: string): Promise<boolean> {
  return (await blobOf(db, { chatId, epoch, sessionId })).length > 0;
}

const holders = prepared((db, p: Params<{ chatId: number; epoch: number }>) =>
  db
    .select({ sessionId: keyBlobs.sessionId })
    .from(keyBlobs)
    .where(and(eq(keyBlobs.chatId, p.chatId), eq(keyBlobs.epoch, p.epoch)))
    .orderBy(asc(keyBlobs.createdAt)),
);

/** The sessions that hold the chat's key of this epoch. */
export async function listHolders(db: Queries, chatId: number, epoch: number): Promise<string[]> {
  return (await holders(db, { chatId, epoch })).map(({ sessionId }) => sessionId);
}

const holdersOfUser = prepared((db, p: Params<{ chatId: number; userId: number }>) =>
  db
    .select({ sessionId: keyBlobs.sessionId })
    .from(keyBlobs)
    .where(and(eq(keyBlobs.chatId, p.chatId), eq(keyBlobs.userId, p.userId))),
);

/** The user's sessions that hold a key of the chat. */
export async function listHoldersOfUser(db: Queries, chatId: number, userId: number): Promise<string[]> {
  return (await holdersOfUser(db, { chatId, userId })).map(({ sessionId }) => sessionId);
}

const anyBlob = prepared((db, p: Params<{ chatId: number; epoch: number }>) =>
  db
    .select({ one: sql`1` })
    .from(keyBlobs)
    .where(and(eq(keyBlobs.chatId, p.chatId), eq(keyBlobs.epoch, p.epoch)))
    .limit(1),
);

export async function hasAnyBlob(db: Queries, chatId: number, epoch: number): Promise<boolean> {
  return (await anyBlob(db, { chatId, epoch })).length > 0;
}

const keyState = prepared((db, p: Params<{ chatId: number }>) =>
  db
    .select({
      epoch: chats.epoch,
      generatorSessionId: chats.generatorSessionId,
      spokenEpoch: chats.spokenEpoch,
      historyVisible: chats.historyVisible,
      chatType: chats.chatType,
      archived: chats.archived,
    })
    .from(chats)
    .where(and(eq(chats.id, p.chatId), isNull(chats.deletedAt))),
);

/** The state of the chat's key; undefined if the chat does not exist. */
export async function findKeyState(db: Queries, chatId: number) {
  return (await keyState(db, { chatId }))[0];
}

const raise = prepared((db, p: Params<{ chatId: number }>) =>
  db
    .update(chats)
    .set({ epoch: sql`${chats.epoch} + 1`, generatorSessionId: null })
    .where(and(eq(chats.id, p.chatId), isNull(chats.deletedAt)))
    .returning({ epoch: chats.epoch }),
);

/** Starts a new epoch. Undefined if the chat does not exist. */
export async function raiseEpoch(db: Queries, chatId: number): Promise<number | undefined> {
  return (await raise(db, { chatId }))[0]?.epoch;
}

export async function deleteBlobs(db: Queries, chatId: number): Promise<void> {
  await db.delete(keyBlobs).where(eq(keyBlobs.chatId, chatId)).returning({ epoch: keyBlobs.epoch });
}

/** Deletes what was sealed for one session in one chat. */
export async function deleteBlob(db: Queries, chatId: number, sessionId: string): Promise<void> {
  await db
    .delete(keyBlobs)
    .where(and(eq(keyBlobs.chatId, chatId), eq(keyBlobs.sessionId, sessionId)))
    .returning({ epoch: keyBlobs.epoch });
}

export async function deleteBlobsOfUser(db: Queries, chatId: number, userId: number): Promise<void> {
  await db
    .delete(keyBlobs)
    .where(and(eq(keyBlobs.chatId, chatId), eq(keyBlobs.userId, userId)))
    .returning({ epoch: keyBlobs.epoch });
}

const save = prepared((db, p: Params<KeyBlobRow>) => {
  const { chatId, epoch, sessionId, userId, blob, senderSessionId, senderPublicKey, createdAt } = p;
  return db
    .insert(keyBlobs)
    .values({ chatId, epoch, sessionId, userId, blob, senderSessionId, senderPublicKey, createdAt })
    .onConflictDoUpdate({
      target: [keyBlobs.chatId, keyBlobs.epoch, keyBlobs.sessionId],
      set: {
        blob: sql`excluded.blob`,
        senderSessionId: sql`excluded.sender_session_id`,
        senderPublicKey: sql`excluded.sender_public_key`,
        createdAt: sql`excluded.created_at`,
      },
    });
});

export async function saveBlob(db: Queries, row: KeyBlobRow): Promise<void> {
  await save(db, row);
}

/** Sets the session that may make this epoch's key. False if the epoch has moved on. */
export async function setGenerator(
  db: Queries,
  chatId: number,
  epoch: number,
  sessionId: string | null,
): Promise<boolean> {
  const rows = await db
    .update(chats)
    .set({ generatorSessionId: sessionId })
    .where(and(eq(chats.id, chatId), eq(chats.epoch, epoch), isNull(chats.deletedAt)))
    .returning({ id: chats.id });
  return rows.length > 0;
}

/** Staff above an owner may have banned them from their own chat. */
const isNotBanned = (db: Queries) =>
  notExists(
    db
      .select({ one: sql`1` })
      .from(chatBans)
      .where(and(eq(chatBans.chatId, chats.id), eq(chatBans.userId, chats.ownerId))),
  );

const ofMembers = prepared((db, p: Params<{ chatId: number; epoch: number; now: number }>) =>
  db
    .select({
      sessionId: sessions.id,
      userId: sessions.userId,
      publicKey: sessions.publicKey,
      signingKey: sessions.signingKey,
    })
    .from(sessions)
    .where(
      and(
        isNull(sessions.endedAt),
        gt(sessions.expiresAt, p.now),
        isNotNull(sessions.publicKey),
        or(
          inArray(
            sessions.userId,
            db.select({ id: chatMembers.userId }).from(chatMembers).where(eq(chatMembers.chatId, p.chatId)),
          ),
          inArray(
            sessions.userId,
            db
              .select({ id: chats.ownerId })
              .from(chats)
              .where(and(eq(chats.id, p.chatId), isNotBanned(db))),
          ),
        ),
        notExists(
          db
            .select({ one: sql`1` })
            .from(keyBlobs)
            .where(
              and(eq(keyBlobs.chatId, p.chatId), eq(keyBlobs.epoch, p.epoch), eq(keyBlobs.sessionId, sessions.id)),
            ),
        ),
      ),
    ),
);

/**
 * Registered sessions that lack this epoch's key, connected or not: of the owner and members, or of a direct chat's
 * participants.
 */
export async function listMembersWithoutKey(
  db: Queries,
  chat: KeyedChat,
  epoch: number,
  now: number,
): Promise<RegisteredSession[]> {
  if (chat.isDirect) {
    const holders = new Set(await listHolders(db, chat.id, epoch));
    return (await listJoined(db, chat.id, now)).filter(({ sessionId }) => !holders.has(sessionId));
  }
  const rows = await ofMembers(db, { chatId: chat.id, epoch, now });
  return rows.flatMap(({ sessionId, userId, publicKey, signingKey }) =>
    publicKey === null ? [] : [{ sessionId, person: personOf({ sessionId, userId }), publicKey, signingKey }],
  );
}

const ownerOf = prepared((db, p: Params<{ chatId: number }>) =>
  db
    .select({ ownerId: chats.ownerId })
    .from(chats)
    .where(and(eq(chats.id, p.chatId), isNotBanned(db))),
);
const membership = prepared((db, p: Params<{ chatId: number; userId: number }>) =>
  db
    .select({ userId: chatMembers.userId })
    .from(chatMembers)
    .where(and(eq(chatMembers.chatId, p.chatId), eq(chatMembers.userId, p.userId))),
);

/** Whether the person is the chat's member, or its owner and not banned from it. */
export async function isOwnerOrMember(db: Queries, chatId: number, person: PersonId): Promise<boolean> {
  const userId = userIdOf(person);
  if (userId === undefined) return false;
  if ((await membership(db, { chatId, userId })).length > 0) return true;
  return (await ownerOf(db, { chatId }))[0]?.ownerId === userId;
}

const theirs = prepared((db, p: Params<{ userId: number }>) =>
  db
    .select({ id: chats.id })
    .from(chats)
    .where(
      and(
        isNull(chats.deletedAt),
        or(
          eq(chats.ownerId, p.userId),
          inArray(
            chats.id,
            db.select({ id: chatMembers.chatId }).from(chatMembers).where(eq(chatMembers.userId, p.userId)),
          ),
        ),
      ),
    ),
);

/** The chats that the user owns or is a member of. */
export async function listChatsOf(db: Queries, userId: number): Promise<number[]> {
  return (await theirs(db, { userId })).map(({ id }) => id);
}

/**
 * The sessions among these that lack this epoch's key and belong to the chat: in the room, or of the owner or a member.
 * In a direct chat, a session with a key there belongs.
 */
export async function listLacking(
  db: Queries,
  chat: KeyedChat,
  epoch: number,
  ids: readonly string[],
  here: ReadonlySet<string>,
  now: number,
): Promise<RegisteredSession[]> {
  const lacking: RegisteredSession[] = [];
  for (const session of await listRecipients(db, chat, epoch, ids, now)) {
    const { sessionId, person, hasBlob } = session;
    if (hasBlob) continue;
    const belongs = chat.isDirect || here.has(sessionId) || (await isOwnerOrMember(db, chat.id, person));
    if (belongs) lacking.push(session);
  }
  return lacking;
}

const dropped = prepared((db, p: Params<{ chatId: number; epoch: number; sessionId: string }>) =>
  db
    .delete(keyBlobs)
    .where(and(eq(keyBlobs.chatId, p.chatId), eq(keyBlobs.epoch, p.epoch), eq(keyBlobs.sessionId, p.sessionId)))
    .returning({ senderSessionId: keyBlobs.senderSessionId }),
);

/** Deletes a session's blob. Returns the session that sealed it; undefined if there was none. */
export async function takeBlob(db: Queries, chatId: number, epoch: number, sessionId: string) {
  return (await dropped(db, { chatId, epoch, sessionId }))[0]?.senderSessionId;
}
