import type { DueTimer } from '../../../core/due-timer.ts';
import { SECOND_MS } from '../../../core/durations.ts';
import type { Job } from '../../../core/scheduler.ts';
import type { ChatDeletion } from './chat-deletion.service.ts';
import type { Clearing } from './clearing.service.ts';

export const deletedChatsPurge = (deletion: ChatDeletion): Job => ({
  name: 'messages.purge',
  everyMs: 10 * SECOND_MS,
  run: () => deletion.purgeDeleted(),
});

/** Resumes what a crash interrupted. A regular clearing purges by itself. */
export const clearedPurge = (clearing: Clearing): Job => ({
  name: 'messages.purge_cleared',
  everyMs: 10 * SECOND_MS,
  run: () => clearing.purgeCleared(),
});

/** Wipes have a timer of their own; this is the fallback. */
export const wipeCheck = (wipeTimer: DueTimer): Job => ({
  name: 'messages.wipe',
  everyMs: 30 * SECOND_MS,
  run: () => wipeTimer.check(),
});
