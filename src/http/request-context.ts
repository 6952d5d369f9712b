import type { Principal } from '../core/principal.ts';
import type { RateState } from '../ports/rate-limiter.ts';
import type { PageHeaders } from './page-policy.ts';

/** What is known about a request besides the request itself. */
export type RequestContext = {
  readonly correlationId: string;
  /** The client's address, behind any trusted proxies. */
  readonly ip: string;
  /** On the clock of `performance.now()`. */
  readonly beganMs: number;
  principal?: Principal;
  rate?: RateState & { limit: number };
  /** The pattern of the matched route. Logged instead of the path, which may hold codes. */
  route?: string;
  /** The page's permissions, where they differ from the default. */
  page?: PageHeaders;
  /** Exempt from rate tiers. */
  isUncounted?: true;
};

const contexts = new WeakMap<Request, RequestContext>();

export function setContext(request: Request, context: RequestContext): void {
  contexts.set(request, context);
}

/** The context of a request. The dispatcher gives one to every request. */
export function contextOf(request: Request): RequestContext {
  const context = contexts.get(request);
  if (!context) throw new Error('a request without a context: it did not come through the dispatcher');
  return context;
}
