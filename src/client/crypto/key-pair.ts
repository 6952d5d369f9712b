import { hkdf } from '@noble/hashes/hkdf.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { decodeBase64, encodeBase64 } from './base64.ts';
import { KEY_BYTES, publicKeyOf } from './nacl.ts';
import { type RandomBytes, secureRandom } from './random.ts';
import { SealError } from './seal-error.ts';

/** An X25519 key pair. The public half is kept as base64, as it travels; the secret half as bytes. */
export type KeyPair = { readonly publicKey: string; readonly secretKey: Uint8Array };

/** Creates a session key pair. */
export function createKeyPair(random: RandomBytes = secureRandom): KeyPair {
  return keyPairFrom(random(KEY_BYTES));
}

/** Derives a key pair for one use from another's secret half. Nobody without that half can tell that they belong together. */
export function deriveKeyPair({ secretKey }: KeyPair, use: string): KeyPair {
  return keyPairFrom(hkdf(sha512, secretKey, undefined, new TextEncoder().encode(use), KEY_BYTES));
}

/**
 * Derives the key pair of a 32-byte secret key.
 * @throws SealError `ERR_KEY_INVALID`
 */
export function keyPairFrom(secretKey: Uint8Array): KeyPair {
  return { publicKey: encodeBase64(publicKeyOf(secretKey)), secretKey };
}

/**
 * Decodes a public key from base64 to its 32 bytes.
 * @throws SealError `ERR_BASE64_INVALID`, `ERR_KEY_INVALID`
 */
export function decodePublicKey(publicKey: string): Uint8Array<ArrayBuffer> {
  const bytes = decodeBase64(publicKey);
  if (bytes.length !== KEY_BYTES) throw new SealError('ERR_KEY_INVALID', `A public key must have ${KEY_BYTES} bytes`);
  return bytes;
}
