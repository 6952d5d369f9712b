import type { DepsOf, Module } from '../../module.ts';
import { subscriptionsReaper } from './subscriptions.jobs.ts';
import { createSubscriptions, type Subscriptions } from './subscriptions.service.ts';

export function subscriptionsModule(
  deps: DepsOf<typeof createSubscriptions>,
): Module<{ subscriptions: Subscriptions }> {
  const subscriptions = createSubscriptions(deps);
  return { services: { subscriptions }, jobs: [subscriptionsReaper(subscriptions)] };
}
