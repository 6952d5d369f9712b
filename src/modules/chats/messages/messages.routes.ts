import { Type } from '@sinclair/typebox';
import { Elysia } from 'elysia';
import { accountRequired } from '../../../core/errors.ts';
import type { accessPlugin } from '../../../http/access.plugin.ts';
import { bareList } from '../../../http/bare-list.ts';
import { describe } from '../../../http/describe.ts';
import { chatErrors } from '../chats/chats.errors.ts';
import { ChatIdParams } from '../chats/chats.model.ts';
import { messageErrors } from './messages.errors.ts';
import {
  HistoryEntry,
  HistoryIds,
  HistoryIdsQuery,
  HistoryQuery,
  SendMessageBody,
  SentMessage,
} from './messages.model.ts';
import type { Messages } from './messages.service.ts';

type Deps = { access: ReturnType<typeof accessPlugin>; messages: Messages };

export const messagesRoutes = ({ access, messages }: Deps) =>
  new Elysia({ name: 'messages', prefix: '/v1/portal/chats/:chat_id', tags: ['Messages'] })
    .use(access)
    .post('/messages', ({ principal, params, body }) => messages.send(principal, params.chat_id, body.content), {
      guest: 'AUTH',
      params: ChatIdParams,
      body: SendMessageBody,
      response: { 200: SentMessage },
      detail: describe({
        operationId: 'sendMessage',
        summary: 'Send a sealed message',
        description:
          'The message is on disk before the response is sent, and is delivered to the chat by `message:new`.',
        fails: [
          chatErrors.notFound,
          messageErrors.notJoined,
          messageErrors.epochMismatch,
          messageErrors.noRoomKey,
          messageErrors.muted,
          chatErrors.archived,
          chatErrors.banned,
          messageErrors.invalidEnvelope,
          messageErrors.rate,
          accountRequired,
        ],
        example: { content: `{"v":2,"epoch":1,"ct":"${'A'.repeat(56)}"}` },
      }),
    })
    .get('/history/ids', ({ principal, params, query }) => messages.ids(principal, params.chat_id, query), {
      guest: 'AUTH',
      params: ChatIdParams,
      query: HistoryIdsQuery,
      response: { 200: HistoryIds },
      detail: describe({
        operationId: 'listHistoryIds',
        summary: 'List which messages still exist',
        description:
          'For clients that keep messages: what is not listed was deleted, or is not yours to read. The first 5,000 of the range, oldest ' +
          'first; if there are as many, continue from the last one.',
        fails: [chatErrors.notFound, chatErrors.banned, accountRequired],
      }),
    })
    .get(
      '/history',
      async ({ principal, params, query, set }) =>
        bareList(await messages.history(principal, params.chat_id, query), set),
      {
        guest: 'AUTH',
        params: ChatIdParams,
        query: HistoryQuery,
        response: { 200: Type.Array(HistoryEntry) },
        detail: describe({
          operationId: 'getHistory',
          summary: 'What was said, oldest first',
          description:
            'The last `limit` messages, the last before the id `before`, or the first after the id `after`; the message itself ' +
            'may be deleted. A page with fewer than `limit` is the end. Sealed: only the chat’s keys open them. ' +
            '`X-Total-Count` counts to 10,000.',
          fails: [chatErrors.notFound, chatErrors.banned, accountRequired],
        }),
      },
    );
