import { SECOND_MS } from '../../../core/durations.ts';
import type { Job } from '../../../core/scheduler.ts';
import type { Broadcasts } from './broadcasts.service.ts';

/** Continues broadcasts, also after a restart. */
export const broadcastDelivery = (broadcasts: Broadcasts): Job => ({
  name: 'notifications.deliver',
  everyMs: SECOND_MS,
  run: () => broadcasts.deliver(),
});
