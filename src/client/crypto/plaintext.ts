import { decodeBase64, encodeBase64 } from './base64.ts';
import { KEY_BYTES } from './nacl.ts';
import { SealError } from './seal-error.ts';
import { SIGNATURE_BYTES, type Signed, type SigningPair, sign } from './signing.ts';

/** Plaintexts are padded to a multiple of this, so that lengths reveal less. */
export const PADDING_BYTES = 64;
/** The length of `tab`. */
export const TAB_BYTES = 8;

const SPACE = 0x20;
/** The first byte of a signed plaintext. Older ones begin with `{`. */
const SIGNED = 3;
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** What a signed text says about itself. */
export type Statement = {
  readonly chat: number;
  readonly epoch: number;
  /** The author: a user id, or in a direct chat the participant. */
  readonly user: number;
  /** Base64 of 8 random bytes, new for each start of a client and each chat. */
  readonly tab: string;
  /** Counts from 1 within `tab`. */
  readonly n: number;
};

/** A plaintext. `proof` is null for older ones, which name no author. Its signature is not checked yet. */
export type Plaintext = { readonly body: string; readonly proof: (Statement & Signed) | null };

/** The older plaintext, without an author: UTF-8 JSON `{"t":"text","body":"…"}`, padded with spaces to a multiple of 64 bytes. */
export function encodeText(body: string): Uint8Array {
  return padded({ t: 'text', body });
}

/** Plaintext 3: the byte 3, a signature (64 bytes), and the padded JSON that it is over. */
export async function encodeSignedText(
  body: string,
  { chat, epoch, user, tab, n }: Statement,
  author: SigningPair,
): Promise<Uint8Array> {
  const bytes = padded({ t: 'text', body, chat, epoch, user, from: author.publicKey, tab, n });
  const plaintext = new Uint8Array(1 + SIGNATURE_BYTES + bytes.length);
  plaintext[0] = SIGNED;
  plaintext.set(await sign(bytes, author), 1);
  plaintext.set(bytes, 1 + SIGNATURE_BYTES);
  return plaintext;
}

/**
 * Reads a text message of either layout.
 * @throws SealError `ERR_PLAINTEXT_INVALID` for any other kind of content
 */
export function decodePlaintext(plaintext: Uint8Array): Plaintext {
  if (plaintext[0] !== SIGNED) return { body: bodyOf(parse(plaintext)), proof: null };
  const bytes = plaintext.subarray(1 + SIGNATURE_BYTES);
  const content = parse(bytes);
  const { chat, epoch, user, from, tab, n } = content;
  if (!isCount(chat) || !isCount(epoch) || !isCount(user) || !isCount(n)) throw unknown();
  if (!isBytes(from, KEY_BYTES) || !isBytes(tab, TAB_BYTES)) throw unknown();
  const signature = plaintext.subarray(1, 1 + SIGNATURE_BYTES);
  return { body: bodyOf(content), proof: { chat, epoch, user, from, tab, n, signature, bytes } };
}

function padded(content: object): Uint8Array {
  const bytes = encoder.encode(JSON.stringify(content));
  const whole = new Uint8Array(Math.ceil(bytes.length / PADDING_BYTES) * PADDING_BYTES).fill(SPACE);
  whole.set(bytes);
  return whole;
}

function bodyOf({ t, body }: Record<string, unknown>): string {
  if (t === 'text' && typeof body === 'string') return body;
  throw unknown();
}

function parse(bytes: Uint8Array): Record<string, unknown> {
  let content: unknown;
  try {
    content = JSON.parse(decoder.decode(bytes));
  } catch (cause) {
    throw new SealError('ERR_PLAINTEXT_INVALID', 'The message is not JSON', { cause });
  }
  if (typeof content !== 'object' || content === null) throw unknown();
  return content as Record<string, unknown>;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 1;
}

/** Base64 of this many bytes, in the one form that they have. */
function isBytes(value: unknown, length: number): value is string {
  if (typeof value !== 'string') return false;
  try {
    const bytes = decodeBase64(value);
    return bytes.length === length && encodeBase64(bytes) === value;
  } catch {
    return false;
  }
}

function unknown(): SealError {
  return new SealError('ERR_PLAINTEXT_INVALID', 'This client does not know this kind of message');
}
