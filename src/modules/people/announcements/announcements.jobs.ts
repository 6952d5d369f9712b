import { SECOND_MS } from '../../../core/durations.ts';
import type { Job } from '../../../core/scheduler.ts';
import type { Announcements } from './announcements.service.ts';

export const announcementsReaper = (announcements: Announcements): Job => ({
  name: 'announcements.reaper',
  everyMs: 5 * SECOND_MS,
  async run() {
    while (await announcements.deleteExpired());
  },
});
