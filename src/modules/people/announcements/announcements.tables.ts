import { count, identity, index, instant, table, text } from '../../../db/columns.ts';
import type { NotificationType } from '../notifications/notifications.tables.ts';

/** Announcements to everyone, until they expire or are deleted. */
export const announcements = table(
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
  (t) => [index('announcements_expiry').on(t.expiresAt)],
);

export type AnnouncementRow = typeof announcements.$inferSelect;
