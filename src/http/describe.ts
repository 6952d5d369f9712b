import type { ErrorKind } from '../core/errors.ts';

/** Left in a route's `detail`: the failures that are its own, besides those that its access rule and its input bring. */
export const FAILURES_NOTE = 'x-portal-failures';
export const EXAMPLE_NOTE = 'x-portal-example';
export const ANSWERS_NOTE = 'x-portal-answers';
export const LARGE_BODY_NOTE = 'x-portal-large-body';
export const NEEDS_FIELD_NOTE = 'x-portal-needs-field';
export const ANY_QUERY_NOTE = 'x-portal-any-query';
export const SETS_COOKIE_NOTE = 'x-portal-sets-cookie';

type Description = {
  operationId: string;
  summary: string;
  description?: string;
  fails?: readonly ErrorKind<never>[];
  /** A request body that works. */
  example?: object;
  /** The media type of the answer, where it is no JSON. */
  answers?: string;
  /** Its body may be larger than others’. */
  largeBody?: true;
  /** No field of the body is required, but at least one must be given. */
  needsField?: true;
  /** Accepts unknown query parameters, because third parties add their own. */
  anyQuery?: true;
  /** The response sets or clears a cookie. */
  setsCookie?: true;
};

/** What the OpenAPI document says of a route. */
export function describe(description: Description) {
  const { fails = [], example, answers, largeBody, needsField, anyQuery, setsCookie, ...words } = description;
  return {
    ...words,
    [FAILURES_NOTE]: fails,
    ...(example ? { [EXAMPLE_NOTE]: example } : {}),
    ...(answers ? { [ANSWERS_NOTE]: answers } : {}),
    ...(largeBody ? { [LARGE_BODY_NOTE]: true } : {}),
    ...(needsField ? { [NEEDS_FIELD_NOTE]: true } : {}),
    ...(anyQuery ? { [ANY_QUERY_NOTE]: true } : {}),
    ...(setsCookie ? { [SETS_COOKIE_NOTE]: true } : {}),
  } as { operationId: string; summary: string };
}
