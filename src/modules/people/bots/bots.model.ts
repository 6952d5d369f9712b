import { type Static, Type } from '@sinclair/typebox';
import { t } from 'elysia';
import { Id, Line, Name, Nullable, Page, PathId, Time } from '../../../wire/models.ts';
import { WholeNumber } from '../../../wire/whole-number.ts';

/** The name of a chat platform. */
export const Platform = Type.String({
  minLength: 2,
  maxLength: 32,
  pattern: '^[a-z0-9_]+$',
  says: 'may hold lower-case letters, digits and underscores only',
  description: 'A chat platform, such as `discord`, `telegram`, `email` or `local`.',
});

const publicFields = {
  id: Type.Integer(),
  name: Type.String(),
  groups: Type.Integer({ description: 'How many groups of its platform the bot is in.' }),
  users: Type.Integer({ description: 'How many users of its platform the bot reaches.' }),
  avatar_url: Nullable(Type.String()),
  latency_ms: Nullable(Type.Number({ description: 'Null until the bot has reported one.' })),
  is_verified: Type.Boolean(),
  last_activity_at: Nullable(Time()),
  created_at: Time(),
  updated_at: Time(),
};

const staffFields = {
  platform: Type.String(),
  owner_id: Type.Integer(),
  bot_type: Type.Integer({ description: '1 official, 2 verified, 3 community.' }),
  is_active: Type.Boolean(),
  rate_limit_per_hour: Type.Integer(),
};

export const Bot = Type.Object(
  { ...publicFields, ...staffFields },
  { title: 'Bot', description: 'A registered bot, as seen by staff and by itself.' },
);
export type Bot = Static<typeof Bot>;

export const BotView = Type.Object(
  { ...publicFields, ...Type.Partial(Type.Object(staffFields)).properties },
  { title: 'BotView', description: 'A bot. Only Admins and Owners get the optional fields.' },
);
export type BotView = Static<typeof BotView>;

export const FoundBots = Type.Object(
  { bots: Type.Array(BotView), total: Type.Integer(), limit: Type.Integer(), offset: Type.Integer() },
  { title: 'FoundBots' },
);
export type FoundBots = Static<typeof FoundBots>;

export const BotIdParams = t.Object({ bot_id: PathId('The bot') });

export const BotsQuery = t.Object(Page(50, 100));
export const AllBotsQuery = t.Object(Page(25, 25));
export type BotsQuery = Static<typeof BotsQuery>;

export const BOT_TYPES = ['official', 'verified', 'community'] as const;
export type BotTypeName = (typeof BOT_TYPES)[number];

export const BotSearchQuery = t.Object({
  q: t.Optional(
    Line({
      maxLength: 50,
      description: 'Part of the name, case-insensitive. One or two characters match the beginning.',
    }),
  ),
  owner: t.Optional(
    WholeNumber({
      minimum: 1,
      maximum: Number.MAX_SAFE_INTEGER,
      description: 'Only bots owned by this user. For Admins and Owners.',
    }),
  ),
  bot_type: t.Optional(
    t.String({
      pattern: `^(?:[123]|${BOT_TYPES.join('|')})$`,
      says: 'must be official, verified or community',
      description: 'Only bots of this type: `official`, `verified` or `community`, or its number 1 to 3.',
    }),
  ),
  ...Page(25, 100, 10_000),
});
export type BotSearchQuery = Static<typeof BotSearchQuery>;

const HOURLY = { minimum: 1, maximum: 100_000 };

export const RegisterBotBody = Type.Object({
  name: Name(32),
  owner_id: Id('The user who answers for the bot.'),
  platform: Platform,
  rate_limit_per_hour: Type.Optional(Type.Integer({ ...HOURLY, default: 1000 })),
});
export type RegisterBotBody = Static<typeof RegisterBotBody>;

export const RegisteredBot = Type.Object(
  {
    message: Type.String(),
    bot: Bot,
    api_key: Type.String({ description: 'Shown once; only its hash is stored.' }),
    created_at: Time(),
    updated_at: Time(),
  },
  { title: 'RegisteredBot', description: 'A bot and its key, which is shown once.' },
);
export type RegisteredBot = Static<typeof RegisteredBot>;

const BotTypeName = Type.Unsafe<BotTypeName>(
  Type.String({
    enum: [...BOT_TYPES],
    pattern: `^(?:${BOT_TYPES.join('|')})$`,
    says: 'must be official, verified or community',
  }),
);

export const UpdateBotBody = Type.Object({
  name: Type.Optional(Name(32)),
  owner_id: Type.Optional(Id('The user who answers for the bot from now on.')),
  rate_limit_per_hour: Type.Optional(Type.Integer(HOURLY)),
  bot_type: Type.Optional(BotTypeName),
  is_active: Type.Optional(Type.Boolean({ description: 'The key of an inactive bot is refused.' })),
});
export type UpdateBotBody = Static<typeof UpdateBotBody>;
