import { toOpenAPISchema } from '@elysiajs/openapi/openapi';
import type { AnyElysia } from 'elysia';
import {
  badRequest,
  type ErrorKind,
  forbidden,
  internal,
  invalid,
  rateLimited,
  tooLarge,
  unauthenticated,
} from '../core/errors.ts';
import { NAME, VERSION } from '../core/version.ts';
import { ACCESS_NOTE, type AccessKind, type AccessNote } from './access.plugin.ts';
import { EXAMPLE_NOTE, FAILURES_NOTE } from './describe.ts';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json | undefined };
type JsonObject = { [key: string]: Json | undefined };
type Operation = JsonObject & { parameters?: JsonObject[]; responses?: Record<string, JsonObject> };
type Route = {
  method: string;
  path: string;
  hooks: { detail?: Record<string, unknown>; body?: unknown; params?: unknown; query?: unknown };
};

const SECURITY: Record<AccessKind, string[]> = {
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

const WHO: Record<AccessKind, string> = {
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

const TAGS: [string, string][] = [
  ['Monitoring', 'What this instance is, and how it is.'],
  ['Authentication', 'Signing in by one-time codes that bots of chat platforms deliver.'],
  ['Users', 'Who you are here.'],
  ['Chats', 'Making, finding and leaving chats.'],
  ['Invites', 'Ways into a chat.'],
  ['Keys', 'The public keys for which chat keys are sealed.'],
  ['Messages', 'Sealed messages: the server passes on what it cannot read.'],
  ['Moderation', 'Order in a chat.'],
  ['Admin', 'Running the instance.'],
];

const ABOUT =
  'A self-hosted server on which people share a browser and talk beside it, end-to-end encrypted.\n\n' +
  'Everything is JSON over GET and POST. Every failure has the same body: a sentence for people in `error`, a stable `code` for ' +
  'machines, and the `correlation_id` under which the operator finds it in the log. Live events come over Socket.IO on the same port.';

/** The OpenAPI document of all routes: complete, and made of the same models that check requests and answers. */
export function openApiDocument(app: AnyElysia, serverUrl: string): JsonObject {
  const { paths } = toOpenAPISchema(app) as unknown as { paths: Record<string, Record<string, Operation>> };
  const components: Record<string, Json> = { Error: errorSchema() };
  for (const route of app.routes as unknown as Route[]) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    const operation = paths[path]?.[route.method.toLowerCase()];
    if (operation) complete(operation, route);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: NAME,
      version: VERSION,
      description: ABOUT,
      contact: { name: NAME, url: serverUrl },
      license: { name: 'AGPL-3.0-only', identifier: 'AGPL-3.0-only' },
    },
    servers: [{ url: serverUrl }],
    tags: TAGS.map(([name, description]) => ({ name, description })),
    paths: hoist(paths as unknown as Json, components),
    components: { schemas: components, securitySchemes: securitySchemes() },
  };
}

function complete(operation: Operation, { hooks }: Route): void {
  const detail = hooks.detail ?? {};
  const access = detail[ACCESS_NOTE] as AccessNote | undefined;
  if (!access) throw new Error(`a route says nothing of who may call it: ${operation.operationId}`);
  for (const note of [ACCESS_NOTE, FAILURES_NOTE, EXAMPLE_NOTE]) delete operation[note];

  const who = `For: ${WHO[access.kind]} Rate tier: ${access.tier}.`;
  operation.description = operation.description ? `${operation.description}\n\n${who}` : who;
  operation.security = SECURITY[access.kind].map((scheme) => ({ [scheme]: [] }));
  if (hooks.body) {
    const example = detail[EXAMPLE_NOTE] as Json | undefined;
    const media: JsonObject = { schema: hooks.body as Json, ...(example === undefined ? {} : { example }) };
    operation.requestBody = { required: true, content: { 'application/json': media } };
  }
  for (const parameter of operation.parameters ?? []) {
    const schema = parameter.schema as JsonObject;
    if (schema?.default !== undefined) parameter.required = false;
    if (schema?.description !== undefined) {
      parameter.description = schema.description;
      delete schema.description;
    }
  }
  const failures = [
    ...((detail[FAILURES_NOTE] as ErrorKind[] | undefined) ?? []),
    ...commonFailures(access.kind, hooks),
  ];
  const fine = operation.responses ?? { 200: { description: 'Done.' } };
  for (const response of Object.values(fine)) response.description = fineDescription(response);
  operation.responses = { ...fine, ...failureResponses(failures) };
}

