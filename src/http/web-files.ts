import { brotliCompressSync, constants } from 'node:zlib';
import Negotiator from 'negotiator';

type Encoding = 'br' | 'gzip' | 'identity';

/** A file as it goes out: its content, also compressed where that is worth it. */
export type WebFile = {
  type: string;
  /** Names the content; each encoding adds its own ending. */
  tag: string;
  bodies: { identity: Uint8Array<ArrayBuffer> } & Partial<Record<Encoding, Uint8Array<ArrayBuffer>>>;
};

/** The built pages and what they load, by path: `claim.html`, `assets/claim-1a2b3c4d.js`. */
export type WebFiles = { find(path: string): Promise<WebFile | undefined> };

/** Its name changes with its content. */
export const IMMUTABLE = 'public, max-age=31536000, immutable';
/** Kept, but asked for again each time: the answer is then 304. Nothing on the way may change it: its scripts are named by hash. */
export const REVALIDATED = 'no-cache, no-transform';
export const FOR_A_DAY = 'public, max-age=86400';

/** Below it compression gains nothing. */
const WORTH_COMPRESSING = 256;

/** Text that is made while the server runs, compressed here: quickly, as somebody waits for it. */
export function textFile(type: string, text: string): WebFile {
  const identity = new TextEncoder().encode(text);
  const tag = Bun.hash(identity).toString(36);
  if (identity.length < WORTH_COMPRESSING) return { type, tag, bodies: { identity } };
  const params = { [constants.BROTLI_PARAM_QUALITY]: 5 };
  return {
    type,
    tag,
    bodies: { identity, br: brotliCompressSync(identity, { params }), gzip: Bun.gzipSync(identity) },
  };
}

/** Answers with the encoding that the client likes best; with 304 when it has the file already. */
export function fileResponse({ headers: asked }: Request, { type, tag, bodies }: WebFile, cacheControl: string) {
  const available = Object.keys(bodies);
  const accept = { 'accept-encoding': asked.get('accept-encoding') ?? 'identity' };
  const preferred = ['br', 'gzip', 'identity'];
  // A client that refuses everything, this included, gets the plain file: better than nothing.
  const encoding = (new Negotiator({ headers: accept }).encoding(available, { preferred }) ?? 'identity') as Encoding;
  const etag = encoding === 'identity' ? `"${tag}"` : `"${tag}-${encoding}"`;
  const headers = new Headers({ 'content-type': type, 'cache-control': cacheControl, etag });
  if (available.length > 1) headers.set('vary', 'Accept-Encoding');
  // The type stays with it: a cache takes the headers of a 304 over, and a page's policy goes by its type.
  if (matches(asked.get('if-none-match'), etag)) return new Response(null, { status: 304, headers });
  if (encoding !== 'identity') headers.set('content-encoding', encoding);
  return new Response(bodies[encoding] ?? bodies.identity, { headers });
}

/** `If-None-Match` is compared weakly, and may name several. */
function matches(ifNoneMatch: string | null, etag: string): boolean {
  if (ifNoneMatch === null) return false;
  const named = ifNoneMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return named.includes(etag) || named.includes('*');
}
