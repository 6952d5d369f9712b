import { SECOND_MS } from '../../../core/durations.ts';
import type { Job } from '../../../core/scheduler.ts';
import type { ChatDeletion } from './chat-deletion.service.ts';
import type { Clearing } from './clearing.service.ts';
import type { WipeTimer } from './wipe-timer.ts';

export const deletedChatsPurge = (deletion: ChatDeletion): Job => ({
  name: 'messages.purge',
  everyMs: 10 * SECOND_MS,
  run: () => deletion.purgeDeleted(),
});

/** What a crash has left behind; a clearing itself does not wait for this. */
export const clearedPurge = (clearing: Clearing): Job => ({
  name: 'messages.purge_cleared',
  everyMs: 10 * SECOND_MS,
  run: () => clearing.purgeCleared(),
});

/** Wipes come by an alarm of their own; this is for the day on which it does not ring. */
export const wipeCheck = (wipeTimer: WipeTimer): Job => ({
  name: 'messages.wipe',
  everyMs: 30 * SECOND_MS,
  run: () => wipeTimer.check(),
});
