import { Elysia } from 'elysia';
import type { accessPlugin } from '../../http/access.plugin.ts';
import { describe } from '../../http/describe.ts';
import { RegisterBotBody, RegisteredBot } from '../bots/bots.model.ts';
import type { Bots } from '../bots/bots.service.ts';
import { userErrors } from '../users/users.errors.ts';

type Deps = { access: ReturnType<typeof accessPlugin>; bots: Bots };

export const adminRoutes = ({ access, bots }: Deps) =>
  new Elysia({ name: 'admin', prefix: '/v1/admin', tags: ['Admin'] })
    .use(access)
    .post('/bots', ({ principal, body }) => bots.register(principal, body), {
      admin: 'ADMIN',
      body: RegisterBotBody,
      response: { 200: RegisteredBot },
      detail: describe({
        operationId: 'registerBot',
        summary: 'Register a bot',
        description: 'The key is in this answer and nowhere else: only its hash is kept.',
        fails: [userErrors.notFound],
        example: { name: 'Doorkeeper', owner_id: 1, platform: 'discord' },
      }),
    });
