import { Elysia } from 'elysia';
import type { accessPlugin } from '../../../http/access.plugin.ts';
import { describe } from '../../../http/describe.ts';
import { Done } from '../../../wire/models.ts';
import { announcementErrors } from '../../people/announcements/announcements.errors.ts';
import {
  Announcement,
  AnnouncementParams,
  CreateAnnouncementBody,
} from '../../people/announcements/announcements.model.ts';
import type { Announcements } from '../../people/announcements/announcements.service.ts';
import type { Broadcasts } from '../../people/notifications/broadcasts.service.ts';
import { NotificationSent, SendNotificationBody } from '../../people/notifications/notifications.model.ts';
import { userErrors } from '../../people/users/users.errors.ts';

type Deps = { access: ReturnType<typeof accessPlugin>; broadcasts: Broadcasts; announcements: Announcements };

export const adminNotificationsRoutes = ({ access, broadcasts, announcements }: Deps) =>
  new Elysia({ name: 'admin-notifications', prefix: '/v1/admin', tags: ['Admin'] })
    .use(access)
    .post('/notifications', ({ principal, body }) => broadcasts.send(principal, body), {
      admin: 'ADMIN',
      body: SendNotificationBody,
      response: { 200: NotificationSent },
      detail: describe({
        operationId: 'sendNotification',
        summary: 'Send a notification',
        description:
          'Delivered live to open sockets. With `user_ids`, all users must exist or nobody is notified. Without it everyone is ' +
          'notified; on a large instance delivery continues after the response, also across a restart.',
        fails: [userErrors.notFound],
        example: { title: 'Movie night', body: 'Tonight at eight.', type: 'info', user_ids: [42] },
      }),
    })
    .post('/announcements', ({ principal, body }) => announcements.create(principal, body), {
      admin: 'ADMIN',
      body: CreateAnnouncementBody,
      response: { 200: Announcement },
      detail: describe({
        operationId: 'createAnnouncement',
        summary: 'Create an announcement',
        description: 'Shown to everyone until it expires or is deleted, and sent to open sockets.',
        example: { title: 'Maintenance', body: 'Back at noon.', type: 'warning', expires_at: '2030-01-01T00:00:00Z' },
      }),
    })
    .post(
      '/announcements/:announcement_id/delete',
      ({ principal, params }) => announcements.delete(principal, params.announcement_id),
      {
        admin: 'ADMIN',
        params: AnnouncementParams,
        response: { 200: Done },
        detail: describe({
          operationId: 'deleteAnnouncement',
          summary: 'Delete an announcement',
          description: 'Open sockets are told.',
          fails: [announcementErrors.notFound],
        }),
      },
    );
