import { decodeBase64, encodeBase64 } from './base64.ts';
import { KEY_BYTES, publicKeyOf } from './nacl.ts';
import { type RandomBytes, secureRandom } from './random.ts';
import { SealError } from './seal-error.ts';

/** An X25519 key pair. The public half travels as base64, so it is kept as such; the secret half stays bytes. */
export type KeyPair = { readonly publicKey: string; readonly secretKey: Uint8Array };

/** A new session key pair. */
export function createKeyPair(random: RandomBytes = secureRandom): KeyPair {
  return keyPairFrom(random(KEY_BYTES));
}

/**
 * The key pair that belongs to a secret key of 32 bytes.
 * @throws SealError `ERR_KEY_INVALID`
 */
export function keyPairFrom(secretKey: Uint8Array): KeyPair {
  return { publicKey: encodeBase64(publicKeyOf(secretKey)), secretKey };
}

/**
 * Base64 from the wire to the 32 bytes of a public key.
 * @throws SealError `ERR_BASE64_INVALID`, `ERR_KEY_INVALID`
 */
export function decodePublicKey(publicKey: string): Uint8Array {
  const bytes = decodeBase64(publicKey);
  if (bytes.length !== KEY_BYTES) throw new SealError('ERR_KEY_INVALID', `A public key has ${KEY_BYTES} bytes`);
  return bytes;
}
