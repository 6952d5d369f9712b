/**
 * What a request asks for. Bun gives a whole URL as `request.url` where the Host header is a proper one, and otherwise (HTTP/1.0
 * without a Host, a Host that is no host name) the bare target as it was sent, such as `/health?x`.
 */

/** The path that a request was sent to: `/health` of `http://host/health?x` and of `/health?x` alike. */
export function pathOf(url: string): string {
  const target = targetOf(url);
  const end = target.search(/[?#]/);
  return end < 0 ? target : target.slice(0, end);
}

/** The parameters that a request was sent with. */
export function queryOf(url: string): URLSearchParams {
  const target = targetOf(url);
  const start = target.indexOf('?');
  return new URLSearchParams(
    start < 0 ? '' : target.slice(start, target.includes('#') ? target.indexOf('#') : undefined),
  );
}

/**
 * A URL with the same path and parameters that every parser reads alike: Elysia looks for the path from the eleventh character
 * on, so `http://nas/health` needs a longer host, and a bare target needs one at all. What a parser would take for another path
 * than was sent (`/a/../b`) becomes a path that nothing serves.
 */
export function parsableUrl(url: string): string {
  const target = targetOf(url);
  if (!isBare(url)) return hostEnd(url) >= ELYSIA_LOOKS_FROM ? url : SOME_HOST + target;
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
