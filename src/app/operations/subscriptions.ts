import { Type } from '@sinclair/typebox';
import { CONSOLE } from '../../core/principal.ts';
import { GrantBody, RevokeBody } from '../../modules/people/subscriptions/subscriptions.model.ts';
import { type Operation, operation } from './operation.ts';

const username = Type.String({ minLength: 1, maxLength: 64 });
const { user_id: _granted, ...grant } = GrantBody.properties;
const { user_id: _revoked, ...revoke } = RevokeBody.properties;

export const subscriptionOperations: readonly Operation[] = [
  operation({
    name: 'subscription.grant',
    args: Type.Object({ username, ...grant }),
    async run({ modules: { users, subscriptions }, database: { read } }, { username, ...body }) {
      return subscriptions.grant(CONSOLE, { user_id: (await users.requireByName(read, username)).id, ...body });
    },
  }),
  operation({
    name: 'subscription.revoke',
    args: Type.Object({ username, ...revoke }),
    async run({ modules: { users, subscriptions }, database: { read } }, { username, reason }) {
      return subscriptions.revoke(CONSOLE, { user_id: (await users.requireByName(read, username)).id, reason });
    },
  }),
  operation({
    name: 'subscription.list',
    args: Type.Object({ tier: Type.Optional(Type.Integer({ minimum: 1, maximum: 3 })) }),
    run: ({ modules: { subscriptions } }, { tier }) => subscriptions.listActive(CONSOLE, tier),
  }),
];
