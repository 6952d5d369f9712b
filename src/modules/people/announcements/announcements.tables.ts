import { index, sqliteTable } from 'drizzle-orm/sqlite-core';
import { count, identity, instant, text } from '../../../db/columns.ts';
import type { NotificationType } from '../notifications/notifications.tables.ts';

/** What everybody is told, until it expires or is taken back. */
export const announcements = sqliteTable(
  'announcements',
  {
    id: identity(),
    title: text().notNull(),
    body: text().notNull(),
    type: text().$type<NotificationType>().notNull(),
    createdBy: count('created_by'),
    createdAt: instant('created_at').notNull(),
    expiresAt: instant('expires_at'),
  },
  (table) => [index('announcements_expiry').on(table.expiresAt)],
);

export type AnnouncementRow = typeof announcements.$inferSelect;
