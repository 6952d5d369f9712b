/** Extra fields of a failed call, such as `field`, `ttl`, `retry_after` or `epoch`. */
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
 * A failed call, over REST or the socket.
 *
 * `code` is the server's stable code, or one of the client's own: `ERR_NETWORK` (no answer), `ERR_TIMEOUT` (no answer in
 * time; the call may still have taken effect), `ERR_BAD_RESPONSE` (the answer is not from a Portal server),
 * `ERR_NOT_CONNECTED`, `ERR_DISCONNECTED` (the socket dropped before the acknowledgement), `ERR_ROOM_LEFT`,
 * `ERR_SEND_ABANDONED` (no usable key within the allowed tries or time), `ERR_SEARCH_ENDED` (the server dropped the search),
 * `ERR_NO_FRAMES` (the shared browser sends its picture by WebRTC).
 * `status` is the HTTP status, or 0 for the socket and the client's own codes.
 */
export class PortalError extends Error {
  override readonly name = 'PortalError';
  readonly status: number;
  readonly code: string;
  readonly details: PortalErrorDetails;
  readonly correlationId: string | null;

  static {
    // Bundlers rename classes, and Node prints the class.
    Object.defineProperty(PortalError, 'name', { value: 'PortalError' });
  }

  constructor({ status = 0, code, message, details = {}, correlationId = null, cause }: PortalErrorParts) {
    super(message, cause === undefined ? {} : { cause });
    this.status = status;
    this.code = code;
    this.details = details;
    this.correlationId = correlationId;
  }

  /** Parses the body of a failed request or acknowledgement: `{ error, code, correlation_id, … }`. */
  static fromBody(body: unknown, status = 0, fallbackCorrelationId: string | null = null): PortalError {
    if (!isRecord(body) || typeof body.code !== 'string') {
      const message = `The answer is not from a Portal server (status ${status})`;
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

/** True for a PortalError, with one of these codes if any are given. */
export function isPortalError(error: unknown, ...codes: string[]): error is PortalError {
  return error instanceof PortalError && (codes.length === 0 || codes.includes(error.code));
}

/** True for a failure that may be over at the next try: no answer, a rate limit, or an error inside the server. */
export function isPassing(error: unknown): boolean {
  return error instanceof PortalError && (error.status === 0 || error.status === 429 || error.status >= 500);
}

/** True for a JSON object. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
