import { Elysia } from 'elysia';
import type { accessPlugin } from '../../../http/access.plugin.ts';
import { describe } from '../../../http/describe.ts';
import { Done } from '../../../wire/models.ts';
import { chatErrors } from '../chats/chats.errors.ts';
import { ChatIdParams } from '../chats/chats.model.ts';
import { ChatConfigBody } from './settings.model.ts';
import type { ChatConfig } from './settings.service.ts';

type Deps = { access: ReturnType<typeof accessPlugin>; chatConfig: ChatConfig };

export const chatConfigRoutes = ({ access, chatConfig }: Deps) =>
  new Elysia({ name: 'chat-config', prefix: '/v1/portal/chats', tags: ['Chats'] })
    .use(access)
    .post(
      '/:chat_id/config/update',
      ({ principal, params, body }) => chatConfig.update(principal, params.chat_id, body),
      {
        signedIn: 'AUTH',
        params: ChatIdParams,
        body: ChatConfigBody,
        response: { 200: Done },
        detail: describe({
          operationId: 'updateChatConfig',
          needsField: true,
          summary: 'Update a chat’s configuration',
          description:
            'Omitted fields keep their value. A slug makes a private chat public; null makes a public chat private. `wipe_preset` sets how long messages are kept, and restarts the wipe timer.',
          fails: [
            chatErrors.noChange,
            chatErrors.notFound,
            chatErrors.direct,
            chatErrors.banned,
            chatErrors.notManager,
            chatErrors.publicNeedsPremium,
            chatErrors.slugTaken,
            chatErrors.officialSlug,
          ],
          example: { name: 'Movie night', wipe_preset: '24h', history_visible: false },
        }),
      },
    );
