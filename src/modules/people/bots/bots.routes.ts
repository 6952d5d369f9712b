import { Type } from '@sinclair/typebox';
import { Elysia } from 'elysia';
import type { accessPlugin } from '../../../http/access.plugin.ts';
import { bareList } from '../../../http/bare-list.ts';
import { describe } from '../../../http/describe.ts';
import { botErrors } from './bots.errors.ts';
import { BotIdParams, BotSearchQuery, BotsQuery, BotView, FoundBots } from './bots.model.ts';
import type { Bots } from './bots.service.ts';

type Deps = { access: ReturnType<typeof accessPlugin>; bots: Bots };

export const botsRoutes = ({ access, bots }: Deps) =>
  new Elysia({ name: 'bots', prefix: '/v1/bots', tags: ['Bots'] })
    .use(access)
    .get('', async ({ principal, query, set }) => bareList(await bots.list(principal, query), set), {
      reader: 'PUBLIC',
      query: BotsQuery,
      response: { 200: Type.Array(BotView) },
      detail: describe({ operationId: 'listBots', summary: 'List active bots', description: 'Ordered by id.' }),
    })
    .get('/search', ({ principal, query }) => bots.search(principal, query), {
      signedIn: 'AUTH',
      query: BotSearchQuery,
      response: { 200: FoundBots },
      detail: describe({
        operationId: 'searchBots',
        summary: 'Search bots by name, owner or type',
        description: 'Admins and Owners also find inactive bots.',
        fails: [botErrors.ownerFilter],
      }),
    })
    .get('/:bot_id', ({ principal, params }) => bots.get(principal, params.bot_id), {
      reader: 'PUBLIC',
      params: BotIdParams,
      response: { 200: BotView },
      detail: describe({
        operationId: 'getBot',
        summary: 'Get a bot',
        description: 'Inactive bots are 404, except for Admins and Owners.',
        fails: [botErrors.notFound],
      }),
    });
