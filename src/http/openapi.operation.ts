import type { TObject, TSchema } from '@sinclair/typebox';
import type { ErrorKind } from '../core/errors.ts';
import { ACCESS_NOTE, type AccessNote } from './access.plugin.ts';
import { ANSWERS_NOTE, EXAMPLE_NOTE, FAILURES_NOTE, NEEDS_FIELD_NOTE, SETS_COOKIE_NOTE } from './describe.ts';
import { answerHeaders, type HeaderName, type Json, type JsonObject, SECURITY, WHO } from './openapi.components.ts';
import { type Examples, exampleOf } from './openapi.examples.ts';
import { commonFailures, type FailureBook } from './openapi.failures.ts';
import type { SchemaBook } from './openapi.schemas.ts';
import type { Route, RouteDetail } from './route-table.ts';

export type Books = {
  models: SchemaBook;
  failures: FailureBook;
  examples: Examples;
  /** What every call with a session may fail by, besides its absence. */
  sessionFailures: { always: readonly ErrorKind<never>[]; unlessTimedOutMay: readonly ErrorKind<never>[] };
};

/** What the document says of one route. */
export function operationOf({ method, path, hooks }: Route, books: Books): JsonObject {
  const detail = hooks.detail ?? {};
  const { operationId = '', summary = '', description, tags = [] } = detail;
  const access = detail[ACCESS_NOTE] as AccessNote | undefined;
  if (!access) throw new Error(`a route says nothing of who may call it: ${method} ${path}`);
  const { kind, tier = 'none', whileTimedOut } = access;
  const { always, unlessTimedOutMay } = books.sessionFailures;
  const failures = [
    ...((detail[FAILURES_NOTE] as ErrorKind<never>[] | undefined) ?? []),
    ...commonFailures(kind, {
      ofSession: whileTimedOut ? always : [...always, ...unlessTimedOutMay],
      isChange: method === 'POST',
      // Where a query parameter can be unknown, there is always something to be wrong.
      hasInput: path.startsWith('/v1/') || Boolean(hooks.params || hooks.query),
    }),
  ];
  const parameters = [...parametersIn('path', hooks.params, books), ...parametersIn('query', hooks.query, books)];
  const who = `For: ${WHO[kind]} Rate tier: ${tier}.`;
  return {
    operationId,
    summary,
    description: description ? `${description}\n\n${who}` : who,
    tags,
    security: SECURITY[kind].map((scheme) => ({ [scheme]: [] })),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(hooks.body ? { requestBody: requestBody(operationId, hooks.body, detail, books) } : {}),
    responses: { ...books.failures.responses(failures), ...answers(hooks, summary, detail, books) },
  };
}

/** Described beside its schema; one with a default may be left out. */
function parametersIn(place: 'path' | 'query', schema: TObject | undefined, { models }: Books): JsonObject[] {
  return Object.entries(schema?.properties ?? {}).map(([name, property]) => {
    const { description, ...rest } = models.of(property);
    const isRequired = schema?.required?.includes(name) === true && rest.default === undefined;
    return {
      name,
      in: place,
      required: isRequired,
      ...(description === undefined ? {} : { description }),
      schema: rest,
    };
  });
}

/** A body is called after its operation. No body at all is taken for one without fields, where that is allowed. */
function requestBody(operationId: string, schema: TSchema, detail: RouteDetail, { models }: Books): JsonObject {
  const name = `${operationId.charAt(0).toUpperCase()}${operationId.slice(1)}Body`;
  const needsField = detail[NEEDS_FIELD_NOTE] === true;
  const example = detail[EXAMPLE_NOTE] as Json | undefined;
  const media = {
    schema: models.named(name, schema, needsField ? { minProperties: 1 } : {}),
    ...(example === undefined ? {} : { example }),
  };
  return { required: needsField || schema.required !== undefined, content: { 'application/json': media } };
}

function answers({ response }: Route['hooks'], summary: string, detail: RouteDetail, books: Books): JsonObject {
  const media = detail[ANSWERS_NOTE] as string | undefined;
  const cookie: HeaderName[] = detail[SETS_COOKIE_NOTE] === true ? ['Set-Cookie'] : [];
  if (media !== undefined) {
    const content = { [media]: { schema: { type: 'string' } } };
    return { 200: { description: `${summary}.`, headers: answerHeaders(), content } };
  }
  const written = Object.entries(response ?? {}).map(([status, schema]): [string, JsonObject] => {
    const model = books.models.of(schema);
    const total: HeaderName[] = model.type === 'array' ? ['X-Total-Count'] : [];
    const example = exampleOf(model, books.models.schemas, books.examples);
    return [
      status,
      {
        description: typeof schema.description === 'string' ? schema.description : `${summary}.`,
        headers: answerHeaders(...total, ...cookie),
        content: { 'application/json': { schema: model, example } },
      },
    ];
  });
  return Object.fromEntries(written);
}
