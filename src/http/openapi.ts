import { toOpenAPISchema } from '@elysiajs/openapi/openapi';
import type { TSchema } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import type { AnyElysia } from 'elysia';
import type { ErrorKind } from '../core/errors.ts';
import { NAME, VERSION } from '../core/version.ts';
import { ACCESS_NOTE, type AccessKind, type AccessNote } from './access.plugin.ts';
import { ANSWERS_NOTE, EXAMPLE_NOTE, FAILURES_NOTE } from './describe.ts';
import {
  ABOUT,
  answerHeaders,
  errorSchema,
  headers,
  type Json,
  type JsonObject,
  SECURITY,
  securitySchemes,
  TAGS,
  WHO,
} from './openapi.components.ts';
import { commonFailures, failureResponses } from './openapi.failures.ts';

type Operation = JsonObject & { parameters?: JsonObject[]; responses?: Record<string, JsonObject> };
type Hooks = { detail?: Record<string, unknown>; body?: TSchema; params?: unknown; query?: unknown };
type Route = { method: string; path: string; hooks: Hooks };

type Options = {
  /** Where people reach this instance, if it knows; the document's own address always counts. */
  publicUrl: string | undefined;
  /** What every call with a session may fail by, besides its absence. */
  sessionFailures: { always: readonly ErrorKind<never>[]; unlessTimedOutMay: readonly ErrorKind<never>[] };
};

/** The OpenAPI document of all routes: complete, and made of the same models that check requests and answers. */
export function openApiDocument(app: AnyElysia, options: Options): JsonObject {
  const { paths } = toOpenAPISchema(app) as unknown as { paths: Record<string, Record<string, Operation>> };
  for (const route of app.routes as unknown as Route[]) {
    const methods = paths[route.path.replace(/:(\w+)/g, '{$1}')];
    const method = route.method.toLowerCase();
    if (methods?.[method]) methods[method] = complete(methods[method], route, options);
  }
  const schemas: Record<string, Json> = { Error: errorSchema() };
  const servers = [{ url: '/', description: 'The instance that this document is from.' }];
  if (options.publicUrl) servers.push({ url: options.publicUrl, description: 'Its public address.' });
  return {
    openapi: '3.1.0',
    info: {
      title: NAME,
      version: VERSION,
      description: ABOUT,
      contact: { name: NAME, ...(options.publicUrl ? { url: options.publicUrl } : {}) },
      license: { name: 'AGPL-3.0-only', identifier: 'AGPL-3.0-only' },
    },
    servers,
    tags: TAGS.map(([name, description]) => ({ name, description })),
    paths: hoist(paths as unknown as Json, schemas),
    components: { schemas, headers: headers(), securitySchemes: securitySchemes() },
  };
}

function complete(operation: Operation, { method, hooks }: Route, { sessionFailures }: Options): Operation {
  const detail = hooks.detail ?? {};
  const access = detail[ACCESS_NOTE] as AccessNote | undefined;
  if (!access) throw new Error(`a route says nothing of who may call it: ${operation.operationId}`);
  const { kind, tier, whileTimedOut } = access;
  const always = whileTimedOut
    ? sessionFailures.always
    : [...sessionFailures.always, ...sessionFailures.unlessTimedOutMay];
  const hasInput = Boolean(hooks.body || hooks.params || hooks.query);
  const failures = [
    ...((detail[FAILURES_NOTE] as ErrorKind<never>[] | undefined) ?? []),
    ...commonFailures(kind, { ofSession: always, isChange: method === 'POST', hasInput }),
  ];
  const words = Object.entries(operation).filter(([key]) => !key.startsWith('x-portal-'));
  return {
    ...Object.fromEntries(words),
    description: described(operation.description, kind, tier),
    security: SECURITY[kind].map((scheme) => ({ [scheme]: [] })),
    ...(operation.parameters ? { parameters: operation.parameters.map(parameterOf) } : {}),
    ...(hooks.body ? { requestBody: requestBody(hooks.body, detail[EXAMPLE_NOTE] as Json | undefined) } : {}),
    responses: {
      ...answers(operation.responses ?? { 200: {} }, detail[ANSWERS_NOTE] as string | undefined),
      ...failureResponses(failures),
    },
  };
}

function described(words: Json | undefined, kind: AccessKind, tier = 'none'): string {
  const who = `For: ${WHO[kind]} Rate tier: ${tier}.`;
  return words ? `${words}\n\n${who}` : who;
}

/** No body at all is taken for an empty object. */
function requestBody(schema: TSchema, example: Json | undefined): JsonObject {
  const media = { schema: schema as Json, ...(example === undefined ? {} : { example }) };
  return { required: !Value.Check(schema, {}), content: { 'application/json': media } };
}

/** A parameter is described beside its schema, and one with a default may be left out. */
function parameterOf(parameter: JsonObject): JsonObject {
  const { description, ...schema } = parameter.schema as JsonObject;
  return {
    ...parameter,
    ...(description === undefined ? {} : { description }),
    ...(schema.default === undefined ? {} : { required: false }),
    schema,
  };
}

function answers(responses: Record<string, JsonObject>, media: string | undefined): Record<string, JsonObject> {
  return Object.fromEntries(
    Object.entries(responses).map(([status, response]) => {
      const content = media ? { [media]: { schema: { type: 'string' } } } : response.content;
      return [status, { ...response, description: descriptionOf(response), headers: answerHeaders(), content }];
    }),
  );
}

function descriptionOf(response: JsonObject): string {
  const content = response.content as Record<string, { schema?: JsonObject }> | undefined;
  const words = content?.['application/json']?.schema?.description;
  return typeof words === 'string' ? words : 'Done.';
}

/** Moves models that have a title under `components`, and what only our own validator reads out of the document. */
function hoist(node: Json, schemas: Record<string, Json>): Json {
  if (Array.isArray(node)) return node.map((one) => hoist(one, schemas));
  if (typeof node !== 'object' || node === null) return node;
  const { says: _, ...rest } = node;
  const walked = Object.fromEntries(
    Object.entries(rest).map(([key, value]) => [
      key,
      value === undefined || key === 'example' ? value : hoist(value, schemas),
    ]),
  );
  const { title, type } = walked;
  if (typeof title !== 'string' || type !== 'object') return walked;
  const known = schemas[title];
  if (known && !Bun.deepEquals(known, walked)) throw new Error(`two different models have the title ${title}`);
  schemas[title] = walked;
  return { $ref: `#/components/schemas/${title}` };
}
