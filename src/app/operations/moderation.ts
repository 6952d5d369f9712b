import { Type } from '@sinclair/typebox';
import { CONSOLE } from '../../core/principal.ts';
import { BanBody, TimeoutBody, UnbanBody, WarnBody } from '../../modules/people/sanctions/platform-moderation.model.ts';
import { type Operation, operation } from './operation.ts';

const username = Type.String({ minLength: 1, maxLength: 64 });

/** What the operator may do to accounts: more than anybody else, by the same functions. */
export const moderationOperations: readonly Operation[] = [
  operation({
    name: 'user.ban',
    args: Type.Object({ username, ...BanBody.properties }),
    async run({ modules: { users, platformModeration }, database: { read } }, { username, ...body }) {
      return platformModeration.ban(CONSOLE, (await users.requireByName(read, username)).id, body);
    },
  }),
  operation({
    name: 'user.unban',
    args: Type.Object({ username, ...UnbanBody.properties }),
    async run({ modules: { users, platformModeration }, database: { read } }, { username, reason }) {
      return platformModeration.unban(CONSOLE, (await users.requireByName(read, username)).id, reason);
    },
  }),
  operation({
    name: 'user.warn',
    args: Type.Object({ username, ...WarnBody.properties }),
    async run({ modules: { users, platformModeration }, database: { read } }, { username, ...body }) {
      return platformModeration.warn(CONSOLE, (await users.requireByName(read, username)).id, body);
    },
  }),
  operation({
    name: 'user.timeout',
    args: Type.Object({ username, ...TimeoutBody.properties }),
    async run({ modules: { users, platformModeration }, database: { read } }, { username, ...body }) {
      return platformModeration.timeout(CONSOLE, (await users.requireByName(read, username)).id, body);
    },
  }),
];
