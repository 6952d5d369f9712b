import { SealError } from './seal-error.ts';

/** Plaintexts are padded to a multiple of this, so that lengths reveal less. */
export const PADDING_BYTES = 64;

const SPACE = 0x20;
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** UTF-8 JSON `{"t":"text","body":"…"}`, padded with spaces to a multiple of 64 bytes. */
export function encodeText(body: string): Uint8Array {
  const bytes = encoder.encode(JSON.stringify({ t: 'text', body }));
  const padded = new Uint8Array(Math.ceil(bytes.length / PADDING_BYTES) * PADDING_BYTES).fill(SPACE);
  padded.set(bytes);
  return padded;
}

/**
 * Returns the body of a text message.
 * @throws SealError `ERR_PLAINTEXT_INVALID` for any other kind of content
 */
export function decodeText(plaintext: Uint8Array): string {
  const content = parse(plaintext);
  if (typeof content === 'object' && content !== null && 't' in content && 'body' in content) {
    if (content.t === 'text' && typeof content.body === 'string') return content.body;
  }
  throw new SealError('ERR_PLAINTEXT_INVALID', 'This client does not know this kind of message');
}

function parse(plaintext: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(plaintext));
  } catch (cause) {
    throw new SealError('ERR_PLAINTEXT_INVALID', 'The message is not JSON', { cause });
  }
}
