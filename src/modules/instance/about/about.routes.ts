import { Elysia } from 'elysia';
import type { accessPlugin } from '../../../http/access.plugin.ts';
import { describe } from '../../../http/describe.ts';
import { About } from './about.model.ts';
import type { AboutInstance } from './about.service.ts';

type Deps = { access: ReturnType<typeof accessPlugin>; aboutInstance: Pick<AboutInstance, 'about'> };

export const aboutRoutes = ({ access, aboutInstance }: Deps) =>
  new Elysia({ name: 'about', tags: ['Monitoring'] })
    .use(access)
    .get('/v1/instance', ({ principal }) => aboutInstance.about(principal), {
      guestReader: 'PUBLIC',
      response: { 200: About },
      detail: describe({
        operationId: 'describeInstance',
        summary: 'Get what the instance says of itself',
        description:
          'Its name and welcome, who can come in, and whether you are signed in. With the public key, a session that has ended is no error: `signed_in` is null.',
      }),
    });