function fineDescription(response: JsonObject): string {
  const content = response.content as Record<string, { schema?: JsonObject }> | undefined;
  const described = content?.['application/json']?.schema?.description;
  return typeof described === 'string' ? described : 'Done.';
}

/** What may fail because of who calls and of what they send. */
function commonFailures(kind: AccessKind, hooks: Route['hooks']): ErrorKind<never>[] {
  const failures: ErrorKind<never>[] = [rateLimited, internal];
  if (kind !== 'open') failures.push(unauthenticated);
  if (['reader', 'guest', 'signedIn', 'mod', 'admin', 'owner'].includes(kind)) failures.push(forbidden);
  if (hooks.body || hooks.params || hooks.query) failures.push(invalid);
  if (hooks.body) failures.push(badRequest, tooLarge);
  return failures;
}

/** One response a status, which names every code that it may bring. */
function failureResponses(failures: readonly ErrorKind<never>[]): Record<string, JsonObject> {
  const responses: Record<string, JsonObject> = {};
  for (const status of [...new Set(failures.map((kind) => kind.status))].sort((a, b) => a - b)) {
    const kinds = new Map(
      failures.filter((kind) => kind.status === status).map((kind) => [`${kind.code}: ${kind.sentence}`, kind]),
    );
    const first = [...kinds.values()][0];
    responses[status] = {
      description: [...kinds.keys()].map((line) => `\`${line.replace(':', '`:')}.`).join('\n\n'),
      content: {
        'application/json': {
          schema: { $ref: '#/components/schemas/Error' },
          example: {
            error: first?.sentence,
            code: first?.code,
            correlation_id: '0b0e1c1e-8f5c-4d8e-9d2b-7a4b6f1f2c3d',
          },
        },
      },
    };
  }
  return responses;
}

function errorSchema(): JsonObject {
  return {
    type: 'object',
    description: 'What every failure answers. Some codes bring further fields.',
    required: ['error', 'code', 'correlation_id'],
    properties: {
      error: { type: 'string', description: 'A sentence for people.' },
      code: { type: 'string', description: 'Stable, for machines.', pattern: '^ERR_[A-Z_]+$' },
      correlation_id: { type: 'string', format: 'uuid' },
      field: { type: 'string', description: 'The first field that breaks its rule.' },
      retry_after: { type: 'integer', description: 'Seconds.' },
      ttl: { type: 'integer', description: 'Seconds that it still holds; 0: no end.' },
      epoch: { type: 'integer', description: 'The chat’s present epoch.' },
    },
    additionalProperties: true,
  };
}

function securitySchemes(): JsonObject {
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

/** Moves models that have a title under `components`, and what only our own validator reads out of the document. */
function hoist(node: Json, components: Record<string, Json>): Json {
  if (Array.isArray(node)) return node.map((one) => hoist(one, components));
  if (typeof node !== 'object' || node === null) return node;
  const { says: _, ...rest } = node;
  const walked = Object.fromEntries(
    Object.entries(rest).map(([key, value]) => [
      key,
      value === undefined || key === 'example' ? value : hoist(value, components),
    ]),
  );
  if (typeof walked.title !== 'string' || walked.type !== 'object') return walked;
  components[walked.title] = walked;
  return { $ref: `#/components/schemas/${walked.title}` };
}
