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
};

export function createOrigins({ publicUrl, allowed }: OriginSettings): Origins {
  const own = publicUrl === undefined ? undefined : new URL(publicUrl).origin;
  const list = new Set(allowed.map((origin) => new URL(origin).origin));
  return {
    isAllowed: (origin) => list.has(origin),
    mayAct(origin, host) {
      if (list.has(origin) || origin === own) return true;
      return own === undefined && host !== undefined && (origin === `http://${host}` || origin === `https://${host}`);
    },
  };
}
