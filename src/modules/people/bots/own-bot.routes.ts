import { Elysia } from 'elysia';
import type { accessPlugin } from '../../../http/access.plugin.ts';
import { describe } from '../../../http/describe.ts';
import { userErrors } from '../users/users.errors.ts';
import { Profile } from '../users/users.model.ts';
import { botErrors } from './bots.errors.ts';
import { Bot } from './bots.model.ts';
import { BatchBody, BotUpdated, BotUserParams, UpdateBotUserBody, UpdateOwnBotBody } from './own-bot.model.ts';
import type { OwnBot } from './own-bot.service.ts';

type Deps = { access: ReturnType<typeof accessPlugin>; ownBot: OwnBot };

const limited = [botErrors.rateLimit];

export const ownBotRoutes = ({ access, ownBot }: Deps) =>
  new Elysia({ name: 'own-bot', prefix: '/v1/bot', tags: ['Bots'] })
    .use(access)
    .get('/me', ({ principal }) => ownBot.me(principal), {
      bot: 'BOT',
      response: { 200: Bot },
      detail: describe({
        operationId: 'getOwnBot',
        summary: 'Get the calling bot',
        description: 'The bot that the API key belongs to.',
        fails: limited,
      }),
    })
    .post('/me/update', ({ principal, body }) => ownBot.update(principal, body), {
      bot: 'BOT',
      body: UpdateOwnBotBody,
      response: { 200: BotUpdated },
      detail: describe({
        operationId: 'updateOwnBot',
        summary: 'Update the calling bot',
        description: 'An empty body only refreshes `last_activity_at`.',
        fails: limited,
        example: { group_ids: ['81384788765712384'], users: 250, latency_ms: 41 },
        largeBody: true,
      }),
    })
    .post('/batch', ({ principal, body }) => ownBot.batch(principal, body), {
      bot: 'BOT',
      body: BatchBody,
      response: { 200: BotUpdated },
      detail: describe({
        operationId: 'countBotCommands',
        summary: 'Report command usage',
        description: 'Counts the whole batch or nothing. Who used a command, and where, is not stored.',
        fails: limited,
        example: { commands: [{ command: 'play', count: 3, timestamp: '2026-01-31T18:00:00Z' }] },
        largeBody: true,
      }),
    })
    .get('/users/:user_id', ({ principal, params }) => ownBot.user(principal, params.user_id), {
      bot: 'BOT',
      params: BotUserParams,
      response: { 200: Profile },
      detail: describe({
        operationId: 'getBotUser',
        summary: 'Get a user of the bot’s platform',
        description: '`linked_platforms` contains the bot’s own platform only.',
        fails: [...limited, userErrors.notFound, botErrors.otherPlatform],
      }),
    })
    .post(
      '/users/:user_id/update',
      ({ principal, params, body }) => ownBot.updateUser(principal, params.user_id, body),
      {
        bot: 'BOT',
        params: BotUserParams,
        body: UpdateBotUserBody,
        response: { 200: Profile },
        detail: describe({
          operationId: 'updateBotUser',
          needsField: true,
          summary: 'Update a user’s name and picture on the platform',
          description: 'Changes what is shown for the linked account. The user’s own name stays.',
          fails: [...limited, botErrors.noChange, userErrors.notFound, botErrors.otherPlatform],
          example: { username: 'ada#1815', avatar_url: 'https://cdn.example.com/ada.png' },
        }),
      },
    );
