import { DATA_HEADERS, pageHeaders } from './page-policy.ts';
import type { RequestContext } from './request-context.ts';

/** No address leaks by a referrer, and nobody reads us from another site. */
const SECURITY_HEADERS: [string, string][] = [
  ['x-content-type-options', 'nosniff'],
  ['referrer-policy', 'no-referrer'],
  ['cross-origin-opener-policy', 'same-origin'],
  ['cross-origin-resource-policy', 'same-origin'],
];

const PLAIN_PAGE = pageHeaders();

/** What every answer carries: security headers, the correlation id, and where the caller stands with its rate tier. */
export function addHeaders(response: Response, context: RequestContext, allowedOrigin: string | null): void {
  const { headers } = response;
  for (const [name, value] of SECURITY_HEADERS) headers.set(name, value);
  const isPage = headers.get('content-type')?.startsWith('text/html') ?? false;
  const { contentSecurityPolicy, frameOptions } = isPage ? (context.page ?? PLAIN_PAGE) : DATA_HEADERS;
  headers.set('content-security-policy', contentSecurityPolicy);
  headers.set('x-frame-options', frameOptions);
  headers.set('x-correlation-id', context.correlationId);
  if (!headers.has('cache-control')) headers.set('cache-control', 'no-store');
  if (context.rate) {
    headers.set('ratelimit-limit', String(context.rate.limit));
    headers.set('ratelimit-remaining', String(context.rate.remaining));
    headers.set('ratelimit-reset', String(Math.ceil(context.rate.resetMs / 1000)));
  }
  if (allowedOrigin !== null) addCorsHeaders(headers, allowedOrigin);
}

function addCorsHeaders(headers: Headers, origin: string): void {
  headers.set('access-control-allow-origin', origin);
  headers.set('access-control-allow-credentials', 'true');
  headers.set(
    'access-control-expose-headers',
    'X-Correlation-Id, X-Total-Count, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Retry-After',
  );
  headers.set('cross-origin-resource-policy', 'cross-origin');
  headers.append('vary', 'Origin');
}

/** The answer to a browser that asks beforehand whether a page of an allowed origin may call. */
export function preflightResponse(): Response {
  return new Response(null, {
    status: 204,
    headers: {
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers': 'Content-Type, Authorization, X-API-Key, X-Correlation-Id',
      'access-control-max-age': '86400',
    },
  });
}
