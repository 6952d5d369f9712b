import { Elysia } from 'elysia';
import { badRequest } from '../../core/errors.ts';
import type { accessPlugin } from '../../http/access.plugin.ts';
import { describe } from '../../http/describe.ts';
import { Profile, UpdatedProfile, UpdateProfileBody } from './users.model.ts';
import type { Users } from './users.service.ts';

type Deps = { access: ReturnType<typeof accessPlugin>; users: Users };

export const usersRoutes = ({ access, users }: Deps) =>
  new Elysia({ name: 'users', prefix: '/v1/users', tags: ['Users'] })
    .use(access)
    .get('/me', ({ principal }) => users.me(principal), {
      signedInWhileTimedOut: 'AUTH',
      response: { 200: Profile },
      detail: describe({ operationId: 'getMe', summary: 'Your own profile' }),
    })
    .post('/me/update', ({ principal, body }) => users.updateMe(principal, body), {
      signedIn: 'AUTH',
      body: UpdateProfileBody,
      response: { 200: UpdatedProfile },
      detail: describe({
        operationId: 'updateMe',
        summary: 'Change your name or picture',
        description: 'Each field stands alone: what is refused is named in `errors`, the rest is done.',
        fails: [badRequest],
        example: { username: 'ada', avatar_source: 'discord_2' },
      }),
    });
