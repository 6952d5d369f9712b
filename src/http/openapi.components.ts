import type { AccessKind } from './access.plugin.ts';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json | undefined };
export type JsonObject = { [key: string]: Json | undefined };

/** Any one of these schemes is enough. The one that programs and /docs can use comes first. */
export const SECURITY: Record<AccessKind, string[]> = {
  open: [],
  withPublicKey: ['publicKey'],
  reader: ['publicKey', 'bearer', 'session'],
  guest: ['bearer', 'session'],
  signedIn: ['bearer', 'session'],
  mod: ['bearer', 'session'],
  admin: ['bearer', 'session'],
  owner: ['bearer', 'session'],
  bot: ['botKey'],
};

export const WHO: Record<AccessKind, string> = {
  open: 'Everyone.',
  withPublicKey: 'Any client of this instance, with the public key.',
  reader: 'Any client of this instance, with the public key or a session.',
  guest: 'Everyone with a session, user or stranger.',
  signedIn: 'A signed-in user.',
  mod: 'Moderators and above.',
  admin: 'Admins and above.',
  owner: 'Owners.',
  bot: 'A registered bot.',
};

const count = { type: 'integer', format: 'int64', minimum: 0 };
const seconds = { type: 'integer', format: 'int32', minimum: 0 };

/** Response headers. */
export const HEADERS = {
  'X-Correlation-Id': {
    description: 'The id of this request: the one that it brought, if that is a UUID, or else a new one.',
    schema: { type: 'string', format: 'uuid' },
  },
  'RateLimit-Limit': { description: 'Requests allowed per minute in this tier.', schema: count },
  'RateLimit-Remaining': { description: 'Requests left.', schema: count },
  'RateLimit-Reset': { description: 'Seconds until another request is allowed.', schema: seconds },
  'Retry-After': { description: 'Seconds to wait before trying again.', schema: seconds },
  'X-Total-Count': { description: 'How many entries there are in all; the list may be a part of them.', schema: count },
  'Set-Cookie': {
    description:
      'After signing in, the cookie `psession`: its value is also the bearer token, and `auth.token` when the socket connects. ' +
      'After signing out, the same cookie, expired. After asking for a code, a cookie that knows this browser again.',
    schema: { type: 'string' },
  },
} satisfies JsonObject;
export type HeaderName = keyof typeof HEADERS;

const EVERYWHERE: HeaderName[] = ['X-Correlation-Id', 'RateLimit-Limit', 'RateLimit-Remaining', 'RateLimit-Reset'];

/** References to the four headers of every response, and to `more`. */
export function answerHeaders(...more: HeaderName[]): JsonObject {
  const named = [...EVERYWHERE, ...more].map((name) => [name, { $ref: `#/components/headers/${name}` }]);
  return Object.fromEntries(named) as JsonObject;
}

/** In the order shown at /docs. */
export const SECURITY_SCHEMES = {
  bearer: {
    type: 'http',
    scheme: 'bearer',
    description: 'The token of a session: the value of the cookie `psession`, which every sign-in sets.',
  },
  publicKey: {
    type: 'apiKey',
    in: 'header',
    name: 'X-API-Key',
    description: 'The public key of this instance, `hpub_…`. `portal public-key` prints it.',
  },
  botKey: { type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'The key of a bot, `hbot_…`.' },
  session: {
    type: 'apiKey',
    in: 'cookie',
    name: 'psession',
    description:
      'The session of a signed-in user. Browsers store it and send it on their own; nothing typed in here reaches the server.',
  },
} satisfies JsonObject;

/** Maps the values of an object and keeps the names. */
export function mapped<T, U>(
  some: Readonly<Record<string, T>>,
  become: (one: T, name: string) => U,
): Record<string, U> {
  return Object.fromEntries(Object.entries(some).map(([name, one]) => [name, become(one, name)]));
}
