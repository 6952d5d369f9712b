import { SealError } from './seal-error.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const PAD = '=';

/** Character code to value; 255 outside the alphabet. */
const VALUES = new Uint8Array(128).fill(255);
for (const [value, character] of [...ALPHABET].entries()) VALUES[character.charCodeAt(0)] = value;

/** Encodes bytes as base64: standard alphabet, padded. */
export function encodeBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const left = bytes.length - at;
    const group = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    text += ALPHABET.charAt(group >> 18) + ALPHABET.charAt((group >> 12) & 63);
    text += left > 1 ? ALPHABET.charAt((group >> 6) & 63) : PAD;
    text += left > 2 ? ALPHABET.charAt(group & 63) : PAD;
  }
  return text;
}

/**
 * Decodes base64. Accepts only the standard alphabet with padding: no white space, URL alphabet, missing padding or stray
 * bits in the last character. Every byte string has exactly one text.
 * @throws SealError `ERR_BASE64_INVALID`
 */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  if (text.length % 4 !== 0) throw invalid();
  const padding = text.endsWith('==') ? 2 : text.endsWith(PAD) ? 1 : 0;
  const digits = text.length - padding;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  let bits = 0;
  let bitCount = 0;
  let written = 0;
  for (let at = 0; at < digits; at += 1) {
    bits = (bits << 6) | digitOf(text.charCodeAt(at));
    bitCount += 6;
    if (bitCount < 8) continue;
    bitCount -= 8;
    bytes[written] = bits >> bitCount;
    written += 1;
    bits &= (1 << bitCount) - 1;
  }
  if (bits !== 0) throw invalid();
  return bytes;
}

function digitOf(characterCode: number): number {
  const value = VALUES[characterCode] ?? 255;
  if (value === 255) throw invalid();
  return value;
}

function invalid(): SealError {
  return new SealError('ERR_BASE64_INVALID', 'Not base64 in the standard alphabet with padding');
}
