import { decodeBase64, encodeBase64 } from './base64.ts';
import { NONCE_BYTES, openSecretbox, secretbox, TAG_BYTES } from './nacl.ts';
import { decodePlaintext, encodeSignedText, encodeText, type Plaintext, type Statement } from './plaintext.ts';
import { type RandomBytes, secureRandom } from './random.ts';
import { SealError } from './seal-error.ts';
import type { SigningPair } from './signing.ts';

/** The longest `content` the server accepts, in characters. */
export const MAX_ENVELOPE_LENGTH = 4096;
/** nonce (24) ‖ tag (16) ‖ at least one byte. */
export const MIN_CIPHERTEXT_BYTES = NONCE_BYTES + TAG_BYTES + 1;

const VERSION = 2;
const KEYS = ['v', 'epoch', 'ct'];
/** Three names and one string value. More quotes mean a duplicate name, which JSON.parse accepts. */
const QUOTES = 8;

/** A parsed message `content`. `ciphertext` is nonce (24) ‖ secretbox. */
export type Envelope = { readonly epoch: number; readonly ciphertext: Uint8Array };

/**
 * Seals a text without an author, as older clients do: `{"v":2,"epoch":N,"ct":"…"}`.
 * @throws SealError `ERR_TEXT_TOO_LONG` if the envelope would exceed 4096 characters, `ERR_KEY_INVALID`
 */
export function sealEnvelope(
  text: string,
  epoch: number,
  chatKey: Uint8Array,
  random: RandomBytes = secureRandom,
): string {
  return sealPlaintext(encodeText(text), epoch, chatKey, random);
}

/**
 * Seals a text that its author signs, in the same envelope.
 * @throws SealError `ERR_TEXT_TOO_LONG`, `ERR_KEY_INVALID`
 */
export async function sealSignedEnvelope(
  text: string,
  statement: Statement,
  author: SigningPair,
  chatKey: Uint8Array,
  random: RandomBytes = secureRandom,
): Promise<string> {
  return sealPlaintext(await encodeSignedText(text, statement, author), statement.epoch, chatKey, random);
}

function sealPlaintext(plaintext: Uint8Array, epoch: number, chatKey: Uint8Array, random: RandomBytes): string {
  const nonce = random(NONCE_BYTES);
  const sealed = secretbox(chatKey, nonce, plaintext);
  const bytes = new Uint8Array(NONCE_BYTES + sealed.length);
  bytes.set(nonce);
  bytes.set(sealed, NONCE_BYTES);
  const content = JSON.stringify({ v: VERSION, epoch, ct: encodeBase64(bytes) });
  if (content.length > MAX_ENVELOPE_LENGTH) throw new SealError('ERR_TEXT_TOO_LONG', 'The text is too long to send');
  return content;
}

/**
 * Checks and parses an envelope, exactly as the server does before accepting one.
 * @throws SealError `ERR_INVALID_ENVELOPE`
 */
export function parseEnvelope(content: string): Envelope {
  if (content.length > MAX_ENVELOPE_LENGTH) throw invalid();
  const parsed = parseObject(content);
  const { v, epoch, ct } = parsed;
  const hasTheKeys = Object.keys(parsed).length === KEYS.length && KEYS.every((key) => Object.hasOwn(parsed, key));
  if (!hasTheKeys || content.split('"').length - 1 !== QUOTES) throw invalid();
  if (v !== VERSION || !isEpoch(epoch) || typeof ct !== 'string') throw invalid();
  const ciphertext = decodeCiphertext(ct);
  if (ciphertext.length < MIN_CIPHERTEXT_BYTES) throw invalid();
  return { epoch, ciphertext };
}

/**
 * Opens an envelope with the key of its epoch and returns the text. It does not check who wrote it.
 * @throws SealError `ERR_SEAL_BROKEN`, `ERR_PLAINTEXT_INVALID`, `ERR_KEY_INVALID`
 */
export function openEnvelope(envelope: Envelope, chatKey: Uint8Array): string {
  return openSignedEnvelope(envelope, chatKey).body;
}

/**
 * Opens an envelope with the key of its epoch. The signature is still to be checked, and what it says to be compared.
 * @throws SealError `ERR_SEAL_BROKEN`, `ERR_PLAINTEXT_INVALID`, `ERR_KEY_INVALID`
 */
export function openSignedEnvelope(envelope: Envelope, chatKey: Uint8Array): Plaintext {
  const nonce = envelope.ciphertext.subarray(0, NONCE_BYTES);
  return decodePlaintext(openSecretbox(chatKey, nonce, envelope.ciphertext.subarray(NONCE_BYTES)));
}

function parseObject(content: string): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(content);
  } catch {
    throw invalid();
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw invalid();
  return parsed as Record<string, unknown>;
}

function decodeCiphertext(ct: string): Uint8Array {
  try {
    return decodeBase64(ct);
  } catch {
    throw invalid();
  }
}

function isEpoch(epoch: unknown): epoch is number {
  return Number.isSafeInteger(epoch) && Number(epoch) >= 1;
}

function invalid(): SealError {
  return new SealError('ERR_INVALID_ENVELOPE', 'Not a valid envelope');
}
