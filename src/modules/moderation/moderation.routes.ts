import { Elysia } from 'elysia';
import type { accessPlugin } from '../../http/access.plugin.ts';
import { describe } from '../../http/describe.ts';
import { Ok } from '../../http/models.ts';
import { chatErrors } from '../chats/chats.errors.ts';
import { ChatIdParams } from '../chats/chats.model.ts';
import { userErrors } from '../users/users.errors.ts';
import { moderationErrors } from './moderation.errors.ts';
import { KickBody } from './moderation.model.ts';
import type { Moderation } from './moderation.service.ts';

type Deps = { access: ReturnType<typeof accessPlugin>; moderation: Moderation };

export const moderationRoutes = ({ access, moderation }: Deps) =>
  new Elysia({ name: 'moderation', prefix: '/v1/portal/chats/:chat_id', tags: ['Moderation'] })
    .use(access)
    .post(
      '/kick',
      ({ principal, params, body }) => moderation.kick(principal, params.chat_id, body.user_id, body.reason ?? null),
      {
        signedIn: 'AUTH',
        params: ChatIdParams,
        body: KickBody,
        response: { 200: Ok },
        detail: describe({
          operationId: 'kickMember',
          summary: 'Put someone out of a chat',
          description: 'Their membership ends, and the chat gets a new key: they cannot read on.',
          fails: [
            chatErrors.notFound,
            chatErrors.banned,
            moderationErrors.self,
            moderationErrors.notModerator,
            moderationErrors.outranked,
            moderationErrors.notInChat,
            userErrors.notFound,
          ],
          example: { user_id: 42, reason: 'Spoilers' },
        }),
      },
    );
