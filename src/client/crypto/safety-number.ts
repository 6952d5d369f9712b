import { sha512 } from '@noble/hashes/sha2.js';
import { decodePublicKey } from './key-pair.ts';

const GROUPS = 12;
const GROUP_BYTES = 5;
const GROUP_DIGITS = 5;

/**
 * Sixty decimal digits, the same for everyone who sees the same public keys.
 *
 * The raw keys (32 bytes each) are sorted bytewise, without duplicates, and concatenated. The first 60 bytes of their SHA-512
 * make 12 groups: 5 bytes each, big-endian, modulo 100000, written with 5 digits. The last 4 bytes are unused.
 * @param publicKeys base64, in any order
 * @throws SealError `ERR_BASE64_INVALID`, `ERR_KEY_INVALID`
 */
export function safetyNumber(publicKeys: Iterable<string>): string {
  const keys = [...new Set(publicKeys)].map(decodePublicKey).sort(compareBytes);
  const hash = sha512.create();
  for (const key of keys) hash.update(key);
  const digest = hash.digest();
  let digits = '';
  for (let group = 0; group < GROUPS; group += 1) {
    digits += groupOf(digest.subarray(group * GROUP_BYTES, (group + 1) * GROUP_BYTES));
  }
  return digits;
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
