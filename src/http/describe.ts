import type { ErrorKind } from '../core/errors.ts';

/** Left in a route's `detail`: the failures that are its own, besides those that its access rule and its input bring. */
export const FAILURES_NOTE = 'x-portal-failures';
export const EXAMPLE_NOTE = 'x-portal-example';

type Description = {
  operationId: string;
  summary: string;
  description?: string;
  fails?: readonly ErrorKind<never>[];
  /** A request body that works. */
  example?: object;
};

/** What the OpenAPI document says of a route. */
export function describe({ fails = [], example, ...words }: Description) {
  return { ...words, [FAILURES_NOTE]: fails, ...(example ? { [EXAMPLE_NOTE]: example } : {}) } as {
    operationId: string;
    summary: string;
  };
}
