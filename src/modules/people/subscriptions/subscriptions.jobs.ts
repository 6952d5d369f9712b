import type { Job } from '../../../core/scheduler.ts';
import { SECOND_MS } from '../../../core/units.ts';
import type { Subscriptions } from './subscriptions.service.ts';

/** What ends is told soon after; what it allowed, `hasPremium` refuses from the very millisecond. */
export const subscriptionsReaper = (subscriptions: Subscriptions): Job => ({
  name: 'subscriptions.reaper',
  everyMs: 2 * SECOND_MS,
  async run() {
    while (await subscriptions.expireRunOut());
  },
});
