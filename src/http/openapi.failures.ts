import {
  accountRequired,
  badRequest,
  type ErrorKind,
  internal,
  invalid,
  levelRequired,
  rateLimited,
  tooLarge,
  unauthenticated,
} from '../core/errors.ts';
import { Level } from '../core/principal.ts';
import type { AccessKind } from './access.plugin.ts';
import { answerHeaders, type JsonObject } from './openapi.components.ts';
import { foreignOrigin } from './origins.ts';

type Kind = ErrorKind<never>;
type Call = { ofSession: readonly Kind[]; isChange: boolean; hasInput: boolean };

/** Why somebody with a session may still be refused; undefined: no session is asked for. */
const REFUSALS: Record<AccessKind, Kind[] | undefined> = {
  open: undefined,
  withPublicKey: undefined,
  bot: undefined,
  guest: [],
  reader: [accountRequired],
  signedIn: [accountRequired],
  mod: [levelRequired(Level.Moderator)],
  admin: [levelRequired(Level.Admin)],
  owner: [levelRequired(Level.Owner)],
};

/** What may fail because of who calls and of what they send. */
export function commonFailures(kind: AccessKind, { ofSession, isChange, hasInput }: Call): Kind[] {
  const refusals = REFUSALS[kind];
  return [
    ...(hasInput ? [invalid] : []),
    ...(isChange ? [badRequest, tooLarge] : []),
    ...(kind === 'open' ? [] : [unauthenticated]),
    ...(refusals ? [...refusals, ...ofSession] : []),
    ...(refusals && isChange ? [foreignOrigin] : []),
    rateLimited,
    internal,
  ];
}

/** What some codes bring besides, as an example. */
const DETAILS: Record<string, JsonObject> = {
  ERR_VALIDATION: { field: 'name' },
  ERR_EPOCH_MISMATCH: { epoch: 7 },
  ERR_RATE_LIMITED: { retry_after: 12 },
  ERR_MESSAGE_RATE: { retry_after: 4 },
  ERR_LOGIN_LOCKED: { retry_after: 540 },
};

/** One response a status, which names every code that it may bring. */
export function failureResponses(failures: readonly Kind[]): Record<string, JsonObject> {
  const byStatus = Object.groupBy(failures, ({ status }) => status) as Record<string, Kind[]>;
  return Object.fromEntries(
    Object.entries(byStatus).map(([status, kinds]) => [status, failureResponse(status, kinds)]),
  );
}

function failureResponse(status: string, kinds: Kind[]): JsonObject {
  const lines = new Set(kinds.map(({ code, sentence }) => `\`${code}\`: ${sentence}.`));
  const [first] = kinds as [Kind];
  const example = {
    error: first.sentence,
    code: first.code,
    correlation_id: '0b0e1c1e-8f5c-4d8e-9d2b-7a4b6f1f2c3d',
    ...DETAILS[first.code],
  };
  return {
    description: [...lines].join('\n\n'),
    ...(status === '429' ? { headers: answerHeaders('Retry-After') } : {}),
    content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' }, example } },
  };
}
