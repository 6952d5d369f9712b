import { Elysia } from 'elysia';
import { badRequest } from '../../../core/errors.ts';
import type { accessPlugin } from '../../../http/access.plugin.ts';
import { describe } from '../../../http/describe.ts';
import { About, UpdateInstanceBody } from '../about/about.model.ts';
import type { AboutInstance } from '../about/about.service.ts';

type Deps = { access: ReturnType<typeof accessPlugin>; aboutInstance: Pick<AboutInstance, 'update'> };

export const adminInstanceRoutes = ({ access, aboutInstance }: Deps) =>
  new Elysia({ name: 'admin-instance', prefix: '/v1/admin/instance', tags: ['Admin'] })
    .use(access)
    .post('/update', ({ principal, body }) => aboutInstance.update(principal, body), {
      owner: 'ADMIN',
      body: UpdateInstanceBody,
      response: { 200: About },
      detail: describe({
        operationId: 'updateInstance',
        needsField: true,
        summary: 'Change the name or the welcome of the instance',
        description: 'Omitted fields keep their value.',
        fails: [badRequest],
        example: { name: 'The Harbour', welcome: 'Films on Fridays at eight.' },
      }),
    });
