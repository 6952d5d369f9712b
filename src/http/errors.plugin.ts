import type { ValueError } from '@sinclair/typebox/errors';
import { Elysia } from 'elysia';
import { AppError, badRequest, internal, notFound } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { invalidField } from '../wire/validator.ts';
import { contextOf, type RequestContext } from './request-context.ts';

export type ErrorBody = {
  error: string;
  code: string;
  correlation_id: string;
  [detail: string]: string | number | boolean | null | readonly string[];
};

/** The body of every failure, from any route. */
export function errorBody(error: AppError, correlationId: string): ErrorBody {
  return { ...error.details, error: error.message, code: error.errorCode, correlation_id: correlationId };
}

/** A failure as a complete response. */
export function errorResponse(error: AppError, correlationId: string): Response {
  const headers = new Headers({ 'content-type': 'application/json' });
  if (typeof error.details.retry_after === 'number') headers.set('retry-after', String(error.details.retry_after));
  return new Response(JSON.stringify(errorBody(error, correlationId)), { status: error.status, headers });
}

/** Converts any thrown value to an AppError. A bug is logged here, and its text is not sent to the client. */
export function asAppError(thrown: unknown, context: RequestContext, logger: Logger): AppError {
  if (thrown instanceof AppError) return thrown;
  const { code, type, valueError } = thrown as { code?: unknown; type?: string; valueError?: ValueError };
  if (code === 'NOT_FOUND') return notFound.saying('There is nothing at this address')();
  if (code === 'VALIDATION' && type !== 'response' && valueError) return invalidField(valueError);
  if (code === 'PARSE' || code === 'INVALID_COOKIE_SIGNATURE') return badRequest.saying('The body is not valid JSON')();
  logger.error('request failed', { correlation_id: context.correlationId, route: context.route, error: thrown });
  return internal();
}

/** The one error handler. Register it first: hooks cover only what comes after them. */
export function errorsPlugin(logger: Logger) {
  return new Elysia({ name: 'errors' }).onError({ as: 'global' }, ({ error, request, route }) => {
    const context = contextOf(request);
    if (route) context.route ??= route;
    return errorResponse(asAppError(error, context, logger), context.correlationId);
  });
}
