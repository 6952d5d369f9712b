import { defineError } from '../core/errors.ts';

export const foreignOrigin = defineError({
  code: 'ERR_ORIGIN',
  status: 403,
  message: 'This page may not act for the signed-in user: its origin is neither this instance nor an allowed one',
});

export type OriginSettings = {
  /** The instance's own address, if configured. Otherwise the Host of the request counts as its own. */
  publicUrl: string | undefined;
  allowed: readonly string[];
};

export type Origins = {
  /** Whether a page from this origin may act with the user's cookie. `host` is the request's Host header. */
  mayAct(origin: string, host: string | undefined): boolean;
  /** Whether the configuration allows the origin, so that browsers let it read responses. */
  isAllowed(origin: string): boolean;
  /** The CORS headers of every response, REST or socket, error or not. */
  headersFor(origin: string | null): Record<string, string>;
  /** The additional headers of a preflight response. */
  readonly preflightHeaders: Record<string, string>;
};

const READABLE = 'X-Correlation-Id, X-Total-Count, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Retry-After';

export function createOrigins({ publicUrl, allowed }: OriginSettings): Origins {
  const own = publicUrl === undefined ? undefined : new URL(publicUrl).origin;
  const list = new Set(allowed.map((origin) => new URL(origin).origin));
  return {
    isAllowed: (origin) => list.has(origin),
    headersFor(origin) {
      if (list.size === 0) return {};
      // Sent to other origins too, so that a cache never mixes up their responses.
      if (origin === null || !list.has(origin)) return { vary: 'Origin' };
      return {
        'access-control-allow-origin': origin,
        'access-control-allow-credentials': 'true',
        'access-control-expose-headers': READABLE,
        'cross-origin-resource-policy': 'cross-origin',
        vary: 'Origin',
      };
    },
    preflightHeaders: {
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers': 'Content-Type, Authorization, X-API-Key, X-Correlation-Id',
      'access-control-max-age': '86400',
    },
    mayAct(origin, host) {
      if (list.has(origin) || origin === own) return true;
      return own === undefined && host !== undefined && (origin === `http://${host}` || origin === `https://${host}`);
    },
  };
}
