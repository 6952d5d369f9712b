import { Elysia } from 'elysia';
import type { accessPlugin } from '../../../http/access.plugin.ts';
import { describe } from '../../../http/describe.ts';
import { Done } from '../../../wire/models.ts';
import { chatErrors } from '../chats/chats.errors.ts';
import { reportErrors } from './reports.errors.ts';
import { ReportBody } from './reports.model.ts';
import type { Reports } from './reports.service.ts';

type Deps = { access: ReturnType<typeof accessPlugin>; reports: Pick<Reports, 'make'> };

export const reportsRoutes = ({ access, reports }: Deps) =>
  new Elysia({ name: 'reports', prefix: '/v1/portal/match', tags: ['Match'] })
    .use(access)
    .post('/report', ({ principal, body, context }) => reports.make(principal, body, context.ip), {
      guest: 'AUTH',
      body: ReportBody,
      response: { 200: Done },
      detail: describe({
        operationId: 'reportPeer',
        summary: 'Report the other participant of a direct chat',
        description:
          'Moderators learn who both of you are and why, not what was said. You will not meet again. The chat goes on, and the ' +
          'other one is told nothing. While a report waits for a decision, another one of the same chat does nothing.',
        fails: [chatErrors.notFound, reportErrors.tooMany],
        example: { chat_id: 7, reason: 'Insulted me' },
      }),
    });
