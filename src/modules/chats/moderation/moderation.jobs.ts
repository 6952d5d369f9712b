import { SECOND_MS } from '../../../core/durations.ts';
import type { Job } from '../../../core/scheduler.ts';
import type { ModerationEnds } from './moderation-ends.service.ts';

/** Deadlines are rows, so a server that was down at the time catches up when it starts again. */
export const chatModerationReaper = (ends: ModerationEnds): Job => ({
  name: 'moderation.chats',
  everyMs: 2 * SECOND_MS,
  async run() {
    while (await ends.endOver());
  },
});
