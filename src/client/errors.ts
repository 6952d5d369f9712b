/** What a failed call brings besides sentence and code, for instance `field`, `ttl`, `retry_after`, `epoch`. */
export type PortalErrorDetails = Readonly<Record<string, unknown>>;

type PortalErrorParts = {
  status?: number;
  code: string;
  message: string;
  details?: PortalErrorDetails;
  correlationId?: string | null;
  cause?: unknown;
};

/**
 * A call that failed, over REST or over the socket.
 *
 * `code` is the server's stable code, or one of the client's own: `ERR_NETWORK` (nothing came back), `ERR_TIMEOUT` (the
 * answer took too long: the call may have taken effect), `ERR_BAD_RESPONSE` (something that is no Portal answered),
 * `ERR_NOT_CONNECTED`, `ERR_DISCONNECTED` (the socket went down before the acknowledgement), `ERR_ROOM_LEFT`,
 * `ERR_SEND_ABANDONED` (a message could not be sealed and delivered in the tries or the time allowed).
 * `status` is the HTTP status, 0 for the socket and for the client's own codes.
 */
export class PortalError extends Error {
  override readonly name = 'PortalError';
  readonly status: number;
  readonly code: string;
  readonly details: PortalErrorDetails;
  readonly correlationId: string | null;

  constructor({ status = 0, code, message, details = {}, correlationId = null, cause }: PortalErrorParts) {
    super(message, cause === undefined ? {} : { cause });
    this.status = status;
    this.code = code;
    this.details = details;
    this.correlationId = correlationId;
  }

  /** Reads `{ error, code, correlation_id, … }`: the body of a failed request, or a failed acknowledgement. */
  static fromBody(body: unknown, status = 0, fallbackCorrelationId: string | null = null): PortalError {
    if (!isRecord(body) || typeof body.code !== 'string') {
      const message = `The answer is not one of a Portal server (status ${status})`;
      return new PortalError({ status, code: 'ERR_BAD_RESPONSE', message, correlationId: fallbackCorrelationId });
    }
    const { error, code, correlation_id, ok: _, ...details } = body;
    return new PortalError({
      status,
      code: String(code),
      message: typeof error === 'string' ? error : String(code),
      details,
      correlationId: typeof correlation_id === 'string' ? correlation_id : fallbackCorrelationId,
    });
  }
}

/** True for a PortalError, with this code if one is given. */
export function isPortalError(error: unknown, ...codes: string[]): error is PortalError {
  return error instanceof PortalError && (codes.length === 0 || codes.includes(error.code));
}

/** True for what JSON calls an object. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
