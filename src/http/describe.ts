import type { ErrorKind } from '../core/errors.ts';

/** Kept in the route's `detail`: its own failures, besides those of its access rule and its input. */
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
  /** A valid request body. */
  example?: object;
  /** The media type of the response, if not JSON. */
  answers?: string;
  /** Accepts a larger body than other routes. */
  largeBody?: true;
  /** No field of the body is required, but at least one must be given. */
  needsField?: true;
  /** Accepts unknown query parameters, because third parties add their own. */
  anyQuery?: true;
  /** The response sets or clears a cookie. */
  setsCookie?: true;
};

/** What the OpenAPI document says about a route. */
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
