import { Elysia } from 'elysia';
import { accountRequired } from '../../../core/errors.ts';
import type { accessPlugin } from '../../../http/access.plugin.ts';
import { describe } from '../../../http/describe.ts';
import { chatErrors } from '../chats/chats.errors.ts';
import { ChatIdParams } from '../chats/chats.model.ts';
import { messageErrors } from '../messages/messages.errors.ts';
import { Cleared, Deleted, DeleteLastBody, DeleteMessagesBody } from '../messages/messages.model.ts';
import type { Clearing } from './clearing.service.ts';
import type { Removal } from './removal.service.ts';

type Deps = { access: ReturnType<typeof accessPlugin>; removal: Removal; clearing: Clearing };

const entering = [chatErrors.notFound, chatErrors.direct, chatErrors.banned];

export const removalRoutes = ({ access, removal, clearing }: Deps) =>
  new Elysia({ name: 'removal', prefix: '/v1/portal/chats/:chat_id', tags: ['Messages'] })
    .use(access)
    .post('/messages/delete', ({ principal, params, body }) => removal.delete(principal, params.chat_id, body.ids), {
      signedIn: 'AUTH',
      params: ChatIdParams,
      body: DeleteMessagesBody,
      response: { 200: Deleted },
      detail: describe({
        operationId: 'deleteMessages',
        summary: 'Delete messages by id',
        description: 'For moderators of the chat. Unknown ids are ignored.',
        fails: [...entering, messageErrors.notModerator],
        example: { ids: ['1710000000000-0'] },
      }),
    })
    .post(
      '/messages/delete-last',
      ({ principal, params, body }) => removal.deleteLast(principal, params.chat_id, body.count),
      {
        signedIn: 'AUTH',
        params: ChatIdParams,
        body: DeleteLastBody,
        response: { 200: Deleted },
        detail: describe({
          operationId: 'deleteLastMessages',
          summary: 'Delete the last messages of a chat',
          description: 'For moderators of the chat. Deletes up to `count` messages, newest first.',
          fails: [...entering, messageErrors.notModerator],
          example: { count: 10 },
        }),
      },
    )
    .post('/messages/delete-mine', ({ principal, params }) => removal.deleteMine(principal, params.chat_id), {
      guest: 'AUTH',
      params: ChatIdParams,
      response: { 200: Deleted },
      detail: describe({
        operationId: 'deleteMyMessages',
        summary: 'Delete all your messages in a chat',
        description: 'Works in any chat you can enter. System messages stay.',
        fails: [...entering, accountRequired],
      }),
    })
    .post('/clear', ({ principal, params }) => clearing.clear(principal, params.chat_id), {
      signedIn: 'AUTH',
      params: ChatIdParams,
      response: { 200: Cleared },
      detail: describe({
        operationId: 'clearChat',
        summary: 'Delete all messages of a chat',
        description: 'Gives the chat a new key and restarts its wipe timer.',
        fails: [...entering, messageErrors.mayNotClear],
      }),
    });
