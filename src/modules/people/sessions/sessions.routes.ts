import { Elysia } from 'elysia';
import type { accessPlugin } from '../../../http/access.plugin.ts';
import { describe } from '../../../http/describe.ts';
import type { SessionLists } from './session-lists.service.ts';
import { sessionErrors } from './sessions.errors.ts';
import { DestroyedSession, DestroyedSessions, OwnSessions, TokenSuffixParams } from './sessions.model.ts';

type Deps = { access: ReturnType<typeof accessPlugin>; sessionLists: SessionLists };

export const sessionsRoutes = ({ access, sessionLists }: Deps) =>
  new Elysia({ name: 'sessions', prefix: '/v1/users/me/sessions', tags: ['Users'] })
    .use(access)
    .get('', ({ principal }) => sessionLists.own(principal), {
      signedInWhileTimedOut: 'AUTH',
      response: { 200: OwnSessions },
      detail: describe({
        operationId: 'listMySessions',
        summary: 'List your sessions, open and ended',
        description:
          'With the address, browser and approximate location of each. Also available while you are timed out.',
      }),
    })
    .post('/destroy', ({ principal }) => sessionLists.destroyOthers(principal), {
      signedIn: 'AUTH',
      response: { 200: DestroyedSessions },
      detail: describe({
        operationId: 'destroyMyOtherSessions',
        summary: 'Sign out everywhere else',
        description: 'Ends all your sessions except the current one and disconnects their sockets.',
      }),
    })
    .post('/:token_suffix/destroy', ({ principal, params }) => sessionLists.destroy(principal, params.token_suffix), {
      signedIn: 'AUTH',
      params: TokenSuffixParams,
      response: { 200: DestroyedSession },
      detail: describe({
        operationId: 'destroyMySession',
        summary: 'Sign out another session',
        description: 'Ends one of your sessions and disconnects its sockets.',
        fails: [sessionErrors.notFound, sessionErrors.current],
      }),
    });
