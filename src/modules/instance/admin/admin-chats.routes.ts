import { Type } from '@sinclair/typebox';
import { Elysia } from 'elysia';
import type { accessPlugin } from '../../../http/access.plugin.ts';
import { bareList } from '../../../http/bare-list.ts';
import { describe } from '../../../http/describe.ts';
import { Done } from '../../../wire/models.ts';
import { chatErrors } from '../../chats/chats/chats.errors.ts';
import { ChatIdParams } from '../../chats/chats/chats.model.ts';
import { sanctionErrors } from '../../people/sanctions/sanctions.errors.ts';
import { userErrors } from '../../people/users/users.errors.ts';
import * as model from '../chat-management/chat-management.model.ts';
import type { ChatManagement } from '../chat-management/chat-management.service.ts';

type Deps = { access: ReturnType<typeof accessPlugin>; chatManagement: ChatManagement };

const managed = [chatErrors.notFound, chatErrors.ownerOutranks];

export const adminChatsRoutes = ({ access, chatManagement }: Deps) =>
  new Elysia({ name: 'admin-chats', prefix: '/v1/admin/chats', tags: ['Admin'] })
    .use(access)
    .get('', async ({ principal, query, set }) => bareList(await chatManagement.list(principal, query), set), {
      admin: 'ADMIN',
      query: model.AdminChatsQuery,
      response: { 200: Type.Array(model.AdminChat) },
      detail: describe({
        operationId: 'listAllChats',
        summary: 'List all chats, newest first',
        description: 'Includes private chats, but not direct ones, which belong to the two people in them.',
      }),
    })
    .get('/:chat_id', ({ principal, params }) => chatManagement.show(principal, params.chat_id), {
      admin: 'ADMIN',
      params: ChatIdParams,
      response: { 200: model.AdminChatDetails },
      detail: describe({
        operationId: 'getAnyChat',
        summary: 'Get any chat with its members',
        description: 'Lists the first 200 members. Direct chats are 404.',
        fails: [chatErrors.notFound],
      }),
    })
    .post('', ({ principal, body }) => chatManagement.createOfficial(principal, principal.userId, body), {
      owner: 'ADMIN',
      body: model.OfficialChatBody,
      response: { 200: model.OfficialChat },
      detail: describe({
        operationId: 'createOfficialChat',
        summary: 'Create an official chat',
        description: 'You own it, and it comes first in the directory.',
        fails: [chatErrors.slugTaken],
        example: { name: 'General', slug: 'general', description: 'Open to everyone' },
      }),
    })
    .post('/:chat_id/update', ({ principal, params, body }) => chatManagement.update(principal, params.chat_id, body), {
      admin: 'ADMIN',
      params: ChatIdParams,
      body: model.UpdateChatBody,
      response: { 200: model.AdminChatDetails },
      detail: describe({
        operationId: 'updateAnyChat',
        needsField: true,
        summary: 'Update any chat',
        description:
          'Official and public chats need a slug. Setting only a slug makes a private chat public; null makes a chat private. ' +
          'Only Owners can make a chat official or change the visibility of an official one.',
        fails: [...managed, chatErrors.officialForOwners, chatErrors.slugTaken, chatErrors.noChange],
        example: { label: 'Staff pick' },
      }),
    })
    .post('/:chat_id/delete', ({ principal, params }) => chatManagement.delete(principal, params.chat_id), {
      admin: 'ADMIN',
      params: ChatIdParams,
      response: { 200: Done },
      detail: describe({
        operationId: 'deleteAnyChat',
        summary: 'Delete a chat and everything in it',
        description: 'Everyone in the room is told by `room:destroyed`.',
        fails: managed,
      }),
    })
    .post(
      '/:chat_id/kick',
      ({ principal, params, body }) => chatManagement.kick(principal, params.chat_id, body.user_id),
      {
        admin: 'ADMIN',
        params: ChatIdParams,
        body: model.KickFromChatBody,
        response: { 200: Done },
        detail: describe({
          operationId: 'kickFromAnyChat',
          summary: 'Kick a user from any chat',
          description:
            'Ends their membership and changes the key of the chat, so that they cannot read further messages.',
          fails: [
            chatErrors.notFound,
            chatErrors.banned,
            sanctionErrors.self,
            sanctionErrors.notModerator,
            userErrors.outranked,
            sanctionErrors.notInChat,
            userErrors.notFound,
          ],
          example: { user_id: 42 },
        }),
      },
    )
    .post(
      '/:chat_id/transfer',
      ({ principal, params, body }) => chatManagement.transfer(principal, params.chat_id, body.new_owner_id),
      {
        owner: 'ADMIN',
        params: ChatIdParams,
        body: model.TransferBody,
        response: { 200: Done },
        detail: describe({
          operationId: 'transferChat',
          summary: 'Transfer a chat to another user',
          description: 'The previous owner stays as a member. Bans and mutes of the new owner in the chat end.',
          fails: [chatErrors.notFound, chatErrors.ownsAlready, chatErrors.heirNotActive, userErrors.notFound],
          example: { new_owner_id: 42 },
        }),
      },
    );
