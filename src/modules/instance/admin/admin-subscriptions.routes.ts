import { Elysia } from 'elysia';
import type { accessPlugin } from '../../../http/access.plugin.ts';
import { describe } from '../../../http/describe.ts';
import { Done } from '../../../wire/models.ts';
import { subscriptionErrors } from '../../people/subscriptions/subscriptions.errors.ts';
import { ActiveQuery, GrantBody, RevokeBody, Subscribers } from '../../people/subscriptions/subscriptions.model.ts';
import type { Subscriptions } from '../../people/subscriptions/subscriptions.service.ts';
import { userErrors } from '../../people/users/users.errors.ts';

type Deps = { access: ReturnType<typeof accessPlugin>; subscriptions: Subscriptions };

export const adminSubscriptionsRoutes = ({ access, subscriptions }: Deps) =>
  new Elysia({ name: 'admin-subscriptions', prefix: '/v1/admin/subscriptions', tags: ['Admin'] })
    .use(access)
    .post('/grant', ({ principal, body }) => subscriptions.grant(principal, body), {
      admin: 'ADMIN',
      body: GrantBody,
      response: { 200: Done },
      detail: describe({
        operationId: 'grantSubscription',
        summary: 'Give someone a subscription',
        description:
          'Premium on running Premium extends it. A trial is once in the life of an account. Whatever is worth less than what ' +
          'someone has is refused: revoke that first.',
        fails: [userErrors.notFound, userErrors.outranked, subscriptionErrors.trialUsed, subscriptionErrors.better],
        example: { user_id: 42, tier: 'PREMIUM', duration_days: 30, reason: 'Won the quiz' },
      }),
    })
    .post('/revoke', ({ principal, body }) => subscriptions.revoke(principal, body), {
      admin: 'ADMIN',
      body: RevokeBody,
      response: { 200: Done },
      detail: describe({
        operationId: 'revokeSubscription',
        summary: 'Take a subscription back',
        description: 'Nothing is refunded and nothing is deleted: a chat of theirs stays.',
        fails: [userErrors.notFound, userErrors.outranked, subscriptionErrors.none],
        example: { user_id: 42, reason: 'Payment was called back' },
      }),
    })
    .get('/active', ({ principal, query }) => subscriptions.listActive(principal, query.tier), {
      admin: 'ADMIN',
      query: ActiveQuery,
      response: { 200: Subscribers },
      detail: describe({ operationId: 'listActiveSubscriptions', summary: 'Everybody who has a subscription' }),
    });
