import { Elysia } from 'elysia';
import { rateLimited } from '../../../core/errors.ts';
import type { accessPlugin } from '../../../http/access.plugin.ts';
import { describe } from '../../../http/describe.ts';
import { Done } from '../../../wire/models.ts';
import { strangerErrors } from '../../people/strangers/strangers.errors.ts';
import { directErrors } from '../direct/direct.errors.ts';
import type { Direct } from '../direct/direct.service.ts';
import { reportErrors } from '../reports/reports.errors.ts';
import { matchErrors } from './match.errors.ts';
import { EnqueueBody, Enqueued, LeaveBody, MatchState, MatchStatistics } from './match.model.ts';
import type { Match } from './match.service.ts';

type Deps = { access: ReturnType<typeof accessPlugin>; match: Match; direct: Pick<Direct, 'leave'> };

export const matchRoutes = ({ access, match, direct }: Deps) =>
  new Elysia({ name: 'match', prefix: '/v1/portal/match', tags: ['Match'] })
    .use(access)
    .post('', ({ principal, context, body }) => match.enqueue(principal, body.interests, context.ip), {
      guest: 'AUTH',
      body: EnqueueBody,
      response: { 200: Enqueued },
      detail: describe({
        operationId: 'startMatch',
        summary: 'Search for someone to talk to',
        description:
          'Who shares an interest and has waited longest is your match: a direct chat for the two of you begins. Until there is ' +
          'someone you wait; `match:found` tells over the socket. A search lasts while a socket of your session is open, 15 seconds ' +
          'after the last one is gone, and ten minutes if there never was one.',
        fails: [
          matchErrors.unsupportedInterest,
          strangerErrors.blocked,
          reportErrors.onHold,
          strangerErrors.off,
          matchErrors.alreadySearching,
          matchErrors.slotLimit,
          rateLimited,
        ],
        example: { interests: ['music', 'chess'] },
      }),
    })
    .get('/status', ({ principal }) => match.status(principal), {
      guest: 'AUTH',
      response: { 200: MatchState },
      detail: describe({
        operationId: 'getMatchStatus',
        summary: 'Where you stand, and your direct chats',
        description: 'The search is that of your session, the chats are those of all your sessions.',
      }),
    })
    .post(
      '/dequeue',
      async ({ principal }) => {
        await match.dequeue(principal);
        return { message: 'Left the queue' };
      },
      {
        guest: 'AUTH',
        response: { 200: Done },
        detail: describe({
          operationId: 'stopMatch',
          summary: 'Stop searching',
          description:
            'Does nothing if you do not search. If someone was found in the same moment and you have not been told yet, that chat ' +
            'ends as if you had left it.',
        }),
      },
    )
    .post(
      '/leave',
      async ({ principal, body }) => {
        await direct.leave(principal, body.chat_id);
        return { message: 'Left direct chat' };
      },
      {
        guest: 'AUTH',
        body: LeaveBody,
        response: { 200: Done },
        detail: describe({
          operationId: 'leaveDirectChat',
          summary: 'Leave a direct chat',
          description: 'It ends for both at once, and can be read for another 24 hours.',
          fails: [directErrors.noActive],
          example: { chat_id: 7 },
        }),
      },
    )
    .get('/statistics', () => match.statistics(), {
      guestReader: 'PUBLIC',
      response: { 200: MatchStatistics },
      detail: describe({
        operationId: 'getMatchStatistics',
        summary: 'How many people search, and for what',
        description: 'At most ten interests, each with at least two people waiting.',
      }),
    });
