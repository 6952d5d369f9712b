import { HOUR_MS } from '../../../core/durations.ts';
import type { Job } from '../../../core/scheduler.ts';
import type { ChatActivityLog } from './activity.service.ts';

export const chatActivityReaper = (chatActivity: ChatActivityLog): Job => ({
  name: 'chats.forget-activity',
  everyMs: HOUR_MS,
  run: () => chatActivity.forgetOld(),
});
