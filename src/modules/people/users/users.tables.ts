import { sql } from 'drizzle-orm';
import { count, identity, index, instant, primaryKey, table, text } from '../../../db/columns.ts';

export const users = table(
  'users',
  {
    id: identity(),
    username: text().notNull(),
    /** The name folded, so that names are unique without regard to case. */
    usernameKey: text('username_key').notNull().unique(),
    permissionLevel: count('permission_level').notNull().default(0),
    /** When the level last changed; 0: never. */
    permissionSince: instant('permission_since').notNull(),
    subscriptionTier: count('subscription_tier').notNull().default(0),
    subscriptionExpiresAt: instant('subscription_expires_at'),
    subscriptionGrantedBy: count('subscription_granted_by'),
    state: count().notNull().default(0),
    stateExpiresAt: instant('state_expires_at'),
    /** The picture as chosen and found: an http(s) address, a path on this instance, or null. Kept up to date at each change. */
    avatarUrl: text('avatar_url'),
    /** A linked platform's name, a default picture's key, or null: the earliest platform's picture. */
    avatarSource: text('avatar_source'),
    lastActivityAt: instant('last_activity_at').notNull(),
    createdAt: instant('created_at').notNull(),
    updatedAt: instant('updated_at').notNull(),
    /** Gone for everybody; what is left of the account is being cleared away. */
    deletedAt: instant('deleted_at'),
  },
  (t) => [
    index('users_level').on(t.permissionLevel),
    index('users_tier').on(t.subscriptionTier, t.subscriptionExpiresAt),
    index('users_state').on(t.state, t.stateExpiresAt),
    // As lists of users go: by id.
    index('users_tier_id').on(t.subscriptionTier, t.id),
    index('users_state_id').on(t.state, t.id),
    index('users_deleted').on(t.deletedAt).where(sql`deleted_at is not null`),
  ],
);

/** What a user is called on a chat platform, and the way in from there. */
export const identities = table(
  'identities',
  {
    platform: text().notNull(),
    platformUserId: text('platform_user_id').notNull(),
    userId: count('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    platformUsername: text('platform_username'),
    platformAvatarUrl: text('platform_avatar_url'),
    linkedAt: instant('linked_at').notNull(),
    lastAuthenticatedAt: instant('last_authenticated_at'),
    /** Logins in a row by codes that a bot asked for, since the last one through the website. */
    botLogins: count('bot_logins').notNull().default(0),
  },
  (t) => [primaryKey({ columns: [t.platform, t.platformUserId] }), index('identities_user').on(t.userId, t.linkedAt)],
);

/** Every change of a user's level. */
export const permissionChanges = table(
  'permission_changes',
  {
    id: identity(),
    userId: count('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    oldLevel: count('old_level').notNull(),
    newLevel: count('new_level').notNull(),
    /** The acting user; null: the console. */
    changedById: count('changed_by_id'),
    createdAt: instant('created_at').notNull(),
  },
  (t) => [index('permission_changes_user').on(t.userId, t.id)],
);

export type PermissionChangeRow = typeof permissionChanges.$inferSelect;
export type UserRow = typeof users.$inferSelect;
export type IdentityRow = typeof identities.$inferSelect;
