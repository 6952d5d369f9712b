import { hsalsa, xsalsa20poly1305 } from '@noble/ciphers/salsa.js';
import { SealError } from './seal-error.ts';
import { x25519 } from './x25519.ts';

/** NaCl's lengths, in bytes. */
export const KEY_BYTES = 32;
export const NONCE_BYTES = 24;
export const TAG_BYTES = 16;

const SIGMA = wordsOf(new TextEncoder().encode('expand 32-byte k'));

/** The public key of an X25519 secret key. */
export function publicKeyOf(secretKey: Uint8Array): Uint8Array {
  requireKey(secretKey);
  return x25519.getPublicKey(secretKey);
}

/** `crypto_secretbox_easy`: tag (16) ‖ ciphertext. */
export function secretbox(key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array): Uint8Array {
  requireKey(key);
  requireNonce(nonce);
  return xsalsa20poly1305(key, nonce).encrypt(plaintext);
}

/** @throws SealError `ERR_SEAL_BROKEN` if the key is wrong or a bit was changed */
export function openSecretbox(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array): Uint8Array {
  requireKey(key);
  requireNonce(nonce);
  try {
    return xsalsa20poly1305(key, nonce).decrypt(sealed);
  } catch (cause) {
    throw new SealError('ERR_SEAL_BROKEN', 'The seal does not open with this key', { cause });
  }
}

/** `crypto_box_beforenm`: the shared key of two key pairs, the same on both sides. */
export function sharedKey(theirPublicKey: Uint8Array, ownSecretKey: Uint8Array): Uint8Array {
  requireKey(theirPublicKey);
  requireKey(ownSecretKey);
  const words = new Uint32Array(KEY_BYTES / 4);
  hsalsa(SIGMA, wordsOf(agree(theirPublicKey, ownSecretKey)), new Uint32Array(4), words);
  return new Uint8Array(words.buffer);
}

/** `crypto_box_easy`: tag (16) ‖ ciphertext. */
export function box(theirPublicKey: Uint8Array, ownSecretKey: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array) {
  return secretbox(sharedKey(theirPublicKey, ownSecretKey), nonce, plaintext);
}

/** @throws SealError `ERR_SEAL_BROKEN` if a key is wrong or a bit was changed */
export function openBox(theirPublicKey: Uint8Array, ownSecretKey: Uint8Array, nonce: Uint8Array, sealed: Uint8Array) {
  return openSecretbox(sharedKey(theirPublicKey, ownSecretKey), nonce, sealed);
}

/** Like libsodium, noble rejects public keys of low order, whose shared key anyone could compute. */
function agree(theirPublicKey: Uint8Array, ownSecretKey: Uint8Array): Uint8Array {
  try {
    return x25519.getSharedSecret(ownSecretKey, theirPublicKey);
  } catch (cause) {
    throw new SealError('ERR_KEY_INVALID', 'The public key is not usable', { cause });
  }
}

/** Copies the bytes, since a view of 32-bit words must be aligned. */
function wordsOf(bytes: Uint8Array): Uint32Array {
  return new Uint32Array(Uint8Array.from(bytes).buffer);
}

function requireKey(key: Uint8Array): void {
  if (key.length !== KEY_BYTES) throw new SealError('ERR_KEY_INVALID', `A key must have ${KEY_BYTES} bytes`);
}

function requireNonce(nonce: Uint8Array): void {
  if (nonce.length !== NONCE_BYTES) throw new SealError('ERR_SEAL_BROKEN', `A nonce must have ${NONCE_BYTES} bytes`);
}
