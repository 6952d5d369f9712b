import { Type } from '@sinclair/typebox';
import { CONSOLE } from '../../core/principal.ts';
import { BanBody, TimeoutBody, UnbanBody, WarnBody } from '../../modules/people/sanctions/platform-moderation.model.ts';
import { idOf, type Operation, operation } from './operation.ts';

const username = Type.String({ minLength: 1, maxLength: 64 });

/** Bans, timeouts and warnings. The console outranks every level. */
export const moderationOperations: readonly Operation[] = [
  operation({
    name: 'user.ban',
    args: Type.Object({ username, ...BanBody.properties }),
    async run(portal, { username, ...body }) {
      return portal.modules.platformModeration.ban(CONSOLE, await idOf(portal, username), body);
    },
  }),
  operation({
    name: 'user.unban',
    args: Type.Object({ username, ...UnbanBody.properties }),
    async run(portal, { username, reason }) {
      return portal.modules.platformModeration.unban(CONSOLE, await idOf(portal, username), reason);
    },
  }),
  operation({
    name: 'user.warn',
    args: Type.Object({ username, ...WarnBody.properties }),
    async run(portal, { username, ...body }) {
      return portal.modules.platformModeration.warn(CONSOLE, await idOf(portal, username), body);
    },
  }),
  operation({
    name: 'user.timeout',
    args: Type.Object({ username, ...TimeoutBody.properties }),
    async run(portal, { username, ...body }) {
      return portal.modules.platformModeration.timeout(CONSOLE, await idOf(portal, username), body);
    },
  }),
];
