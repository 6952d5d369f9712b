import { type TSchema, Type } from '@sinclair/typebox';
import './date-time.ts';
import { Text, type TextOptions } from './text.ts';
import { WholeNumber } from './whole-number.ts';

// What models of several modules share.

/** A positive integer id, in a body or an answer. */
export const Id = (description?: string) =>
  Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, ...(description ? { description } : {}) });

/** A positive integer id in a path. */
export const PathId = (description: string) =>
  WholeNumber({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description });

/** Which part of a list is asked for: `preset` entries unless the caller says otherwise, `most` at most. */
export const Page = (preset: number, most: number, furthest = Number.MAX_SAFE_INTEGER) => ({
  offset: WholeNumber({ minimum: 0, maximum: furthest, default: 0, description: 'Entries to skip.' }),
  limit: WholeNumber({ minimum: 1, maximum: most, default: preset, description: 'How many to return at most.' }),
});

/** Any text, for values that are only looked up. */
export const AnyText = (options: TextOptions = {}) => Text('any', options);

/** Text in one line. */
export const Line = (options: TextOptions = {}) => Text('line', options);

/** Text that may have several lines. */
export const Paragraph = (options: TextOptions = {}) => Text('lines', options);

/** One or more lines with visible text. */
export const Statement = (options: TextOptions) => Text('statement', options);

/** A title or name: one line with visible text, without characters that change its direction. */
export const Title = (options: TextOptions) => Text('title', options);

/** A name with at least 2 visible characters. The service trims it. */
export const Name = (maxLength: number) => Text('name', { minLength: 2, maxLength }, 2);

/** An id assigned by another system. */
export const Opaque = (options: TextOptions) => Text('opaque', options);

/** The address of a page or picture. */
export const HttpUrl = (options: TextOptions = {}) => Text('url', { ...options, maxLength: 2048 });

/** The address of a page that a shared browser opens. It holds no credentials, which everyone who watches would use. */
export const PageUrl = (options: TextOptions = {}) => Text('page', { ...options, maxLength: 2048 });

/** ISO 8601 in UTC. */
export const Time = (description?: string) =>
  Type.String({ format: 'date-time', ...(description ? { description } : {}) });

/** One of these words, as an enum. */
export const OneOf = <const T extends string>(words: readonly T[], description?: string, says?: string) =>
  Type.Unsafe<T>(
    Type.String({
      enum: words,
      pattern: `^(?:${words.join('|')})$`,
      says: says ?? `must be one of ${words.join(', ')}`,
      ...(description ? { description } : {}),
    }),
  );

/** A point in time given by a caller. */
export const Moment = (description: string) =>
  Type.String({
    format: 'date-time',
    says: 'must be an ISO 8601 time',
    description,
  });

export const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

export const User = Type.Object(
  { id: Type.Integer(), username: Type.String(), avatar_url: Nullable(Type.String()) },
  { title: 'User', description: 'A user in short form.' },
);

export const UserWithLevel = Type.Object(
  { ...User.properties, permission_level: Type.Integer({ minimum: 0, maximum: 3 }) },
  {
    title: 'UserWithLevel',
    description: 'A user in short form, with their level: 0 User, 1 Moderator, 2 Admin, 3 Owner.',
  },
);

/** A confirmation in one sentence. */
export const Done = Type.Object(
  { message: Type.String() },
  { title: 'Done', description: 'What was done, in a sentence.' },
);

export const Ok = Type.Object({ ok: Type.Literal(true) }, { title: 'Ok', description: 'The change is made.' });
