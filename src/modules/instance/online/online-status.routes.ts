import { Elysia } from 'elysia';
import type { accessPlugin } from '../../../http/access.plugin.ts';
import { describe } from '../../../http/describe.ts';
import { PortalStatus, StatusQuery } from './online-status.model.ts';
import type { OnlineStatus } from './online-status.service.ts';

type Deps = { access: ReturnType<typeof accessPlugin>; onlineStatus: OnlineStatus };

export const onlineStatusRoutes = ({ access, onlineStatus }: Deps) =>
  new Elysia({ name: 'online', prefix: '/v1/portal', tags: ['Chats'] })
    .use(access)
    .get('/status', ({ principal, query }) => onlineStatus.status(principal, query), {
      signedIn: 'AUTH',
      query: StatusQuery,
      response: { 200: PortalStatus },
      detail: describe({
        operationId: 'getPortalStatus',
        summary: 'List who is online, and whether you are muted',
        description:
          'Everyone with an open socket, in a chat or not. A lost connection counts as online for up to 30 seconds.',
      }),
    });
