import { type Static, Type } from '@sinclair/typebox';
import { Id, Nullable, Time } from '../../http/models.ts';

/** A chat platform's name. */
export const Platform = Type.String({
  minLength: 2,
  maxLength: 32,
  pattern: '^[a-z0-9_]+$',
  says: 'may hold lower-case letters, digits and underscores only',
  description: 'A chat platform, such as `discord`, `telegram`, `email` or `local`.',
});

export const Bot = Type.Object(
  {
    id: Type.Integer(),
    name: Type.String(),
    platform: Type.String(),
    groups: Type.Integer(),
    users: Type.Integer(),
    owner_id: Type.Integer(),
    bot_type: Type.Integer({ description: '1 official, 2 verified, 3 community.' }),
    is_active: Type.Boolean(),
    rate_limit_per_hour: Type.Integer(),
    avatar_url: Nullable(Type.String()),
    latency_ms: Type.Integer(),
    is_verified: Type.Boolean(),
    last_activity_at: Nullable(Time()),
    created_at: Time(),
    updated_at: Time(),
  },
  { title: 'Bot', description: 'A registered bot, as its owner and the staff see it.' },
);
export type Bot = Static<typeof Bot>;

export const RegisterBotBody = Type.Object({
  name: Type.String({ minLength: 2, maxLength: 32 }),
  owner_id: Id('The user who answers for the bot.'),
  platform: Platform,
  rate_limit_per_hour: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000, default: 1000 })),
});
export type RegisterBotBody = Static<typeof RegisterBotBody>;

export const RegisteredBot = Type.Object(
  {
    message: Type.String(),
    bot: Bot,
    api_key: Type.String({ description: 'Shown this once; only its hash is kept.' }),
    created_at: Time(),
    updated_at: Time(),
  },
  { title: 'RegisteredBot' },
);
export type RegisteredBot = Static<typeof RegisteredBot>;
