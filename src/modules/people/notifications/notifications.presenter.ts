import { isoTime, isoTimeOrNull } from '../../../core/clock.ts';
import type { Notification } from './notifications.model.ts';
import type { NotificationRow } from './notifications.tables.ts';

export function presentNotification(row: NotificationRow): Notification {
  return {
    id: row.id,
    title: row.title,
    body: row.body,
    type: row.type,
    read_at: isoTimeOrNull(row.readAt),
    created_at: isoTime(row.createdAt),
    created_by: row.createdBy,
  };
}
