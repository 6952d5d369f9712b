import { count, identity, index, instant, primaryKey, table, text, uniqueIndex } from '../../../db/columns.ts';
import { users } from '../users/users.tables.ts';

/** Where a code was requested: on the website, by a bot for its user, or by the operator. */
export type LoginCodeKind = 'web' | 'bot' | 'console';

/** Pending login codes. A code is derived from its nonce and the instance's secret, and stored only as a keyed hash. */
export const loginCodes = table(
  'login_codes',
  {
    id: identity(),
    kind: text().$type<LoginCodeKind>().notNull(),
    codeHash: text('code_hash').notNull().unique(),
    nonce: text().notNull(),
    /** The identity that signs in; null for a console code, which names the account. */
    platform: text(),
    platformUserId: text('platform_user_id'),
    userId: count('user_id').references(() => users.id, { onDelete: 'cascade' }),
    /** Name and picture on the platform, as told by the bot that fetched the code; used for a new account. */
    platformUsername: text('platform_username'),
    platformAvatarUrl: text('platform_avatar_url'),
    /** The bot that fetched the code last. */
    botId: count('bot_id'),
    createdAt: instant('created_at').notNull(),
    expiresAt: instant('expires_at').notNull(),
  },
  (t) => [
    uniqueIndex('login_codes_identity').on(t.platform, t.platformUserId, t.kind),
    index('login_codes_user').on(t.userId),
    index('login_codes_expiry').on(t.expiresAt),
  ],
);

/** The networks and browsers that requested a code, and may use it. */
export const loginCodeAskers = table(
  'login_code_askers',
  {
    codeId: count('code_id')
      .notNull()
      .references(() => loginCodes.id, { onDelete: 'cascade' }),
    /** `ip:<network>` or `browser:<hash of its cookie>`. */
    asker: text().notNull(),
  },
  (t) => [primaryKey({ columns: [t.codeId, t.asker] }), index('login_code_askers_asker').on(t.asker)],
);

export type LoginCodeRow = typeof loginCodes.$inferSelect;
