import { Elysia } from 'elysia';
import type { accessPlugin } from '../../../http/access.plugin.ts';
import { describe } from '../../../http/describe.ts';
import { AppStatistics, BotStatistics, ChatStatistics, UserStatistics } from './statistics.model.ts';
import type { Statistics } from './statistics.service.ts';

type Deps = { access: ReturnType<typeof accessPlugin>; statistics: Statistics };

export const statisticsRoutes = ({ access, statistics }: Deps) =>
  new Elysia({ name: 'statistics', prefix: '/v1/statistics', tags: ['Statistics'] })
    .use(access)
    .get('/users', () => statistics.users(), {
      reader: 'PUBLIC',
      response: { 200: UserStatistics },
      detail: describe({
        operationId: 'getUserStatistics',
        summary: 'Count accounts',
        description: 'Banned and timed-out accounts count; deleted ones do not.',
      }),
    })
    .get('/bots', () => statistics.bots(), {
      reader: 'PUBLIC',
      response: { 200: BotStatistics },
      detail: describe({
        operationId: 'getBotStatistics',
        summary: 'Count bots',
        description: 'Includes inactive bots.',
      }),
    })
    .get('/chats', () => statistics.chats(), {
      reader: 'PUBLIC',
      response: { 200: ChatStatistics },
      detail: describe({
        operationId: 'getChatStatistics',
        summary: 'Count chats',
        description: 'Direct chats are not counted.',
      }),
    })
    .get('/app', () => statistics.app(), {
      reader: 'PUBLIC',
      response: { 200: AppStatistics },
      detail: describe({
        operationId: 'getAppStatistics',
        summary: 'Get all statistics',
        description: 'Accounts, bots and chats in one response.',
      }),
    })
    .get('/application', () => statistics.app(), {
      reader: 'PUBLIC',
      response: { 200: AppStatistics },
      detail: describe({
        operationId: 'getApplicationStatistics',
        summary: 'Get all statistics (alias)',
        description: 'Same as `/v1/statistics/app`.',
      }),
    });
