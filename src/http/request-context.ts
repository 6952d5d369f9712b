import type { Principal } from '../core/principal.ts';
import type { RateState } from '../ports/rate-limiter.ts';
import type { PageHeaders } from './page-policy.ts';

/** What is known of a request besides the request itself. */
export type RequestContext = {
  readonly correlationId: string;
  /** The client's address, proxies seen through. */
  readonly ip: string;
  /** On the clock of `performance.now()`. */
  readonly beganMs: number;
  principal?: Principal;
  rate?: RateState & { limit: number };
  /** The pattern of the route that answered, for the log: paths hold codes. */
  route?: string;
  /** What the page that answers may do, if it may more or less than others. */
  page?: PageHeaders;
  /** Counts against no rate tier. */
  isUncounted?: true;
};

const contexts = new WeakMap<Request, RequestContext>();

export function setContext(request: Request, context: RequestContext): void {
  contexts.set(request, context);
}

/** Every request that the dispatcher lets in has one. */
export function contextOf(request: Request): RequestContext {
  const context = contexts.get(request);
  if (!context) throw new Error('a request without a context: it did not come through the dispatcher');
  return context;
}
