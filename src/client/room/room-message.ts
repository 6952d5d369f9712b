import { openEnvelope, parseEnvelope } from '../crypto/envelope.ts';
import { SealError, type SealErrorCode } from '../crypto/seal-error.ts';
import type { HistoryEntry, PermissionLevel, Sender } from '../wire.ts';

const ENTRY_EPOCH = /^[0-9a-f]{16}$/i;

/** A message for display. When it is opened later, a new object takes its place. */
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
  /** Why it will never open. Null if it is open, or its key may still arrive. */
  readonly failure: SealErrorCode | null;
  readonly entry: HistoryEntry;
};

/** Finds the chat keys of an epoch. */
export type KeysOf = (epoch: number) => readonly Uint8Array[];

/** Reads a history entry and opens it if there is a key; otherwise it is `{ body: null, sealed: true }`. */
export function readEntry(entry: HistoryEntry, keysOf: KeysOf): RoomMessage {
  const { id, chat_id: chatId, sender, permission_level: permissionLevel, type, timestamp } = entry;
  const about = { id, chatId, sender, permissionLevel, type, timestamp, entry };
  const epoch = epochOf(entry);
  if (epoch === 0 && type === 'system') return { ...about, epoch, body: entry.content, sealed: false, failure: null };
  try {
    const body = openEntry(entry, epoch, keysOf(epoch));
    return { ...about, epoch, body, sealed: body === null, failure: null };
  } catch (error) {
    const failure = error instanceof SealError ? error.code : 'ERR_INVALID_ENVELOPE';
    return { ...about, epoch, body: null, sealed: true, failure };
  }
}

/** Null if no key is known. Plain text can never pass as a user's: an envelope's epoch is at least 1. */
function openEntry(entry: HistoryEntry, epoch: number, keys: readonly Uint8Array[]): string | null {
  const envelope = parseEnvelope(entry.content);
  if (envelope.epoch !== epoch)
    throw new SealError('ERR_INVALID_ENVELOPE', 'The epoch differs from that of the envelope');
  let failure: unknown;
  for (const key of keys) {
    try {
      return openEnvelope(envelope, key);
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
