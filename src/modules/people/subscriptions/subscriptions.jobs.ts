import { SECOND_MS } from '../../../core/durations.ts';
import type { Job } from '../../../core/scheduler.ts';
import type { Subscriptions } from './subscriptions.service.ts';

/** Updates records and notifies. `hasPremium` compares with the clock and needs no job. */
export const subscriptionsReaper = (subscriptions: Subscriptions): Job => ({
  name: 'subscriptions.reaper',
  everyMs: 2 * SECOND_MS,
  async run() {
    while (await subscriptions.expireRunOut());
  },
});
