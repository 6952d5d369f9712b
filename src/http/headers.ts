import { DATA_HEADERS, pageHeaders } from './page-policy.ts';
import type { RequestContext } from './request-context.ts';

/** No addresses leak through referrers, and no other site can read our responses. */
const SECURITY_HEADERS: [string, string][] = [
  ['x-content-type-options', 'nosniff'],
  ['referrer-policy', 'no-referrer'],
  ['cross-origin-opener-policy', 'same-origin'],
  ['cross-origin-resource-policy', 'same-origin'],
];

const PLAIN_PAGE = pageHeaders();

/** Headers of every response: security, correlation id, and rate limit state. */
export function addHeaders(response: Response, context: RequestContext, cors: Record<string, string>): void {
  const { headers } = response;
  for (const [name, value] of SECURITY_HEADERS) if (!headers.has(name)) headers.set(name, value);
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
  for (const [name, value] of Object.entries(cors)) {
    if (name === 'vary') headers.append(name, value);
    else headers.set(name, value);
  }
}
