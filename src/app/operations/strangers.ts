import { Type } from '@sinclair/typebox';
import { CONSOLE } from '../../core/principal.ts';
import { BlockBody } from '../../modules/people/strangers/strangers.model.ts';
import { type Operation, operation } from './operation.ts';

const signature = Type.String({ pattern: '^[0-9a-f]{16}$', says: 'must be 16 hexadecimal digits' });

/** People without an account, as moderators see them. */
export const strangerOperations: readonly Operation[] = [
  operation({
    name: 'stranger.list',
    args: Type.Object({ offset: Type.Integer({ minimum: 0 }), limit: Type.Integer({ minimum: 1, maximum: 500 }) }),
    run: async ({ modules: { strangerLists } }, page) => (await strangerLists.list(CONSOLE, page)).items,
  }),
  operation({
    name: 'stranger.block',
    args: Type.Object({ signature, ...BlockBody.properties }),
    run: ({ modules: { strangerBlocks } }, { signature: of, ...body }) => strangerBlocks.block(CONSOLE, of, body),
  }),
  operation({
    name: 'stranger.unblock',
    args: Type.Object({ signature }),
    run: ({ modules: { strangerBlocks } }, { signature: of }) => strangerBlocks.unblock(CONSOLE, of),
  }),
];
