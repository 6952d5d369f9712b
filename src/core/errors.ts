/** Additional fields of a failure. They are sent to the client, so nothing secret belongs here. */
export type ErrorDetails = Record<string, string | number | boolean | null | readonly string[]>;

/** A failure reported to the caller: a sentence for people, a code for machines. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly status: number;
  /** Not named `code`: Elysia would take that for one of its own. */
  readonly errorCode: string;
  readonly details: ErrorDetails;

  constructor(errorCode: string, status: number, sentence: string, details: ErrorDetails = {}) {
    super(sentence);
    this.errorCode = errorCode;
    this.status = status;
    this.details = details;
  }
}

/** A field's schema, for the documentation. */
export type DetailField =
  | {
      type: 'string' | 'integer';
      format?: 'int32' | 'int64' | 'date-time';
      description: string;
      example: string | number;
    }
  | { type: 'array'; items: { type: 'string' }; description: string; example: readonly string[] };
type DetailFields = Readonly<Record<string, DetailField>>;

type Spec<D> = {
  code: `ERR_${string}`;
  status: number;
  message: string | ((details: D) => string);
  /** The additional fields, if any. */
  fields?: DetailFields;
};

/** A kind of failure. Call it to create the error; its fields feed the documentation. */
export type ErrorKind<D extends ErrorDetails = ErrorDetails> = ((details?: D) => AppError) & {
  readonly code: string;
  readonly status: number;
  /** The sentence without any details. */
  readonly sentence: string;
  readonly fields: DetailFields;
  /** The same code and status with a more specific sentence. */
  saying(sentence: string): ErrorKind<D>;
  /** The same code with another status, where a route's contract asks for it. */
  withStatus(status: number): ErrorKind<D>;
};

/** Defines a kind of failure. A code has one status everywhere; its sentence may vary. */
export function defineError<D extends ErrorDetails = ErrorDetails>({
  code,
  status,
  message,
  fields = {},
}: Spec<D>): ErrorKind<D> {
  const sentenceOf = (details: D) => (typeof message === 'string' ? message : message(details));
  const make = (details: D = {} as D) => new AppError(code, status, sentenceOf(details), details);
  return Object.assign(make, {
    code,
    status,
    sentence: typeof message === 'string' ? message : message({} as D),
    fields,
    saying: (sentence: string) => defineError<D>({ code, status, message: sentence, fields }),
    withStatus: (other: number) => defineError<D>({ code, status: other, message, fields }),
  });
}

const retryAfter = {
  type: 'integer',
  format: 'int32',
  description: 'Seconds to wait before trying again.',
  example: 12,
} as const;
/** The remaining time of something that expires. */
export const RETRY_AFTER = { retry_after: retryAfter };
export const TTL = {
  ttl: { type: 'integer', format: 'int32', description: 'Seconds that it still lasts; 0: no end.', example: 540 },
} as const;

export const badRequest = defineError({ code: 'ERR_BAD_REQUEST', status: 400, message: 'The request is malformed' });
export const invalid = defineError<{ field: string }>({
  code: 'ERR_VALIDATION',
  status: 400,
  message: ({ field }) => `${field ?? 'A field'} is not valid`,
  fields: { field: { type: 'string', description: 'The first field that breaks its rule.', example: 'name' } },
});
export const unauthenticated = defineError({
  code: 'ERR_UNAUTHENTICATED',
  status: 401,
  message: 'Sign in first: no valid session or key came with this call',
});
export const forbidden = defineError({ code: 'ERR_FORBIDDEN', status: 403, message: 'Not allowed' });
export const accountRequired = defineError({
  code: 'ERR_ACCOUNT_REQUIRED',
  status: 403,
  message: 'This requires an account',
});
const LEVEL_WORDS = ['User', 'Moderator', 'Admin', 'Owner'];
/** `Admin access required` */
export const levelRequired = (lowest: number): ErrorKind => forbidden.saying(`${LEVEL_WORDS[lowest]} access required`);
export const notFound = defineError({ code: 'ERR_NOT_FOUND', status: 404, message: 'No such thing' });
export const methodNotAllowed = defineError({
  code: 'ERR_METHOD_NOT_ALLOWED',
  status: 405,
  message: 'This address does not allow this method; see the Allow header',
});
export const conflict = defineError({
  code: 'ERR_CONFLICT',
  status: 409,
  message: 'This conflicts with the current state',
});
export const tooLarge = defineError<{ max_bytes: number }>({
  code: 'ERR_TOO_LARGE',
  status: 413,
  message: ({ max_bytes }) => `The body is too large${max_bytes ? `: at most ${max_bytes} bytes` : ''}`,
  fields: { max_bytes: { type: 'integer', format: 'int64', description: 'The limit, in bytes.', example: 65_536 } },
});
export const rateLimited = defineError<{ retry_after: number }>({
  code: 'ERR_RATE_LIMITED',
  status: 429,
  message: ({ retry_after }) => `Too many requests${retry_after ? `; try again in ${retry_after} s` : ''}`,
  fields: RETRY_AFTER,
});
export const internal = defineError({ code: 'ERR_INTERNAL', status: 500, message: 'Something went wrong on our side' });
export const unavailable = defineError({
  code: 'ERR_UNAVAILABLE',
  status: 503,
  message: 'A service that this request depends on is unavailable',
});
