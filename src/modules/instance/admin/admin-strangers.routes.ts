import { Type } from '@sinclair/typebox';
import { Elysia } from 'elysia';
import type { accessPlugin } from '../../../http/access.plugin.ts';
import { bareList } from '../../../http/bare-list.ts';
import { describe } from '../../../http/describe.ts';
import { Done } from '../../../wire/models.ts';
import type { StrangerBlocks } from '../../people/strangers/stranger-blocks.service.ts';
import type { StrangerLists } from '../../people/strangers/stranger-lists.service.ts';
import { strangerErrors } from '../../people/strangers/strangers.errors.ts';
import { BlockBody, ListedStranger, StrangerParams, StrangersQuery } from '../../people/strangers/strangers.model.ts';

type Deps = {
  access: ReturnType<typeof accessPlugin>;
  strangerLists: StrangerLists;
  strangerBlocks: StrangerBlocks;
};

export const adminStrangersRoutes = ({ access, strangerLists, strangerBlocks }: Deps) =>
  new Elysia({ name: 'admin-strangers', prefix: '/v1/admin/strangers', tags: ['Admin'] })
    .use(access)
    .get('', async ({ principal, query, set }) => bareList(await strangerLists.list(principal, query), set), {
      mod: 'ADMIN',
      query: StrangersQuery,
      response: { 200: Type.Array(ListedStranger) },
      detail: describe({
        operationId: 'listStrangers',
        summary: 'List strangers',
        description:
          'Those who are online, in the order in which they came, then those whose last talk is still kept. What they say is ' +
          'shown to nobody.',
      }),
    })
    .post(
      '/:signature/block',
      ({ principal, params, body }) => strangerBlocks.block(principal, params.signature, body),
      {
        mod: 'ADMIN',
        params: StrangerParams,
        body: BlockBody,
        response: { 200: Done },
        detail: describe({
          operationId: 'blockStranger',
          summary: 'Block a stranger',
          description:
            'Ends their search and their talks, and keeps them from searching. For as long, and for 24 hours at most, the same ' +
            'holds for new strangers from their address, unless the address is private. Replaces a block in force.',
          fails: [strangerErrors.notFound],
          example: { reason: 'Spam', duration: 86_400 },
        }),
      },
    )
    .post('/:signature/unblock', ({ principal, params }) => strangerBlocks.unblock(principal, params.signature), {
      mod: 'ADMIN',
      params: StrangerParams,
      response: { 200: Done },
      detail: describe({
        operationId: 'unblockStranger',
        summary: 'Lift the block of a stranger',
        description: 'Their address is free again as well. Does nothing if no block is in force.',
        fails: [strangerErrors.notFound],
      }),
    });
