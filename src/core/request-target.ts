/**
 * The target of a request. `request.url` is a full URL if the Host header is valid. Otherwise (HTTP/1.0 without a Host,
 * an invalid host name) it is the bare target as sent, such as `/health?x`.
 */

/** The request's path: `/health` for both `http://host/health?x` and `/health?x`. */
export function pathOf(url: string): string {
  const target = targetOf(url);
  const end = target.search(/[?#]/);
  return end < 0 ? target : target.slice(0, end);
}

/** The request's query parameters. */
export function queryOf(url: string): URLSearchParams {
  const target = targetOf(url);
  const start = target.indexOf('?');
  return new URLSearchParams(
    start < 0 ? '' : target.slice(start, target.includes('#') ? target.indexOf('#') : undefined),
  );
}

/**
 * An equivalent URL that every parser reads alike. Elysia searches for the path from the eleventh character, so
 * `http://nas/health` needs a longer host, and a bare target needs one at all. A path that parsers would normalize
 * (`/a/../b`) becomes one that matches no route.
 */
export function parsableUrl(url: string): string {
  // A fragment is not part of a target, but some parsers take it for a part of the path.
  const [target = '/'] = targetOf(url).split('#', 1);
  if (!isBare(url)) return hostEnd(url) >= ELYSIA_LOOKS_FROM && !url.includes('#') ? url : SOME_HOST + target;
  const whole = SOME_HOST + target;
  return URL.parse(whole)?.pathname === pathOf(url) ? whole : `${SOME_HOST}/${encodeURIComponent(target)}`;
}

const SOME_HOST = 'http://localhost';
const ELYSIA_LOOKS_FROM = 11;

function isBare(url: string): boolean {
  return !url.startsWith('http://') && !url.startsWith('https://');
}

function hostEnd(url: string): number {
  return url.indexOf('/', url.indexOf('//') + 2);
}

function targetOf(url: string): string {
  if (isBare(url)) return url.startsWith('/') ? url : `/${url}`;
  const start = hostEnd(url);
  return start < 0 ? '/' : url.slice(start);
}
