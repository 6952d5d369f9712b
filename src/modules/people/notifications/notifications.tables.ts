import { sql } from 'drizzle-orm';
import { count, identity, index, instant, table, text } from '../../../db/columns.ts';
import { users } from '../users/users.tables.ts';

export type NotificationType = 'info' | 'success' | 'warning' | 'error';

export const notifications = table(
  'notifications',
  {
    id: identity(),
    userId: count('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    title: text().notNull(),
    body: text().notNull(),
    type: text().$type<NotificationType>().notNull(),
    readAt: instant('read_at'),
    createdAt: instant('created_at').notNull(),
    /** The sender's user id; null for the system. */
    createdBy: count('created_by'),
  },
  (t) => [
    index('notifications_user').on(t.userId, t.id),
    index('notifications_unread').on(t.userId).where(sql`read_at is null`),
  ],
);

/** Notifications to everyone that are still being delivered. */
export const broadcasts = table('broadcasts', {
  id: identity(),
  title: text().notNull(),
  body: text().notNull(),
  type: text().$type<NotificationType>().notNull(),
  createdBy: count('created_by'),
  createdAt: instant('created_at').notNull(),
  /** Delivered to users up to this id. */
  deliveredTo: count('delivered_to').notNull().default(0),
  /** The last recipient: users who sign up later do not get it. */
  lastUserId: count('last_user_id').notNull(),
});

export type NotificationRow = typeof notifications.$inferSelect;
