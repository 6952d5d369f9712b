import { count, identity, index, instant, table, text } from '../../../db/columns.ts';
import { users } from '../users/users.tables.ts';

/** The history of subscription tiers. */
export const subscriptionChanges = table(
  'subscription_changes',
  {
    id: identity(),
    userId: count('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    oldTier: count('old_tier').notNull(),
    newTier: count('new_tier').notNull(),
    reason: text(),
    /** The acting user; null for the console or the timer. */
    grantedById: count('granted_by_id'),
    createdAt: instant('created_at').notNull(),
  },
  (t) => [index('subscription_changes_user').on(t.userId, t.id)],
);

export type SubscriptionChangeRow = typeof subscriptionChanges.$inferSelect;
