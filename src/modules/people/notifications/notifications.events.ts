import type { NotificationRow } from './notifications.tables.ts';

export type NotificationsEvent = { name: 'notification.created'; notification: NotificationRow };
