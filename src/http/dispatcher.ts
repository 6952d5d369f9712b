import { methodNotAllowed } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { parsableUrl, pathOf } from '../core/request-target.ts';
import { credentialsOf } from './credentials.ts';
import { asAppError, errorResponse } from './errors.plugin.ts';
import { addHeaders } from './headers.ts';
import { foreignOrigin, type Origins } from './origins.ts';
import { type RequestContext, setContext } from './request-context.ts';

type Deps = {
  /** Responds to the request, which has a context by now. */
  answer(request: Request): Response | Promise<Response>;
  /** The methods allowed at a path; empty if nothing is there. */
  methodsAt(path: string): string[];
  /** Counts a request that no route counted. Throws `ERR_RATE_LIMITED`. */
  count(context: RequestContext): Promise<void>;
  origins: Origins;
  logger: Logger;
  newId(): string;
  onAnswer?(request: Request, response: Response, context: RequestContext): void;
};

const UUID = /^[\da-f]{8}-[\da-f]{4}-[1-8][\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/i;

/** Wraps every REST request: correlation id, the Origin rule, headers, and the log line. */
export function createDispatcher({ answer, methodsAt, count, origins, logger, newId, onAnswer }: Deps) {
  return async function dispatch(received: Request, ip: string): Promise<Response> {
    const url = parsableUrl(received.url);
    const request = url === received.url ? received : new Request(url, received);
    const given = request.headers.get('x-correlation-id');
    const context: RequestContext = {
      correlationId: given && UUID.test(given) ? given : newId(),
      ip,
      beganMs: performance.now(),
    };
    setContext(request, context);
    const origin = request.headers.get('origin');
    const allowedOrigin = origin !== null && origins.isAllowed(origin) ? origin : null;
    const response = await respond(request, context, origin, allowedOrigin);
    addHeaders(response, context, origins.headersFor(origin));
    logger.debug('request', {
      correlation_id: context.correlationId,
      method: request.method,
      route: context.route ?? 'none',
      status: response.status,
      ms: Math.round(performance.now() - context.beganMs),
      ip,
    });
    onAnswer?.(request, response, context);
    return response;
  };

  async function respond(
    request: Request,
    context: RequestContext,
    origin: string | null,
    allowedOrigin: string | null,
  ): Promise<Response> {
    try {
      if (request.method === 'OPTIONS' && allowedOrigin !== null)
        return new Response(null, { status: 204, headers: origins.preflightHeaders });
      const isForeign = origin !== null && isForeignAct(request, origin);
      const response = isForeign ? undefined : await answer(request);
      if (!context.rate && !context.isUncounted) await count(context);
      if (!response) throw foreignOrigin();
      // No route matched.
      if (response.status === 404 && !context.route) return otherMethod(request, context) ?? response;
      return response;
    } catch (error) {
      return errorResponse(asAppError(error, context, logger), context.correlationId);
    }
  }

  /** Answers with the allowed methods, if any. Load balancers use `OPTIONS /` as a health check. */
  function otherMethod({ method, url }: Request, { correlationId }: RequestContext): Response | undefined {
    const path = pathOf(url);
    const methods = methodsAt(path);
    if (methods.length === 0) return undefined;
    const isProbe = method === 'OPTIONS' && path === '/';
    const response = isProbe ? new Response(null, { status: 204 }) : errorResponse(methodNotAllowed(), correlationId);
    response.headers.set('allow', methods.join(', '));
    return response;
  }

  /** Browsers send cookies from any page; only allowed origins may make changes. */
  function isForeignAct(request: Request, origin: string): boolean {
    if (request.method === 'GET' || request.method === 'HEAD') return false;
    if (!credentialsOf(request.headers).tokenFromCookie) return false;
    return !origins.mayAct(origin, request.headers.get('host') ?? undefined);
  }
}
