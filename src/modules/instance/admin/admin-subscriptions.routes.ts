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
        summary: 'Grant a subscription',
        description:
          'Premium extends running Premium. An account gets one trial in its life. A grant below the current tier is refused: ' +
          'revoke the current one first.',
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
        summary: 'Revoke a subscription',
        description: 'Refunds nothing and deletes nothing: the user keeps their chat.',
        fails: [userErrors.notFound, userErrors.outranked, subscriptionErrors.none],
        example: { user_id: 42, reason: 'Payment was called back' },
      }),
    })
    .get('/active', ({ principal, query }) => subscriptions.listActive(principal, query.tier), {
      admin: 'ADMIN',
      query: ActiveQuery,
      response: { 200: Subscribers },
      detail: describe({
        operationId: 'listActiveSubscriptions',
        summary: 'List active subscriptions',
        description: 'Trial, Premium and Lifetime subscriptions that have not expired.',
      }),
    });
