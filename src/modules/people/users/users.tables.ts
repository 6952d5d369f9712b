import { sql } from 'drizzle-orm';
import { count, identity, index, instant, primaryKey, table, text } from '../../../db/columns.ts';

export const users = table(
  'users',
  {
    id: identity(),
    username: text().notNull(),
    /** The name in lower case, for case-insensitive uniqueness. */
    usernameKey: text('username_key').notNull().unique(),
    permissionLevel: count('permission_level').notNull().default(0),
    /** When the level last changed; 0: never. */
    permissionSince: instant('permission_since').notNull(),
    subscriptionTier: count('subscription_tier').notNull().default(0),
    subscriptionExpiresAt: instant('subscription_expires_at'),
    subscriptionGrantedBy: count('subscription_granted_by'),
    state: count().notNull().default(0),
    stateExpiresAt: instant('state_expires_at'),
    /** The resolved picture: an http(s) URL, a path on this instance, or null. Updated on every change. */
    avatarUrl: text('avatar_url'),
    /** The name of a linked platform or a default picture; null: the picture of the earliest platform. */
    avatarSource: text('avatar_source'),
    lastActivityAt: instant('last_activity_at').notNull(),
    createdAt: instant('created_at').notNull(),
    updatedAt: instant('updated_at').notNull(),
    /** Hidden since then; a job is deleting the rest of the account. */
    deletedAt: instant('deleted_at'),
  },
  (t) => [
    index('users_level').on(t.permissionLevel),
    index('users_tier').on(t.subscriptionTier, t.subscriptionExpiresAt),
    index('users_state').on(t.state, t.stateExpiresAt),
    // Filtered lists are ordered by id.
    index('users_tier_id').on(t.subscriptionTier, t.id),
    index('users_state_id').on(t.state, t.id),
    index('users_deleted').on(t.deletedAt).where(sql`deleted_at is not null`),
  ],
);

/** A user's account on a chat platform, by which they can sign in. */
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
    /** Consecutive logins by bot-requested codes since the last login through the website. */
    botLogins: count('bot_logins').notNull().default(0),
  },
  (t) => [primaryKey({ columns: [t.platform, t.platformUserId] }), index('identities_user').on(t.userId, t.linkedAt)],
);

/** The history of permission levels. */
export const permissionChanges = table(
  'permission_changes',
  {
    id: identity(),
    userId: count('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    oldLevel: count('old_level').notNull(),
    newLevel: count('new_level').notNull(),
    /** The acting user; null for the command line. */
    changedById: count('changed_by_id'),
    createdAt: instant('created_at').notNull(),
  },
  (t) => [index('permission_changes_user').on(t.userId, t.id)],
);

export type PermissionChangeRow = typeof permissionChanges.$inferSelect;
export type UserRow = typeof users.$inferSelect;
export type IdentityRow = typeof identities.$inferSelect;
