import { type Static, Type } from '@sinclair/typebox';
import { t } from 'elysia';
import { HttpUrl, Line, Moment, Name, Nullable, PathId, Time, Title } from '../../../wire/models.ts';

const MOST = Number.MAX_SAFE_INTEGER;

/** An opaque id of the platform: text or a number. */
const PlatformId = Type.Union([
  Line({ minLength: 1, maxLength: 128 }),
  Type.Integer({ minimum: -MOST, maximum: MOST }),
]);

export const UpdateOwnBotBody = Type.Object({
  name: Type.Optional(Name(32)),
  avatar_url: Type.Optional(Nullable(HttpUrl())),
  group_ids: Type.Optional(
    Type.Array(Line({ minLength: 1, maxLength: 128 }), {
      description: 'The groups that the bot is in. Only the number of distinct ids is stored.',
    }),
  ),
  users: Type.Optional(Type.Integer({ minimum: 0, maximum: MOST })),
  latency_ms: Type.Optional(Type.Number({ minimum: 0, maximum: 10_000 })),
});
export type UpdateOwnBotBody = Static<typeof UpdateOwnBotBody>;

export const BotUpdated = Type.Object(
  { message: Type.String(), created_at: Time(), updated_at: Time() },
  { title: 'BotUpdated', description: 'A confirmation, and the timestamps of the bot.' },
);
export type BotUpdated = Static<typeof BotUpdated>;

export const BatchBody = Type.Object({
  commands: Type.Array(
    Type.Object({
      command: Line({ minLength: 1, maxLength: 64 }),
      count: Type.Integer({ minimum: 1, maximum: 1_000_000_000 }),
      user_id: Type.Optional(Nullable(PlatformId)),
      group_id: Type.Optional(Nullable(PlatformId)),
      timestamp: Moment('When; uses are summed by day, in UTC.'),
    }),
    { minItems: 1, maxItems: 1000 },
  ),
});
export type BatchBody = Static<typeof BatchBody>;

export const BotUserParams = t.Object({ user_id: PathId('The user') });

export const UpdateBotUserBody = Type.Object({
  username: Type.Optional(Title({ minLength: 1, maxLength: 128 })),
  avatar_url: Type.Optional(Nullable(HttpUrl())),
});
export type UpdateBotUserBody = Static<typeof UpdateBotUserBody>;
