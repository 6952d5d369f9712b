/** The part of a sealed message that the server can read. */
export type Envelope = { epoch: number };

const LONGEST = 4096;
/** Three names and one text. More quotes would mean a repeated name, of which JSON.parse keeps the last. */
const QUOTES = 8;
/** nonce(24) ‖ secretbox of at least one byte (16 + 1). */
const SHORTEST_BYTES = 41;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$/;

/** Whether a text is canonical base64: standard alphabet, with padding, no spare bits. */
export function isCanonicalBase64(text: string): boolean {
  return BASE64.test(text);
}

/** The number of bytes in a canonical base64 text. */
export function base64Length(text: string): number {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  return (text.length / 4) * 3 - padding;
}

/** Parses the outside of a CiphertextV2 envelope; undefined for anything else. */
export function parseEnvelope(content: string): Envelope | undefined {
  if (content.length > LONGEST) return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(content);
  } catch {
    return undefined;
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return undefined;
  const { v, epoch, ct, ...rest } = parsed as Record<string, unknown>;
  if (v !== 2 || typeof epoch !== 'number' || !Number.isSafeInteger(epoch) || epoch < 1) return undefined;
  if (typeof ct !== 'string' || !isCanonicalBase64(ct) || base64Length(ct) < SHORTEST_BYTES) return undefined;
  if (Object.keys(rest).length > 0 || content.split('"').length - 1 !== QUOTES) return undefined;
  return { epoch };
}
