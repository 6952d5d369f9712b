import { createHmac, hash, timingSafeEqual } from 'node:crypto';
import { base62Of, type Random, randomBase62 } from './random.ts';

/** SHA-256 in hexadecimal: stored in place of a random secret. */
export function sha256(text: string): string {
  return hash('sha256', text);
}

/** A keyed hash under the instance's secret, for values too short to hash alone (login codes). */
export function keyedHash(secret: Uint8Array, text: string): Buffer {
  return createHmac('sha256', secret).update(text).digest();
}

/** Compares two texts in constant time. */
export function sameText(a: string, b: string): boolean {
  return timingSafeEqual(Buffer.from(sha256(a)), Buffer.from(sha256(b)));
}

export type KeyPrefix = 'hbot_' | 'hpub_';

const BODY_LENGTH = 32;
const CHECKSUM_LENGTH = 6;

/** A new API key: prefix, 32 random characters (190 bits), and a checksum that lets scanners and clients spot a typo. */
export function newApiKey(random: Random, prefix: KeyPrefix): string {
  return withChecksum(prefix, randomBase62(random, BODY_LENGTH));
}

/** The API key derived from `secret` and `label`: it can be printed again without being stored. */
export function derivedApiKey(secret: Uint8Array, prefix: KeyPrefix, label: string): string {
  return withChecksum(prefix, base62Of(keyedHash(secret, label), BODY_LENGTH));
}

/** Whether a text has this prefix and a valid checksum, so that junk never reaches the database. */
export function isWellFormedApiKey(key: string, prefix: KeyPrefix): boolean {
  const length = prefix.length + BODY_LENGTH + CHECKSUM_LENGTH;
  if (key.length !== length || !key.startsWith(prefix)) return false;
  return key === withChecksum(prefix, key.slice(prefix.length, prefix.length + BODY_LENGTH));
}

function withChecksum(prefix: KeyPrefix, body: string): string {
  const sum = Bun.hash.crc32(prefix + body);
  return prefix + body + base62Of(new Uint8Array([sum >>> 24, sum >>> 16, sum >>> 8, sum]), CHECKSUM_LENGTH);
}

/** A new session token: 32 random bytes in base64url. */
export function newSessionToken(random: Random): string {
  return Buffer.from(random.bytes(32)).toString('base64url');
}
