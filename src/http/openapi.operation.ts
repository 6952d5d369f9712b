import type { TSchema } from '@sinclair/typebox';
import type { ErrorKind } from '../core/errors.ts';
import { ACCESS_NOTE, type AccessNote } from './access.plugin.ts';
import { ANSWERS_NOTE, EXAMPLE_NOTE, FAILURES_NOTE, NEEDS_FIELD_NOTE, SETS_COOKIE_NOTE } from './describe.ts';
import {
  answerHeaders,
  type HeaderName,
  type Json,
  type JsonObject,
  mapped,
  SECURITY,
  WHO,
} from './openapi.components.ts';
import { type Examples, exampleOf } from './openapi.examples.ts';
import { commonFailures, type FailureBook } from './openapi.failures.ts';
import type { SchemaBook } from './openapi.schemas.ts';

export type Books = {
  models: SchemaBook;
  failures: FailureBook;
  examples: Examples;
  /** Failures of any call with a session, besides a missing one. */
  sessionFailures: { always: readonly ErrorKind<never>[]; unlessTimedOutMay: readonly ErrorKind<never>[] };
};

type Content = Record<string, { schema: TSchema }>;
type Parameter = { name: string; in: 'path' | 'query'; required: boolean; schema: TSchema };

/** An operation as the library reports it, with our notes from the route. */
export type FoundOperation = Record<string, unknown> & {
  operationId: string;
  summary: string;
  description?: string;
  tags?: string[];
  parameters?: Parameter[];
  requestBody?: { content: Content };
  responses?: Record<string, { content: Content }>;
};

/** Builds the document's entry for one operation. */
export function refined(found: FoundOperation, method: string, path: string, books: Books): JsonObject {
  const { operationId, summary, description, tags = [], parameters, requestBody } = found;
  const access = found[ACCESS_NOTE] as AccessNote | undefined;
  if (!access) throw new Error(`a route says nothing of who may call it: ${method} ${path}`);
  const { kind, tier = 'none', whileTimedOut } = access;
  const { always, unlessTimedOutMay } = books.sessionFailures;
  const failures = [
    ...((found[FAILURES_NOTE] as ErrorKind<never>[] | undefined) ?? []),
    ...commonFailures(kind, {
      ofSession: whileTimedOut ? always : [...always, ...unlessTimedOutMay],
      isChange: method === 'post',
      // Unknown query parameters are refused, so validation can always fail.
      hasInput: path.startsWith('/v1/') || parameters !== undefined,
    }),
  ];
  const who = `For: ${WHO[kind]} Rate tier: ${tier}.`;
  return {
    operationId,
    summary,
    description: description ? `${description}\n\n${who}` : who,
    tags,
    security: SECURITY[kind].map((scheme) => ({ [scheme]: [] })),
    ...(parameters ? { parameters: parameters.map((one) => parameter(one, books)) } : {}),
    ...(requestBody ? { requestBody: body(found, requestBody.content, books) } : {}),
    responses: { ...books.failures.responses(failures), ...answers(found, books) },
  };
}

/** The description moves beside the schema; a parameter with a default is optional. */
function parameter({ required, schema, ...where }: Parameter, { models }: Books): JsonObject {
  const { description, ...rest } = models.of(schema);
  return {
    ...where,
    required: required && rest.default === undefined,
    ...(description === undefined ? {} : { description }),
    schema: rest,
  };
}

/** Names the JSON body after its operation. A missing body counts as an object without fields, where that is valid. */
function body(found: FoundOperation, content: Content, { models }: Books): JsonObject {
  const { operationId } = found;
  const name = `${operationId.charAt(0).toUpperCase()}${operationId.slice(1)}Body`;
  const schema = schemaIn(content);
  const needsField = found[NEEDS_FIELD_NOTE] === true;
  const example = found[EXAMPLE_NOTE] as Json | undefined;
  const media = {
    schema: models.named(name, schema, needsField ? { minProperties: 1 } : {}),
    ...(example === undefined ? {} : { example }),
  };
  return { required: needsField || schema.required !== undefined, content: { 'application/json': media } };
}

/** Examples of answers that are text, by media type. */
const TEXTS: Readonly<Record<string, string>> = {
  'text/plain': '# HELP portal_sockets Authenticated sockets.\n# TYPE portal_sockets gauge\nportal_sockets 12\n',
  'image/svg+xml': '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><rect width="64" height="64"/></svg>',
};

function answers(found: FoundOperation, { models, examples }: Books): Record<string, JsonObject> {
  const { summary, responses = {} } = found;
  const media = found[ANSWERS_NOTE] as string | undefined;
  const cookie: HeaderName[] = found[SETS_COOKIE_NOTE] === true ? ['Set-Cookie'] : [];
  if (media !== undefined) {
    const isText = /^text\/|[+/](xml|json)$/.test(media);
    const example = TEXTS[media.split(';')[0] ?? ''];
    const schema = { type: 'string', ...(isText ? {} : { format: 'binary' }) };
    const content = { [media]: { schema, ...(example === undefined ? {} : { example }) } };
    return { 200: { description: `${summary}.`, headers: answerHeaders(), content } };
  }
  return mapped(responses, ({ content }) => {
    const schema = schemaIn(content);
    const model = models.of(schema);
    const total: HeaderName[] = model.type === 'array' ? ['X-Total-Count'] : [];
    return {
      description: schema.description ?? `${summary}.`,
      headers: answerHeaders(...total, ...cookie),
      content: { 'application/json': { schema: model, example: exampleOf(model, models.schemas, examples) } },
    };
  });
}

/** The library repeats the schema for every media type. */
function schemaIn(content: Content): TSchema {
  return content['application/json']?.schema as TSchema;
}
