import { Elysia } from 'elysia';
import type { accessPlugin } from '../../../http/access.plugin.ts';
import { describe } from '../../../http/describe.ts';
import { Done } from '../../../wire/models.ts';
import { browserErrors } from '../../chats/browser/browser.errors.ts';
import { PullingForStaff } from '../../chats/browser/browser.model.ts';
import type { BrowserRights } from '../../chats/browser/browser-rights.service.ts';
import { chatErrors } from '../../chats/chats/chats.errors.ts';
import { ChatIdParams } from '../../chats/chats/chats.model.ts';

type Deps = {
  access: ReturnType<typeof accessPlugin>;
  browserRights: Pick<BrowserRights, 'startAsStaff' | 'stopAsStaff'>;
};

const managed = [chatErrors.notFound, chatErrors.ownerOutranks];

export const adminBrowsersRoutes = ({ access, browserRights }: Deps) =>
  new Elysia({ name: 'admin-browsers', prefix: '/v1/admin/chats', tags: ['Admin'] })
    .use(access)
    .post(
      '/:chat_id/start',
      async ({ principal, params, set }) => {
        const started = await browserRights.startAsStaff(principal, params.chat_id);
        if (started.state === 'pulling') set.status = 202;
        return started;
      },
      {
        admin: 'ADMIN',
        params: ChatIdParams,
        response: { 200: Done, 202: PullingForStaff },
        detail: describe({
          operationId: 'startAnyBrowser',
          summary: 'Start the browser of any chat',
          description:
            'Answers when the browser can be watched, within 45 seconds; 202 while its image is being pulled. Direct chats are 404.',
          fails: [
            ...managed,
            chatErrors.archived,
            browserErrors.alreadyRunning,
            browserErrors.unavailable,
            browserErrors.capacity,
            browserErrors.startFailed,
            browserErrors.unfenced,
          ],
        }),
      },
    )
    .post('/:chat_id/stop', ({ principal, params }) => browserRights.stopAsStaff(principal, params.chat_id), {
      admin: 'ADMIN',
      params: ChatIdParams,
      response: { 200: Done },
      detail: describe({
        operationId: 'stopAnyBrowser',
        summary: 'Stop the browser of any chat',
        description: 'Its profile is deleted; the room hears `room:stopped`. Direct chats are 404.',
        fails: [...managed, browserErrors.notRunningNow],
      }),
    });
