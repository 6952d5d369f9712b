import { Type } from '@sinclair/typebox';
import { Elysia } from 'elysia';
import type { accessPlugin } from '../../../http/access.plugin.ts';
import { bareList } from '../../../http/bare-list.ts';
import { describe } from '../../../http/describe.ts';
import { Done } from '../../../wire/models.ts';
import { chatErrors } from '../chats/chats.errors.ts';
import { Chat, ChatDetails, ChatIdParams, CreateChatBody } from '../chats/chats.model.ts';
import type { Chats } from '../chats/chats.service.ts';
import { ChatsQuery, EnterableChat } from './chat-lists.model.ts';
import type { ChatDirectory } from './directory.service.ts';

type Deps = {
  access: ReturnType<typeof accessPlugin>;
  chats: Pick<Chats, 'create' | 'delete'>;
  chatDirectory: Pick<ChatDirectory, 'listFor' | 'details'>;
};

export const chatsRoutes = ({ access, chats, chatDirectory }: Deps) =>
  new Elysia({ name: 'chats', prefix: '/v1/portal/chats', tags: ['Chats'] })
    .use(access)
    .get('', async ({ principal, query, set }) => bareList(await chatDirectory.listFor(principal, query), set), {
      signedIn: 'AUTH',
      query: ChatsQuery,
      response: { 200: Type.Array(EnterableChat) },
      detail: describe({
        operationId: 'listChats',
        summary: 'List the chats you can enter',
        description:
          'Official and public chats, private chats you own or have joined, and your direct chats, which bear the other one’s alias: official first, then by last activity. Includes at most the 500 most recently active public chats of others; pass `offset` or `limit` to page through all of them.',
      }),
    })
    .post('', ({ principal, body }) => chats.create(principal, body), {
      signedIn: 'AUTH',
      body: CreateChatBody,
      response: { 200: Chat },
      detail: describe({
        operationId: 'createChat',
        summary: 'Create a private chat',
        description: 'You can own one chat with a paying tier, five as an Admin, and any number as an Owner.',
        fails: [chatErrors.premiumRequired, chatErrors.slotLimit],
        example: { name: 'Movie night', description: 'Fridays at eight' },
      }),
    })
    .get('/:chat_id', ({ principal, params }) => chatDirectory.details(principal, params.chat_id), {
      signedIn: 'AUTH',
      params: ChatIdParams,
      response: { 200: ChatDetails },
      detail: describe({
        operationId: 'getChat',
        summary: 'Get a chat with its configuration',
        description: 'A private chat that you cannot enter is 404.',
        fails: [chatErrors.notFound, chatErrors.direct, chatErrors.banned],
      }),
    })
    .post('/:chat_id/delete', ({ principal, params }) => chats.delete(principal, params.chat_id), {
      signedIn: 'AUTH',
      params: ChatIdParams,
      response: { 200: Done },
      detail: describe({
        operationId: 'deleteChat',
        summary: 'Delete a chat and everything in it',
        description:
          'Everyone in the room is told by `room:destroyed`. Messages, keys and invites cannot be recovered.',
        fails: [chatErrors.notFound, chatErrors.direct, chatErrors.notOwner, chatErrors.banned],
      }),
    });
