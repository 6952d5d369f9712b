import {
  accountRequired,
  badRequest,
  type DetailField,
  type ErrorKind,
  internal,
  invalid,
  levelRequired,
  methodNotAllowed,
  rateLimited,
  tooLarge,
  unauthenticated,
  unavailable,
} from '../core/errors.ts';
import { Level } from '../core/principal.ts';
import type { AccessKind } from './access.plugin.ts';
import { answerHeaders, type JsonObject } from './openapi.components.ts';
import { foreignOrigin } from './origins.ts';

type Kind = ErrorKind<never>;
type Call = { ofSession: readonly Kind[]; isChange: boolean; hasInput: boolean };

/** Refusals that a valid session can still meet; undefined where no session is needed. */
const REFUSALS: Record<AccessKind, Kind[] | undefined> = {
  open: undefined,
  withPublicKey: undefined,
  bot: undefined,
  guest: [],
  reader: [accountRequired],
  signedIn: [accountRequired],
  mod: [accountRequired, levelRequired(Level.Moderator)],
  admin: [accountRequired, levelRequired(Level.Admin)],
  owner: [accountRequired, levelRequired(Level.Owner)],
};

/** Failures that follow from the access rule and from the input. */
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
    unavailable,
  ];
}

/** Collects the failures of all operations. */
export class FailureBook {
  /** Every kind named so far. */
  readonly kinds = new Set<Kind>();

  /** One response per status, listing every code it can carry. */
  responses(failures: readonly Kind[]): Record<string, JsonObject> {
    for (const kind of failures) this.kinds.add(kind);
    const byStatus = Object.groupBy(failures, ({ status }) => status) as Record<string, Kind[]>;
    return Object.fromEntries(Object.entries(byStatus).map(([status, kinds]) => [status, responseOf(kinds)]));
  }

  /** The body that all failures share, and the enum of their codes. */
  schemas(): Record<string, JsonObject> {
    const codes = [...new Set([methodNotAllowed, ...this.kinds].map(({ code }) => code))].sort((a, b) =>
      a < b ? -1 : 1,
    );
    const details = Object.assign({}, ...[...this.kinds].map((kind) => kind.fields)) as Record<string, DetailField>;
    return {
      ErrorCode: { title: 'ErrorCode', type: 'string', enum: codes, description: 'Stable, for programs.' },
      ErrorBody: {
        title: 'ErrorBody',
        type: 'object',
        description: 'The body of every failure. Some codes bring further fields.',
        required: ['error', 'code', 'correlation_id'],
        properties: {
          error: { type: 'string', description: 'A sentence for people.' },
          code: { $ref: '#/components/schemas/ErrorCode' },
          correlation_id: { type: 'string', format: 'uuid', description: 'The operator finds it in the log.' },
          ...Object.fromEntries(Object.entries(details).map(([name, { example: _, ...schema }]) => [name, schema])),
        },
      },
    };
  }
}

function responseOf(kinds: Kind[]): JsonObject {
  const lines = new Set(kinds.map(({ code, sentence }) => `\`${code}\`: ${sentence}.`));
  const [first] = kinds as [Kind];
  const details = Object.entries(first.fields).map(([name, { example }]) => [name, example]);
  const example = {
    error: first.sentence,
    code: first.code,
    correlation_id: '0b0e1c1e-8f5c-4d8e-9d2b-7a4b6f1f2c3d',
    ...Object.fromEntries(details),
  };
  const hasRetry = kinds.some((kind) => 'retry_after' in kind.fields);
  return {
    description: [...lines].join('\n\n'),
    headers: hasRetry ? answerHeaders('Retry-After') : answerHeaders(),
    content: { 'application/json': { schema: { $ref: '#/components/schemas/ErrorBody' }, example } },
  };
}

/** `ERR_RATE_LIMITED` → `RateLimited` */
function wordsOf(code: string): string {
  const words = code.replace(/^ERR_/, '').toLowerCase().split('_');
  return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

/** The name of a shared response under components. */
export function sharedName(response: JsonObject): string {
  const codes = [...String(response.description).matchAll(/^`(ERR_\w+)`/gm)].map(([, code]) => code ?? '');
  return [...new Set(codes)].map(wordsOf).join('Or');
}
