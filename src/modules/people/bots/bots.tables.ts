import { count, flag, identity, index, instant, measure, primaryKey, table, text } from '../../../db/columns.ts';
import { users } from '../users/users.tables.ts';

export const bots = table(
  'bots',
  {
    id: identity(),
    name: text().notNull(),
    /** The name in lower case, for searching. */
    nameKey: text('name_key').notNull().default(''),
    ownerId: count('owner_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    platform: text().notNull(),
    /** 1 official, 2 verified, 3 community. */
    botType: count('bot_type').notNull().default(3),
    isActive: flag('is_active').notNull().default(true),
    rateLimitPerHour: count('rate_limit_per_hour').notNull(),
    keyHash: text('key_hash').notNull().unique(),
    groups: count().notNull().default(0),
    users: count().notNull().default(0),
    /** Null until the bot reports one. */
    latencyMs: measure('latency'),
    avatarUrl: text('avatar_url'),
    lastActivityAt: instant('last_activity_at'),
    createdAt: instant('created_at').notNull(),
    updatedAt: instant('updated_at').notNull(),
  },
  (t) => [
    index('bots_owner').on(t.ownerId),
    index('bots_name').on(t.nameKey),
    index('bots_type').on(t.botType),
    index('bots_active').on(t.isActive),
  ],
);

/** Command uses per day (`2026-01-31`, UTC). */
export const botCommandUses = table(
  'bot_command_uses',
  {
    botId: count('bot_id')
      .notNull()
      .references(() => bots.id, { onDelete: 'cascade' }),
    day: text().notNull(),
    command: text().notNull(),
    uses: count().notNull(),
  },
  (t) => [primaryKey({ columns: [t.botId, t.day, t.command] })],
);

export type BotRow = typeof bots.$inferSelect;
