import { Elysia } from 'elysia';
import type { accessPlugin } from '../../../http/access.plugin.ts';
import { describe } from '../../../http/describe.ts';
import { sanctionErrors } from '../../people/sanctions/sanctions.errors.ts';
import { chatErrors } from '../chats/chats.errors.ts';
import { ChatIdParams } from '../chats/chats.model.ts';
import { ChatBans, ChatMutes, SanctionsQuery } from './moderation.model.ts';
import type { SanctionLists } from './sanction-lists.service.ts';

type Deps = { access: ReturnType<typeof accessPlugin>; sanctionLists: SanctionLists };

const base = { signedIn: 'AUTH', params: ChatIdParams, query: SanctionsQuery } as const;
const fails = [chatErrors.notFound, chatErrors.direct, chatErrors.banned, sanctionErrors.notModerator];

export const sanctionListsRoutes = ({ access, sanctionLists }: Deps) =>
  new Elysia({ name: 'sanction-lists', prefix: '/v1/portal/chats/:chat_id', tags: ['Moderation'] })
    .use(access)
    .get('/bans', ({ principal, params, query }) => sanctionLists.bans(principal, params.chat_id, query), {
      ...base,
      response: { 200: ChatBans },
      detail: describe({
        operationId: 'listChatBans',
        summary: 'List who is banned from a chat',
        description: 'Bans in force, newest first, for people who can lift them.',
        fails,
      }),
    })
    .get('/mutes', ({ principal, params, query }) => sanctionLists.mutes(principal, params.chat_id, query), {
      ...base,
      response: { 200: ChatMutes },
      detail: describe({
        operationId: 'listChatMutes',
        summary: 'List who is muted in a chat',
        description:
          'Mutes of this chat in force, newest first, for people who can lift them. Mutes in every chat are not listed.',
        fails,
      }),
    });
