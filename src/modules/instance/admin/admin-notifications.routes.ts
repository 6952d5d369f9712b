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
        summary: 'Notify some people, or everybody',
        description:
          'Live to open sockets. To some: all of them must exist, else nobody is told. To everybody: where these are very many, ' +
          'the last ones get it after the answer, and a restart of the server does not keep it from them.',
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
        summary: 'Tell everybody something, for a time',
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
          summary: 'Take an announcement back',
          fails: [announcementErrors.notFound],
        }),
      },
    );
