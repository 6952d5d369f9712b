import { Elysia } from 'elysia';
import type { accessPlugin } from '../../../http/access.plugin.ts';
import { bareList, whole } from '../../../http/bare-list.ts';
import { describe } from '../../../http/describe.ts';
import { Announcements } from './announcements.model.ts';
import type { Announcements as AnnouncementsService } from './announcements.service.ts';

type Deps = { access: ReturnType<typeof accessPlugin>; announcements: AnnouncementsService };

export const announcementsRoutes = ({ access, announcements }: Deps) =>
  new Elysia({ name: 'announcements', prefix: '/v1/announcements', tags: ['Notifications'] })
    .use(access)
    .get('', async ({ set }) => bareList(whole(await announcements.list()), set), {
      reader: 'PUBLIC',
      response: { 200: Announcements },
      detail: describe({
        operationId: 'listAnnouncements',
        summary: 'List current announcements, newest first',
        description: 'Expired announcements are left out.',
      }),
    });
