import { defineError } from '../core/errors.ts';

export const foreignOrigin = defineError({
  code: 'ERR_ORIGIN',
  status: 403,
  message: 'This page may not act for the signed-in user: its origin is neither this instance nor an allowed one',
});

export type OriginSettings = {
  /** The instance's own address, when it is configured; else what the request was sent to counts as its own. */
  publicUrl: string | undefined;
  allowed: readonly string[];
};

export type Origins = {
  /** Whether a page of this origin may act with the user's cookie. `host` is the request's Host header. */
  mayAct(origin: string, host: string | undefined): boolean;
  /** Whether the origin was allowed by configuration, so that browsers are to let it read answers. */
  isAllowed(origin: string): boolean;
  /** What every answer to a request of this origin carries, REST or socket, error or not. */
  headersFor(origin: string | null): Record<string, string>;
  /** And what the answer to a browser that asks beforehand carries besides. */
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
      // Also for others: a cache must not give a page of an allowed origin what was answered to another.
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
