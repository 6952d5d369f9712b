import { x25519 } from '@noble/curves/ed25519.js';
import type { Clock } from '../../../core/clock.ts';
import { MINUTE_MS, secondsToWait } from '../../../core/durations.ts';
import {
  AppError,
  accountRequired,
  type ErrorKind,
  invalid,
  rateLimited,
  unauthenticated,
} from '../../../core/errors.ts';
import { type Guest, personOf, userIdOf } from '../../../core/principal.ts';
import type { Queries } from '../../../db/queries.ts';
import type { Unit, Units } from '../../../db/units.ts';
import type { Presence } from '../../../ports/presence.ts';
import type { RateLimiter } from '../../../ports/rate-limiter.ts';
import { chatErrors } from '../chats/chats.errors.ts';
import { messageErrors } from '../messages/messages.errors.ts';
import type { Voice } from '../voice/voice.ts';
import { findCurrentBlob, listSomeHolders } from './current-blob.repository.ts';
import { e2eeErrors } from './keys.errors.ts';
import type { E2eeEvent, SharedBlob } from './keys.events.ts';
import type { KeyForSession, RegisteredKey } from './keys.model.ts';
import * as repository from './keys.repository.ts';
import { rotate } from './keys.rotation.ts';
import { joinedLater } from './newcomers.repository.ts';
import * as sessionKeys from './session-keys.repository.ts';

type Deps = {
  read: Queries;
  units: Pick<Units<E2eeEvent>, 'run'>;
  clock: Clock;
  presence: Pick<Presence, 'hasSession'>;
  /** Open requests; see keys.distribution.ts. */
  asked: Asked;
  limiter: RateLimiter;
  limits: { enabled: boolean };
  voice: Pick<Voice, 'isDirect' | 'isDirectOf' | 'sessionIn'>;
};

export type Asked = {
  /** The public key that this distributor was asked to seal for, if this recipient was in its request. */
  keyAskedFor(chatId: number, epoch: number, distributorId: string, recipientId: string): string | undefined;
  /** Whether the recipient rejected the key from this sender. */
  isRefused(chatId: number, epoch: number, senderId: string, recipientId: string): boolean;
};

export type KeyShare = { chatId: number; epoch: number; keys: readonly { session_id: string; blob: string }[] };
export type ShareResult = { accepted: string[]; rejected: { session_id: string; code: string }[] };

/** A client that cannot open anything must not keep the others sealing. */
const REJECTIONS = { limit: 10, windowMs: MINUTE_MS };
const BLOB = /^[A-Za-z0-9+/]{96}$/;

export type E2ee = ReturnType<typeof createE2ee>;

