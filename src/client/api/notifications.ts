import type { Static } from '@sinclair/typebox';
import type * as notifications from '../../modules/people/notifications/notifications.model.ts';
import type { Announcement, Notification } from '../wire.ts';
import type { CallOptions, List, Query, Route } from './route.ts';

export type NotificationsQuery = Query<Static<typeof notifications.NotificationsQuery>>;
export type NotificationsPage = Static<typeof notifications.Notifications>;
export type UnreadCount = Static<typeof notifications.UnreadCount>;
export type ReadAll = Static<typeof notifications.ReadAll>;

/** What one person is told, and what everyone is. */
export interface Notifications {
  /** One's notifications, newest first. */
  list(query?: NotificationsQuery, options?: CallOptions): Promise<NotificationsPage>;
  unreadCount(options?: CallOptions): Promise<UnreadCount>;
  /** Marks one as read. `ERR_NOTIFICATION_ALREADY_READ` the second time. */
  read(notificationId: number, options?: CallOptions): Promise<Notification>;
  readAll(options?: CallOptions): Promise<ReadAll>;
  /** The current announcements, newest first. */
  announcements(options?: CallOptions): Promise<List<Announcement>>;
}

export const NOTIFICATIONS = {
  list: 'GET /v1/notifications listNotifications query',
  unreadCount: 'GET /v1/notifications/unread-count countUnreadNotifications',
  read: 'POST /v1/notifications/{notification_id}/read readNotification',
  readAll: 'POST /v1/notifications/read-all readAllNotifications again',
  announcements: 'GET /v1/announcements listAnnouncements public',
} as const satisfies Record<keyof Notifications, Route>;
