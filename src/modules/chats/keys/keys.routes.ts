import { Elysia } from 'elysia';
import type { accessPlugin } from '../../../http/access.plugin.ts';
import { describe } from '../../../http/describe.ts';
import { keysOf, RegisteredKey, RegisterKeyBody } from './keys.model.ts';
import type { E2ee } from './keys.service.ts';

type Deps = { access: ReturnType<typeof accessPlugin>; e2ee: E2ee };

export const e2eeRoutes = ({ access, e2ee }: Deps) =>
  new Elysia({ name: 'e2ee', prefix: '/v1/portal', tags: ['Keys'] })
    .use(access)
    .post('/keys', ({ principal, body }) => e2ee.registerKey(principal, keysOf(body)), {
      guest: 'AUTH',
      body: RegisterKeyBody,
      response: { 200: RegisteredKey },
      detail: describe({
        operationId: 'registerKey',
        summary: 'Register the session’s public key',
        description:
          'Chat keys are sealed for this key. Registering a different key discards everything that was sealed for the previous one.',
        example: { public_key: 'hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=' },
      }),
    });
