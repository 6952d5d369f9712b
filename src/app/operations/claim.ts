import { Type } from '@sinclair/typebox';
import { conflict } from '../../core/errors.ts';
import { authErrors } from '../../modules/people/auth/auth.errors.ts';
import { type ClaimLinks, claimLinks } from '../claim-links.ts';
import { type Operation, operation } from './operation.ts';

export type ClaimLink = ClaimLinks & { expires_at: string };

export const claimOperations: readonly Operation[] = [
  operation({
    name: 'claim-link',
    args: Type.Object({}),
    async run({ modules: { auth, claim }, config }, _, running): Promise<ClaimLink> {
      if (await auth.hasOwner()) throw authErrors.claimed();
      if (!running) throw conflict.saying('The link works on a running server only')();
      const { token, expires_at } = claim.renew();
      return { ...claimLinks(token, config.server, running), expires_at };
    },
  }),
];
