import { type TSchema, Type } from '@sinclair/typebox';
import { t } from 'elysia';

// What models of several modules share. Path and query numbers arrive as text: `t.Integer` reads them.

/** A positive integer id, in a body or an answer. */
export const Id = (description?: string) =>
  Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, ...(description ? { description } : {}) });

/** A positive integer id in a path. */
export const PathId = (description: string) => t.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description });

/** ISO 8601 in UTC. */
export const Time = (description?: string) =>
  Type.String({ format: 'date-time', ...(description ? { description } : {}) });

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
