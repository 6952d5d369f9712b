import { SECOND_MS } from '../../../core/durations.ts';
import type { Job } from '../../../core/scheduler.ts';
import type { PlatformModeration } from './platform-moderation.service.ts';

/** Access checks compare with the clock; this only updates the records. */
export const punishmentsReaper = (platform: PlatformModeration): Job => ({
  name: 'moderation.reaper',
  everyMs: 2 * SECOND_MS,
  async run() {
    while (await platform.endOver());
  },
});
