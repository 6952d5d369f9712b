import { SECOND_MS } from '../../../core/durations.ts';
import type { Job } from '../../../core/scheduler.ts';
import type { AccountDeletion } from './account-deletion.service.ts';

export const deletedUsersPurge = (deletion: AccountDeletion): Job => ({
  name: 'users.purge',
  everyMs: 10 * SECOND_MS,
  run: () => deletion.clearDeleted(),
});
