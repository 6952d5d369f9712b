import { sha512 } from '@noble/hashes/sha2.js';
import { decodePublicKey } from './key-pair.ts';
import { KEY_BYTES } from './nacl.ts';

const GROUPS = 12;
const GROUP_BYTES = 5;
const GROUP_DIGITS = 5;

/** The public keys of a session, base64. `signingKey` is null or missing for clients that do not sign. */
export type PublicKeys = { readonly publicKey: string; readonly signingKey?: string | null };

/**
 * Sixty decimal digits, the same for everyone who sees the same public keys.
 *
 * Each session is a record of 64 bytes: its X25519 key and its Ed25519 key, or 32 zero bytes if it has none. The records are
 * sorted bytewise, without duplicates, and concatenated. The first 60 bytes of their SHA-512 make 12 groups: 5 bytes each,
 * big-endian, modulo 100000, written with 5 digits. The last 4 bytes are unused.
 * @param sessions in any order; a string is a session that does not sign
 * @throws SealError `ERR_BASE64_INVALID`, `ERR_KEY_INVALID`
 */
export function safetyNumber(sessions: Iterable<string | PublicKeys>): string {
  const records = new Map<string, Uint8Array>();
  for (const session of sessions) {
    const { publicKey, signingKey = null } = typeof session === 'string' ? { publicKey: session } : session;
    records.set(`${publicKey} ${signingKey}`, recordOf(publicKey, signingKey));
  }
  const hash = sha512.create();
  for (const record of [...records.values()].sort(compareBytes)) hash.update(record);
  const digest = hash.digest();
  let digits = '';
  for (let group = 0; group < GROUPS; group += 1) {
    digits += groupOf(digest.subarray(group * GROUP_BYTES, (group + 1) * GROUP_BYTES));
  }
  return digits;
}

function recordOf(publicKey: string, signingKey: string | null): Uint8Array {
  const record = new Uint8Array(2 * KEY_BYTES);
  record.set(decodePublicKey(publicKey));
  if (signingKey !== null) record.set(decodePublicKey(signingKey), KEY_BYTES);
  return record;
}

/** Formats the sixty digits for reading aloud: twelve groups separated by spaces. */
export function formatSafetyNumber(digits: string): string {
  return digits.replace(/\d{5}(?=\d)/g, '$& ');
}

function groupOf(bytes: Uint8Array): string {
  // Forty bits fit a number, but shifts would truncate them to 32.
  const value = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  return String(value % 10 ** GROUP_DIGITS).padStart(GROUP_DIGITS, '0');
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (const [at, byte] of a.entries()) {
    const difference = byte - (b[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
