import type { ErrorKind } from '../core/errors.ts';

/** Left in a route's `detail`: the failures that are its own, besides those that its access rule and its input bring. */
export const FAILURES_NOTE = 'x-portal-failures';
export const EXAMPLE_NOTE = 'x-portal-example';
export const ANSWERS_NOTE = 'x-portal-answers';
export const LARGE_BODY_NOTE = 'x-portal-large-body';

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
};

/** What the OpenAPI document says of a route. */
export function describe({ fails = [], example, answers, largeBody, ...words }: Description) {
  return {
    ...words,
    [FAILURES_NOTE]: fails,
    ...(example ? { [EXAMPLE_NOTE]: example } : {}),
    ...(answers ? { [ANSWERS_NOTE]: answers } : {}),
    ...(largeBody ? { [LARGE_BODY_NOTE]: true } : {}),
  } as { operationId: string; summary: string };
}
