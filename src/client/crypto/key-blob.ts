import { decodeBase64, encodeBase64 } from './base64.ts';
import { decodePublicKey, type KeyPair } from './key-pair.ts';
import { box, KEY_BYTES, NONCE_BYTES, openBox, TAG_BYTES } from './nacl.ts';
import { type RandomBytes, secureRandom } from './random.ts';
import { SealError } from './seal-error.ts';

/** nonce (24) ‖ tag (16) ‖ sealed chat key (32). */
export const KEY_BLOB_BYTES = NONCE_BYTES + TAG_BYTES + KEY_BYTES;

/** Creates a chat key: 32 random bytes that the server never sees. */
export function createChatKey(random: RandomBytes = secureRandom): Uint8Array {
  return random(KEY_BYTES);
}

/**
 * Seals a chat key (32 bytes) for one session: base64 of `nonce(24) ‖ box(chat_key)`.
 * @throws SealError `ERR_KEY_INVALID`, `ERR_BASE64_INVALID`
 */
export function sealKeyBlob(
  chatKey: Uint8Array,
  recipientPublicKey: string,
  sender: KeyPair,
  random: RandomBytes = secureRandom,
): string {
  if (chatKey.length !== KEY_BYTES) throw new SealError('ERR_KEY_INVALID', `A chat key must have ${KEY_BYTES} bytes`);
  const nonce = random(NONCE_BYTES);
  const blob = new Uint8Array(KEY_BLOB_BYTES);
  blob.set(nonce);
  blob.set(box(decodePublicKey(recipientPublicKey), sender.secretKey, nonce, chatKey), NONCE_BYTES);
  return encodeBase64(blob);
}

/**
 * Opens a key blob sealed for `recipient` by the owner of `senderPublicKey`.
 * @throws SealError `ERR_BLOB_INVALID` (not 72 bytes), `ERR_SEAL_BROKEN`, `ERR_KEY_INVALID`, `ERR_BASE64_INVALID`
 */
export function openKeyBlob(blob: string, senderPublicKey: string, recipient: KeyPair): Uint8Array {
  const bytes = decodeBase64(blob);
  if (bytes.length !== KEY_BLOB_BYTES) {
    throw new SealError('ERR_BLOB_INVALID', `A key blob must have ${KEY_BLOB_BYTES} bytes`);
  }
  const nonce = bytes.subarray(0, NONCE_BYTES);
  return openBox(decodePublicKey(senderPublicKey), recipient.secretKey, nonce, bytes.subarray(NONCE_BYTES));
}
