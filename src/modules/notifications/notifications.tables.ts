import { index, sqliteTable } from 'drizzle-orm/sqlite-core';
import { count, identity, instant, text } from '../../db/columns.ts';
import { users } from '../users/users.tables.ts';

export type NotificationType = 'info' | 'success' | 'warning' | 'error';

export const notifications = sqliteTable(
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
    /** The sender's user id; null: the system. */
    createdBy: count('created_by'),
  },
  (table) => [index('notifications_user').on(table.userId, table.id)],
);

export type NotificationRow = typeof notifications.$inferSelect;
