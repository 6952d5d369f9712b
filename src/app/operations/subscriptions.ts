import { Type } from '@sinclair/typebox';
import { CONSOLE } from '../../core/principal.ts';
import { GrantBody, RevokeBody } from '../../modules/people/subscriptions/subscriptions.model.ts';
import { idOf, type Operation, operation } from './operation.ts';

const username = Type.String({ minLength: 1, maxLength: 64 });
const { user_id: _granted, ...grant } = GrantBody.properties;
const { user_id: _revoked, ...revoke } = RevokeBody.properties;

export const subscriptionOperations: readonly Operation[] = [
  operation({
    name: 'subscription.grant',
    args: Type.Object({ username, ...grant }),
    async run(portal, { username, ...body }) {
      const user_id = await idOf(portal, username);
      return portal.modules.subscriptions.grant(CONSOLE, { user_id, ...body });
    },
  }),
  operation({
    name: 'subscription.revoke',
    args: Type.Object({ username, ...revoke }),
    async run(portal, { username, reason }) {
      const user_id = await idOf(portal, username);
      return portal.modules.subscriptions.revoke(CONSOLE, { user_id, reason });
    },
  }),
  operation({
    name: 'subscription.list',
    args: Type.Object({ tier: Type.Optional(Type.Integer({ minimum: 1, maximum: 3 })) }),
    run: ({ modules: { subscriptions } }, { tier }) => subscriptions.listActive(CONSOLE, tier),
  }),
];
