import { openSignedEnvelope, parseEnvelope } from '../crypto/envelope.ts';
import type { Plaintext } from '../crypto/plaintext.ts';
import { SealError, type SealErrorCode } from '../crypto/seal-error.ts';
import type { HistoryEntry, PermissionLevel, Sender } from '../wire.ts';

const ENTRY_EPOCH = /^[0-9a-f]{16}$/i;

/**
 * `waiting`: its key may still arrive. `lost`: its epoch is over, and its key will not come. `broken`: it does not open, or is
 * of a kind that this client does not know. `refused`: it contradicts what the server says about it.
 */
export type MessageState = 'open' | 'waiting' | 'lost' | 'broken' | 'refused';

/**
 * `signed`: by a key that was in the list for this person. `unverified`: by a key that this client has never seen for them.
 * `unsigned`: by an older client.
 */
export type Authorship = 'signed' | 'unverified' | 'unsigned';

/** A message for display. When it is opened or verified later, a new object takes its place. */
export type RoomMessage = {
  readonly id: string;
  readonly chatId: number;
  readonly sender: Sender | null;
  /** The sender's level when it was sent. */
  readonly permissionLevel: PermissionLevel | null;
  readonly type: 'user' | 'system';
  /** 0 for a system message. */
  readonly epoch: number;
  /** ISO 8601, in UTC. */
  readonly timestamp: string;
  /** The text; null while the message is sealed. */
  readonly body: string | null;
  /** True while it cannot be opened. */
  readonly sealed: boolean;
  readonly state: MessageState;
  /** How far its author is certain. Null for a system message, and while it is sealed. */
  readonly author: Authorship | null;
  /** The key that signed it, base64. */
  readonly signedBy: string | null;
  /** Why it will never open. Null if it is open, or its key may still arrive. */
  readonly failure: SealErrorCode | null;
  readonly entry: HistoryEntry;
};

/** Finds the chat keys of an epoch. */
export type KeysOf = (epoch: number) => readonly Uint8Array[];

/** An entry as far as it can be read without checking a signature. Without `proof` nothing is left to check. */
export type Draft = { readonly message: RoomMessage; readonly proof: Plaintext['proof'] };

/** Reads a history entry and opens it if there is a key; otherwise it is `{ body: null, sealed: true }`. */
export function readEntry(entry: HistoryEntry, keysOf: KeysOf, currentEpoch: number): Draft {
  const { id, chat_id: chatId, sender, permission_level: permissionLevel, type, timestamp } = entry;
  const epoch = epochOf(entry);
  const about = { id, chatId, sender, permissionLevel, type, timestamp, entry, epoch };
  const sealed = { ...about, body: null, sealed: true, author: null, signedBy: null };
  const open = { ...about, sealed: false, state: 'open', failure: null } as const;
  if (epoch === 0 && type === 'system') {
    return { message: { ...open, body: entry.content, author: null, signedBy: null }, proof: null };
  }
  try {
    const plaintext = openEntry(entry, epoch, keysOf(epoch));
    if (!plaintext) {
      const state = epoch < currentEpoch ? 'lost' : 'waiting';
      return { message: { ...sealed, state, failure: null }, proof: null };
    }
    const { body, proof } = plaintext;
    return {
      message: { ...open, body, author: proof ? 'unverified' : 'unsigned', signedBy: proof?.from ?? null },
      proof,
    };
  } catch (error) {
    const failure = error instanceof SealError ? error.code : 'ERR_INVALID_ENVELOPE';
    return { message: { ...sealed, state: 'broken', failure }, proof: null };
  }
}

/** The message without its text: it is not what the server says. */
export function refusedMessage(message: RoomMessage, failure: SealErrorCode): RoomMessage {
  return { ...message, body: null, sealed: true, state: 'refused', author: null, failure };
}

/** Null if no key is known. Plain text can never pass as a user's: an envelope's epoch is at least 1. */
function openEntry(entry: HistoryEntry, epoch: number, keys: readonly Uint8Array[]): Plaintext | null {
  const envelope = parseEnvelope(entry.content);
  if (envelope.epoch !== epoch)
    throw new SealError('ERR_INVALID_ENVELOPE', 'The epoch differs from that of the envelope');
  let failure: unknown;
  for (const key of keys) {
    try {
      return openSignedEnvelope(envelope, key);
    } catch (error) {
      failure = error;
    }
  }
  if (failure) throw failure;
  return null;
}

function epochOf(entry: HistoryEntry): number {
  if (!ENTRY_EPOCH.test(entry.epoch)) return Number.NaN;
  return Number(BigInt(`0x${entry.epoch}`));
}