export function createE2ee({ read, units, clock, presence, asked, limiter, limits, voice }: Deps) {
  const keyedChat = (id: number): sessionKeys.KeyedChat => ({ id, isDirect: voice.isDirect(id) });

  async function requireJoined(who: Guest, chatId: number): Promise<void> {
    if (await presence.hasSession(chatId, who.sessionId)) return;
    // Of a direct chat of others a stranger learns as little as of one that does not exist.
    throw who.kind === 'stranger' && !voice.isDirectOf(chatId, personOf(who))
      ? accountRequired()
      : messageErrors.notJoined();
  }

  /** The sessions that a client means. In a direct chat it knows them by pseudonyms. */
  async function sessionsMeant(db: Queries, chatId: number, ids: readonly string[]): Promise<Map<string, string>> {
    if (!voice.isDirect(chatId)) return new Map(ids.map((id) => [id, id]));
    const joined = await sessionKeys.listJoined(db, chatId, clock.now());
    return new Map(joined.map(({ sessionId }) => [voice.sessionIn(chatId, sessionId), sessionId]));
  }

  /** Requires that this session may share the key of the current epoch. */
  async function requireSharer(db: Queries, sessionId: string, { chatId, epoch, keys }: KeyShare) {
    const state = await repository.findKeyState(db, chatId);
    if (!state) throw chatErrors.notFound();
    if (state.epoch !== epoch) throw messageErrors.epochMismatch({ epoch: state.epoch });
    const holds = await repository.holdsKey(db, chatId, epoch, sessionId);
    const sender = await sessionKeys.findKeyIn(db, keyedChat(chatId), sessionId, clock.now());
    if (!sender) throw e2eeErrors.noSessionKey();
    const isClosed = !state.historyVisible && state.spokenEpoch === epoch;
    if (holds) return { publicKey: sender.publicKey, makesKey: false, isClosed };
    // Two sessions that each make a key would split the chat, so only the appointed one may.
    if (await repository.hasAnyBlob(db, chatId, epoch)) throw messageErrors.noRoomKey();
    if (state.generatorSessionId !== sessionId) throw e2eeErrors.notAsked();
    const ownName = voice.sessionIn(chatId, sessionId);
    if (!keys.some(({ session_id }) => session_id === ownName)) throw e2eeErrors.selfMissing();
    return { publicKey: sender.publicKey, makesKey: true, isClosed };
  }

  /** The reason to refuse this recipient's blob, if any. */
  async function objection(
    db: Queries,
    senderId: string,
    { chatId, epoch }: KeyShare,
    isClosed: boolean,
    blob: string,
    recipient: sessionKeys.Recipient | undefined,
  ): Promise<ErrorKind | undefined> {
    if (!BLOB.test(blob)) return e2eeErrors.badBlob;
    if (!recipient) return e2eeErrors.noRecipient;
    const { sessionId, person, hasBlob } = recipient;
    const isHere = voice.isDirect(chatId) || (await presence.hasSession(chatId, sessionId));
    if (!isHere && !(await repository.isOwnerOrMember(db, chatId, person))) return e2eeErrors.noRecipient;
    if (isClosed && (await joinedLater(db, chatId, epoch, person))) return e2eeErrors.tooEarly;
    if (asked.isRefused(chatId, epoch, senderId, sessionId)) return e2eeErrors.refused;
    const askedKey = asked.keyAskedFor(chatId, epoch, senderId, sessionId);
    if (askedKey !== undefined && askedKey !== recipient.publicKey) return e2eeErrors.keyChanged;
    return hasBlob && askedKey === undefined ? e2eeErrors.present : undefined;
  }

  async function keyFor(chatId: number, sessionId: string): Promise<{ epoch: number; key: KeyForSession | null }> {
    const found = await findCurrentBlob(read, chatId, sessionId);
    if (!found) throw chatErrors.notFound();
    const { epoch, blob, senderSessionId, senderPublicKey } = found;
    if (blob === null || senderSessionId === null || senderPublicKey === null) return { epoch, key: null };
    const sender_session_id = voice.sessionIn(chatId, senderSessionId);
    return { epoch, key: { blob, sender_session_id, sender_public_key: senderPublicKey } };
  }

  return {
    /** Registers the session's keys. A different public key discards everything sealed for the old one. */
    async registerKey(who: Guest, { publicKey, signingKey }: sessionKeys.KeyPair): Promise<RegisteredKey> {
      requireUsable(publicKey);
      return units.run('register key', async ({ db, emit }) => {
        const session = await sessionKeys.findSessionKey(db, who.sessionId, clock.now());
        if (!session) throw unauthenticated();
        const isSameKey = session.publicKey === publicKey;
        if (isSameKey && session.signingKey === signingKey) return { status: 'unchanged' };
        if (session.publicKey && !isSameKey) await sessionKeys.deleteBlobsOfOwnKey(db, who.sessionId);
        await sessionKeys.setSessionKeys(db, who.sessionId, { publicKey, signingKey });
        const person = personOf(who);
        emit({ name: 'session.key_registered', sessionId: who.sessionId, person, publicKey, signingKey });
        return { status: 'registered' };
      });
    },

    /**
     * Accepts sealed chat keys. A holder may bring the key to sessions that lack it; only the appointed session may
     * make a new one. A second blob for a session is accepted only from the distributor that was asked for it.
     */
    async shareKeys(who: Guest, share: KeyShare): Promise<ShareResult> {
      const { chatId, epoch, keys } = share;
      await requireJoined(who, chatId);
      return units.run('share keys', async ({ db, emit }) => {
        const { publicKey, makesKey, isClosed } = await requireSharer(db, who.sessionId, share);
        const meant = await sessionsMeant(
          db,
          chatId,
          keys.map(({ session_id }) => session_id),
        );
        const ids = [...meant.values()];
        const found = await sessionKeys.listRecipients(db, keyedChat(chatId), epoch, ids, clock.now());
        const recipients = new Map(found.map((session) => [session.sessionId, session]));
        const blobs = new Map<string, SharedBlob>();
        const accepted: string[] = [];
        const rejected: ShareResult['rejected'] = [];
        for (const { session_id, blob } of keys) {
          // A session's id from elsewhere means nothing in a direct chat: an answer about it would tell whose it is.
          const sessionId = meant.get(session_id) ?? '';
          const refused = blobs.has(sessionId)
            ? e2eeErrors.present
            : await objection(db, who.sessionId, share, isClosed, blob, recipients.get(sessionId));
          if (refused) rejected.push({ session_id, code: refused.code });
          else {
            blobs.set(sessionId, { sessionId, blob });
            accepted.push(session_id);
          }
        }
        // Nobody may hold a key that its maker lacks.
        if (makesKey && !blobs.has(who.sessionId)) return { accepted: [], rejected };
        for (const { sessionId, blob } of blobs.values()) {
          const person = recipients.get(sessionId)?.person;
          await repository.saveBlob(db, {
            chatId,
            epoch,
            sessionId,
            userId: voice.isDirect(chatId) || !person ? null : (userIdOf(person) ?? null),
            blob,
            senderSessionId: who.sessionId,
            senderPublicKey: publicKey,
            createdAt: clock.now(),
          });
        }
        if (makesKey) await repository.setGenerator(db, chatId, epoch, null);
        emit({
          name: 'key.shared',
          chatId,
          epoch,
          senderSessionId: who.sessionId,
          senderPublicKey: publicKey,
          blobs: [...blobs.values()],
        });
        return { accepted, rejected };
      });
    },

    requireUsable,

    /**
     * In the caller's unit: a session joins a direct chat, with keys for this chat, or null for its own. `key` is what
     * counts there now. A replaced key drops what was sealed for the one before.
     */
    async bringAlong(db: Queries, chatId: number, sessionId: string, keys: sessionKeys.KeyPair | null) {
      const chat = { id: chatId, isDirect: true };
      const before = await sessionKeys.findKeyIn(db, chat, sessionId, clock.now());
      await sessionKeys.saveKeysIn(db, chatId, sessionId, keys);
      const key = await sessionKeys.findKeyIn(db, chat, sessionId, clock.now());
      const isReplaced = before !== undefined && before.publicKey !== key?.publicKey;
      if (isReplaced) await repository.deleteBlob(db, chatId, sessionId);
      const isNew = before?.publicKey !== key?.publicKey || before?.signingKey !== key?.signingKey;
      return { key, isNew, isReplaced };
    },

    rotate,

    /**
     * Drops the caller's blob, which does not open, and asks senders other than the last. Throws `ERR_NOT_JOINED`,
     * `ERR_EPOCH_MISMATCH`, `ERR_RATE_LIMITED`.
     */
    async rejectKey(who: Guest, chatId: number, epoch: number): Promise<void> {
      await requireJoined(who, chatId);
      if (limits.enabled) {
        const { allowed, resetMs } = await limiter.consume(`key-rejections:${who.sessionId}`, REJECTIONS);
        if (!allowed) throw rateLimited({ retry_after: secondsToWait(resetMs) });
      }
      return units.run('reject key', async ({ db, emit }) => {
        const state = await repository.findKeyState(db, chatId);
        if (!state) throw chatErrors.notFound();
        if (state.epoch !== epoch) throw messageErrors.epochMismatch({ epoch: state.epoch });
        const senderId = await repository.takeBlob(db, chatId, epoch, who.sessionId);
        // Without a blob there is nothing to bring again.
        if (senderId !== undefined)
          emit({ name: 'key.rejected', chatId, epoch, senderSessionId: senderId, sessionId: who.sessionId });
      });
    },

    /** Hides earlier messages from a newcomer, in the caller's unit: a new epoch, unless this one is unused. */
    async closeHistory(unit: Unit<E2eeEvent>, chatId: number): Promise<void> {
      const state = await repository.findKeyState(unit.db, chatId);
      if (state && state.spokenEpoch === state.epoch) await rotate(unit, chatId, 'join');
    },

    /** The chat's epoch, and the key stored for this session. */
    keyFor,

    /** As `keyFor`, and some of the sessions that hold the key. */
    async keyAndHolders(chatId: number, sessionId: string, limit: number) {
      const current = await keyFor(chatId, sessionId);
      return { ...current, holders: limit > 0 ? await listSomeHolders(read, chatId, limit) : [] };
    },

    /** The user's sessions with a key of this chat, in the caller's unit. */
    sessionsWithKey: repository.listHoldersOfUser,

    /** Drops the keys of a user who has left the chat, in the caller's unit. */
    forgetUser: repository.deleteBlobsOfUser,
  };
}

/** Throws `ERR_VALIDATION` for a key that no one can seal for safely. */
function requireUsable(publicKey: string): void {
  if (!isUsablePublicKey(publicKey))
    throw invalid.saying('public_key is not a usable X25519 key')({ field: 'public_key' });
}

const probe = new Uint8Array(32).fill(7);

/** With a key on a small-order subgroup, every shared secret would be the same known value. */
function isUsablePublicKey(publicKey: string): boolean {
  try {
    x25519.getSharedSecret(probe, new Uint8Array(Buffer.from(publicKey, 'base64')));
    return true;
  } catch (error) {
    if (error instanceof AppError) throw error;
    return false;
  }
}
