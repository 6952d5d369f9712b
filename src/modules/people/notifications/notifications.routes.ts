import { Elysia } from 'elysia';
import type { accessPlugin } from '../../../http/access.plugin.ts';
import { describe } from '../../../http/describe.ts';
import { notificationErrors } from './notifications.errors.ts';
import {
  Notification,
  NotificationParams,
  Notifications,
  NotificationsQuery,
  ReadAll,
  UnreadCount,
} from './notifications.model.ts';
import type { Notifications as NotificationsService } from './notifications.service.ts';

type Deps = { access: ReturnType<typeof accessPlugin>; notifications: NotificationsService };

/** Open to users who are timed out: the notification tells them why. */
export const notificationsRoutes = ({ access, notifications }: Deps) =>
  new Elysia({ name: 'notifications', prefix: '/v1/notifications', tags: ['Notifications'] })
    .use(access)
    .get('', ({ principal, query }) => notifications.list(principal, query), {
      signedInWhileTimedOut: 'AUTH',
      query: NotificationsQuery,
      response: { 200: Notifications },
      detail: describe({
        operationId: 'listNotifications',
        summary: 'List your notifications, newest first',
        description: 'Includes read notifications. Also available while you are timed out.',
      }),
    })
    .get('/unread-count', ({ principal }) => notifications.unreadCount(principal), {
      signedInWhileTimedOut: 'AUTH',
      response: { 200: UnreadCount },
      detail: describe({
        operationId: 'countUnreadNotifications',
        summary: 'Count your unread notifications',
        description: 'Also available while you are timed out.',
      }),
    })
    .post('/read-all', ({ principal }) => notifications.markAllRead(principal), {
      signedInWhileTimedOut: 'AUTH',
      response: { 200: ReadAll },
      detail: describe({
        operationId: 'readAllNotifications',
        summary: 'Mark all notifications as read',
        description: '`updated` is the number of notifications that were unread.',
      }),
    })
    .post(
      '/:notification_id/read',
      ({ principal, params }) => notifications.markRead(principal, params.notification_id),
      {
        signedInWhileTimedOut: 'AUTH',
        params: NotificationParams,
        response: { 200: Notification },
        detail: describe({
          operationId: 'readNotification',
          summary: 'Mark a notification as read',
          description: 'A notification can be marked once; a second request is 409.',
          fails: [notificationErrors.notFound, notificationErrors.alreadyRead],
        }),
      },
    );
