import { type StringOptions, type TSchema, Type } from '@sinclair/typebox';
import './date-time.ts';
import { WholeNumber } from './whole-number.ts';

// What models of several modules share.

/** A positive integer id, in a body or an answer. */
export const Id = (description?: string) =>
  Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, ...(description ? { description } : {}) });

/** A positive integer id in a path. */
export const PathId = (description: string) =>
  WholeNumber({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description });

// Half a surrogate pair is no text: the database would keep something else. Nor is NUL, which PostgreSQL refuses.
const PAIR = '[\\ud800-\\udbff][\\udc00-\\udfff]';
const LINE = `(?:[^\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029\\ud800-\\udfff]|${PAIR})*`;
const LINES = `(?:[^\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u009f\\ud800-\\udfff]|${PAIR})*`;

type TextOptions = Pick<StringOptions, 'minLength' | 'maxLength' | 'description'>;

/** Text in one line. */
export const Line = (options: TextOptions = {}) =>
  Type.String({ ...options, pattern: `^${LINE}$`, says: 'must be one line without control characters' });

/** Text that may have several lines. */
export const Paragraph = (options: TextOptions = {}) =>
  Type.String({ ...options, pattern: `^${LINES}$`, says: 'must be text without control characters' });

/** What something is called: 2 characters at least once it is trimmed, which is for the service to do. */
export const Name = (maxLength: number) =>
  Type.String({
    minLength: 2,
    maxLength,
    pattern: `^(?=\\s*\\S.*\\S\\s*$)${LINE}$`,
    says: 'must be one line with at least 2 visible characters',
  });

/** Where a page or a picture is. */
export const HttpUrl = (options: TextOptions = {}) =>
  Type.String({
    ...options,
    maxLength: 2048,
    pattern: '^https?://[^\\s\\u0000-\\u001f\\u007f-\\u009f\\ud800-\\udfff]+$',
    says: 'must be an http or https address',
  });

/** ISO 8601 in UTC. */
export const Time = (description?: string) =>
  Type.String({ format: 'date-time', ...(description ? { description } : {}) });

/** One of these words. A union would be a schema for each of them. */
export const OneOf = <T extends string>(words: readonly T[], description?: string, says?: string) =>
  Type.Unsafe<T>(
    Type.String({
      enum: words,
      pattern: `^(?:${words.join('|')})$`,
      says: says ?? `must be one of ${words.join(', ')}`,
      ...(description ? { description } : {}),
    }),
  );

/** A time that a caller names. */
export const Moment = (description: string) =>
  Type.String({
    format: 'date-time',
    says: 'must be an ISO 8601 time',
    description,
  });

export const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

export const User = Type.Object(
  { id: Type.Integer(), username: Type.String(), avatar_url: Nullable(Type.String()) },
  { title: 'User', description: 'Who someone is, in short.' },
);

export const UserWithLevel = Type.Object(
  { ...User.properties, permission_level: Type.Integer({ minimum: 0, maximum: 3 }) },
  { title: 'UserWithLevel', description: 'Who someone is, and their level: 0 User, 1 Moderator, 2 Admin, 3 Owner.' },
);

export const Message = Type.Object(
  { message: Type.String() },
  { title: 'Done', description: 'What was done, in a sentence.' },
);

export const Ok = Type.Object({ ok: Type.Literal(true) }, { title: 'Ok' });
