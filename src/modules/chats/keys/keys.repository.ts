import { and, asc, eq, gt, inArray, isNotNull, isNull, notExists, or, sql } from 'drizzle-orm';
import { type Params, prepared, type Queries } from '../../../db/queries.ts';
import { sessions } from '../../people/sessions/sessions.tables.ts';
import { chatBans, chatMembers, chats } from '../chats/chats.tables.ts';
import { type KeyBlobRow, keyBlobs } from './keys.tables.ts';

const blobOf = prepared((db, p: Params<{ chatId: number; epoch: number; sessionId: string }>) =>
  db
    .select()
    .from(keyBlobs)
    .where(and(eq(keyBlobs.chatId, p.chatId), eq(keyBlobs.epoch, p.epoch), eq(keyBlobs.sessionId, p.sessionId))),
);

export async function findBlob(db: Queries, chatId: number, epoch: number, sessionId: string) {
  return (await blobOf(db, { chatId, epoch, sessionId }))[0];
}

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

export async function deleteBlobsOfSession(db: Queries, sessionId: string): Promise<void> {
  await db.delete(keyBlobs).where(eq(keyBlobs.sessionId, sessionId)).returning({ epoch: keyBlobs.epoch });
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
    })
    .returning({ epoch: keyBlobs.epoch });
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

const publicKeyOf = prepared((db, p: Params<{ sessionId: string; now: number }>) =>
  db
    .select({ userId: sessions.userId, publicKey: sessions.publicKey })
    .from(sessions)
    .where(and(eq(sessions.id, p.sessionId), isNull(sessions.endedAt), gt(sessions.expiresAt, p.now))),
);

/** The owner and public key of a live session. */
export async function findSessionKey(db: Queries, sessionId: string, now: number) {
  return (await publicKeyOf(db, { sessionId, now }))[0];
}

export async function setPublicKey(db: Queries, sessionId: string, publicKey: string): Promise<void> {
  await db.update(sessions).set({ publicKey }).where(eq(sessions.id, sessionId)).returning({ id: sessions.id });
}

const registered = { sessionId: sessions.id, userId: sessions.userId, publicKey: sessions.publicKey };
export type RegisteredSession = { sessionId: string; userId: number; publicKey: string };

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

/** Live sessions with a key, by id. One query each: cheaper than building one for many. */
export async function listRegistered(db: Queries, ids: readonly string[], now: number): Promise<RegisteredSession[]> {
  const found: RegisteredSession[] = [];
  for (const sessionId of ids) {
    const session = await findSessionKey(db, sessionId, now);
    if (session?.publicKey && session.userId !== null)
      found.push({ sessionId, userId: session.userId, publicKey: session.publicKey });
  }
  return found;
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
    .select(registered)
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

/** Registered sessions of the owner and members that lack this epoch's key, connected or not. */
export async function listMembersWithoutKey(
  db: Queries,
  chatId: number,
  epoch: number,
  now: number,
): Promise<RegisteredSession[]> {
  return (await ofMembers(db, { chatId, epoch, now })) as RegisteredSession[];
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

/** Whether the user is the chat's member, or its owner and not banned from it. */
export async function isOwnerOrMember(db: Queries, chatId: number, userId: number): Promise<boolean> {
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
 */
export async function listLacking(
  db: Queries,
  chatId: number,
  epoch: number,
  ids: readonly string[],
  here: ReadonlySet<string>,
  now: number,
): Promise<RegisteredSession[]> {
  const lacking: RegisteredSession[] = [];
  for (const session of await listRegistered(db, ids, now)) {
    const { sessionId, userId } = session;
    const belongs = here.has(sessionId) || (await isOwnerOrMember(db, chatId, userId));
    if (belongs && !(await findBlob(db, chatId, epoch, sessionId))) lacking.push(session);
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
