import { Type } from '@sinclair/typebox';
import { Elysia } from 'elysia';
import type { accessPlugin } from '../../../http/access.plugin.ts';
import { bareList } from '../../../http/bare-list.ts';
import { describe } from '../../../http/describe.ts';
import { Done } from '../../../wire/models.ts';
import type { BotManagement } from '../../people/bots/bot-management.service.ts';
import { botErrors } from '../../people/bots/bots.errors.ts';
import {
  AllBotsQuery,
  Bot,
  BotIdParams,
  RegisterBotBody,
  RegisteredBot,
  UpdateBotBody,
} from '../../people/bots/bots.model.ts';
import { userErrors } from '../../people/users/users.errors.ts';

type Deps = { access: ReturnType<typeof accessPlugin>; botManagement: BotManagement };

const managed = [botErrors.notFound, botErrors.outranked];

export const adminBotsRoutes = ({ access, botManagement }: Deps) =>
  new Elysia({ name: 'admin-bots', prefix: '/v1/admin/bots', tags: ['Admin'] })
    .use(access)
    .get('', async ({ principal, query, set }) => bareList(await botManagement.list(principal, query), set), {
      admin: 'ADMIN',
      query: AllBotsQuery,
      response: { 200: Type.Array(Bot) },
      detail: describe({
        operationId: 'listAllBots',
        summary: 'List all bots, including inactive ones',
        description: 'Ordered by id.',
      }),
    })
    .post('', ({ principal, body }) => botManagement.register(principal, body), {
      admin: 'ADMIN',
      body: RegisterBotBody,
      response: { 200: RegisteredBot },
      detail: describe({
        operationId: 'registerBot',
        summary: 'Register a bot',
        description: 'The key is shown only in this response; only its hash is stored.',
        fails: [botErrors.outranked, userErrors.notFound],
        example: { name: 'Doorkeeper', owner_id: 1, platform: 'discord' },
      }),
    })
    .post(
      '/:bot_id/update',
      async ({ principal, params, body }) => {
        const { id } = await botManagement.update(principal, params.bot_id, body);
        return { message: `Bot ${id} updated` };
      },
      {
        admin: 'ADMIN',
        params: BotIdParams,
        body: UpdateBotBody,
        response: { 200: Done },
        detail: describe({
          operationId: 'updateBot',
          needsField: true,
          summary: 'Update, verify, transfer or deactivate a bot',
          description: 'A new owner must be a user on whose behalf you can act.',
          fails: [...managed, botErrors.noChange, userErrors.notFound],
          example: { bot_type: 'verified' },
        }),
      },
    )
    .post('/:bot_id/regenerate-key', ({ principal, params }) => botManagement.regenerateKey(principal, params.bot_id), {
      admin: 'ADMIN',
      params: BotIdParams,
      response: { 200: RegisteredBot },
      detail: describe({
        operationId: 'regenerateBotKey',
        summary: 'Regenerate a bot’s key',
        description: 'The old key stops working at once.',
        fails: managed,
      }),
    })
    .post('/:bot_id/reset-stats', ({ principal, params }) => botManagement.resetStats(principal, params.bot_id), {
      admin: 'ADMIN',
      params: BotIdParams,
      response: { 200: Done },
      detail: describe({
        operationId: 'resetBotStats',
        summary: 'Reset a bot’s statistics',
        description: 'Clears the groups, users and latency that the bot has reported.',
        fails: managed,
      }),
    })
    .post('/:bot_id/delete', ({ principal, params }) => botManagement.delete(principal, params.bot_id), {
      admin: 'ADMIN',
      params: BotIdParams,
      response: { 200: Done },
      detail: describe({
        operationId: 'deleteBot',
        summary: 'Delete a bot',
        description: 'Its key stops working at once.',
        fails: managed,
      }),
    });
