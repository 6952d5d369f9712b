import type { AccessKind } from './access.plugin.ts';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json | undefined };
export type JsonObject = { [key: string]: Json | undefined };

/** The security schemes of which any one opens the door. */
export const SECURITY: Record<AccessKind, string[]> = {
  open: [],
  withPublicKey: ['publicKey'],
  reader: ['publicKey', 'session', 'bearer'],
  guest: ['session', 'bearer'],
  signedIn: ['session', 'bearer'],
  mod: ['session', 'bearer'],
  admin: ['session', 'bearer'],
  owner: ['session', 'bearer'],
  bot: ['botKey'],
};

export const WHO: Record<AccessKind, string> = {
  open: 'Anybody.',
  withPublicKey: 'Any client of this instance, by the public key.',
  reader: 'Any client of this instance, by the public key or a session.',
  guest: 'Whoever has a session: a user or a stranger.',
  signedIn: 'A signed-in user.',
  mod: 'Moderators and above.',
  admin: 'Admins and above.',
  owner: 'Owners.',
  bot: 'A registered bot.',
};

export const TAGS: [string, string][] = [
  ['Monitoring', 'What this instance is, and how it is.'],
  ['Authentication', 'Signing in by one-time codes that bots of chat platforms deliver.'],
  ['Users', 'Who you are here.'],
  ['Chats', 'Making, finding and leaving chats.'],
  ['Invites', 'Ways into a chat.'],
  ['Keys', 'The public keys for which chat keys are sealed.'],
  ['Messages', 'Sealed messages: the server passes on what it cannot read.'],
  ['Statistics', 'How many of everything there are.'],
  ['Bots', 'What delivers login codes on chat platforms, seen from outside and by itself.'],
  ['Moderation', 'Order in a chat.'],
  ['Notifications', 'What you, or everybody, should know.'],
  ['Admin', 'Running the instance.'],
];

export const ABOUT =
  'A self-hosted server on which people share a browser and talk beside it, end-to-end encrypted.\n\n' +
  'Everything is JSON over GET and POST. Every failure has the same body: a sentence for people in `error`, a stable `code` for ' +
  'machines, and the `correlation_id` under which the operator finds it in the log. Every answer says in its headers where you ' +
  'stand with the rate limit, unless the operator has turned limits off. Live events come over Socket.IO on the same port.';

export function errorSchema(): JsonObject {
  return {
    type: 'object',
    description: 'What every failure answers. Some codes bring further fields.',
    required: ['error', 'code', 'correlation_id'],
    properties: {
      error: { type: 'string', description: 'A sentence for people.' },
      code: { type: 'string', description: 'Stable, for machines.', pattern: '^ERR_[A-Z_]+$' },
      correlation_id: { type: 'string', format: 'uuid', description: 'By this the operator finds it in the log.' },
      field: { type: 'string', description: 'The first field that breaks its rule.' },
      retry_after: { type: 'integer', description: 'Seconds.' },
      ttl: { type: 'integer', description: 'Seconds that it still holds; 0: no end.' },
      epoch: { type: 'integer', description: 'The chat’s present epoch.' },
    },
    additionalProperties: true,
  };
}

export function headers(): JsonObject {
  const seconds = { type: 'integer', minimum: 0 };
  return {
    'X-Correlation-Id': {
      description: 'The request’s own id: that of its header, if that is a UUID, else a new one.',
      schema: { type: 'string', format: 'uuid' },
    },
    'RateLimit-Limit': { description: 'Calls that this tier allows a minute.', schema: { type: 'integer' } },
    'RateLimit-Remaining': { description: 'Calls that are left.', schema: { type: 'integer', minimum: 0 } },
    'RateLimit-Reset': { description: 'Seconds until there are more.', schema: seconds },
    'Retry-After': { description: 'Seconds to wait before the next try.', schema: seconds },
  };
}

const everywhere = ['X-Correlation-Id', 'RateLimit-Limit', 'RateLimit-Remaining', 'RateLimit-Reset'];

/** By reference. Every answer has these; the document says so where they matter, and once in its description. */
export function answerHeaders(...more: string[]): JsonObject {
  const named = [...everywhere, ...more].map((name) => [name, { $ref: `#/components/headers/${name}` }]);
  return Object.fromEntries(named) as JsonObject;
}

export function securitySchemes(): JsonObject {
  return {
    session: {
      type: 'apiKey',
      in: 'cookie',
      name: 'psession',
      description: 'The session of a signed-in user, as browsers carry it.',
    },
    bearer: { type: 'http', scheme: 'bearer', description: 'The same session, for programs.' },
    publicKey: {
      type: 'apiKey',
      in: 'header',
      name: 'X-API-Key',
      description: 'The instance’s public key, `hpub_…`; see `portal public-key`.',
    },
    botKey: { type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'A bot’s key, `hbot_…`.' },
  };
}
