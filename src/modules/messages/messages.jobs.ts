import type { Job } from '../../core/scheduler.ts';
import { SECOND_MS } from '../../core/units.ts';
import type { Messages } from './messages.service.ts';

export const deletedChatsPurge = (messages: Messages): Job => ({
  name: 'messages.purge',
  everyMs: 10 * SECOND_MS,
  run: () => messages.purgeDeletedChats(),
});
