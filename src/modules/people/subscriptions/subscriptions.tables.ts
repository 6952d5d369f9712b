import { index, sqliteTable } from 'drizzle-orm/sqlite-core';
import { count, identity, instant, text } from '../../../db/columns.ts';
import { users } from '../users/users.tables.ts';

/** Every change of a user's tier. */
export const subscriptionChanges = sqliteTable(
  'subscription_changes',
  {
    id: identity(),
    userId: count('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    oldTier: count('old_tier').notNull(),
    newTier: count('new_tier').notNull(),
    reason: text(),
    /** The acting user; null: the console, or the timer. */
    grantedById: count('granted_by_id'),
    createdAt: instant('created_at').notNull(),
  },
  (table) => [index('subscription_changes_user').on(table.userId, table.id)],
);

export type SubscriptionChangeRow = typeof subscriptionChanges.$inferSelect;
