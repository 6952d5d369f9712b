import { brotliCompressSync, constants } from 'node:zlib';
import Negotiator from 'negotiator';

type Encoding = 'br' | 'gzip' | 'identity';

/** A file ready to be served, with its compressed variants. */
export type WebFile = {
  type: string;
  /** Identifies the content; each encoding adds its own suffix. */
  tag: string;
  bodies: { identity: Uint8Array<ArrayBuffer> } & Partial<Record<Encoding, Uint8Array<ArrayBuffer>>>;
};

/** The built pages and their assets by path: `claim.html`, `assets/claim-1a2b3c4d.js`. */
export type WebFiles = { find(path: string): Promise<WebFile | undefined> };

/** For files whose name changes with their content. */
export const IMMUTABLE = 'public, max-age=31536000, immutable';
/** Cached, but revalidated on each use. Proxies must not rewrite the page: it refers to its assets by hash. */
export const REVALIDATED = 'no-cache, no-transform';
export const FOR_A_DAY = 'public, max-age=86400';

/** Below it compression gains nothing. */
const WORTH_COMPRESSING = 256;

/** A text produced at run time. Compressed at a low level, since a client is waiting. */
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

/** Responds in the encoding the client prefers, or with 304 if the client already has the file. */
export function fileResponse({ headers: asked }: Request, { type, tag, bodies }: WebFile, cacheControl: string) {
  const available = Object.keys(bodies);
  const accept = { 'accept-encoding': asked.get('accept-encoding') ?? 'identity' };
  const preferred = ['br', 'gzip', 'identity'];
  // A client that accepts no encoding at all still gets the plain file.
  const encoding = (new Negotiator({ headers: accept }).encoding(available, { preferred }) ?? 'identity') as Encoding;
  const etag = encoding === 'identity' ? `"${tag}"` : `"${tag}-${encoding}"`;
  const headers = new Headers({ 'content-type': type, 'cache-control': cacheControl, etag });
  if (available.length > 1) headers.set('vary', 'Accept-Encoding');
  // Keeps the content type: caches adopt the headers of a 304, and the page policy depends on the type.
  if (matches(asked.get('if-none-match'), etag)) return new Response(null, { status: 304, headers });
  if (encoding !== 'identity') headers.set('content-encoding', encoding);
  return new Response(bodies[encoding] ?? bodies.identity, { headers });
}

/** Weak comparison; the header can list several tags. */
function matches(ifNoneMatch: string | null, etag: string): boolean {
  if (ifNoneMatch === null) return false;
  const named = ifNoneMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return named.includes(etag) || named.includes('*');
}
