import type { Cancel, Timers } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import { SECOND_MS } from '../../core/units.ts';
import type { Queries } from '../../db/queries.ts';
import type { Presence } from '../../ports/presence.ts';
import { everyone, type Realtime, userRoom } from '../../ports/realtime.ts';
import { listVisibleIds } from './chat-lists.repository.ts';
import { listMemberIds } from './chat-members.repository.ts';
import { findStanding } from './chats.repository.ts';

type Deps = {
  read: Queries;
  timers: Timers;
  logger: Logger;
  presence: Pick<Presence, 'countUsers'>;
  realtime: Realtime;
};

export type ChatStatus = { chat_id: number; running: boolean; viewer_count: number };

/** Tells whoever can see a chat how lively it is: at most once a second and chat. */
export function createChatStatus({ read, timers, logger, presence, realtime }: Deps) {
  const waiting = new Map<number, Cancel>();
  let isStopped = false;

  async function statusOf(chatId: number): Promise<ChatStatus> {
    return { chat_id: chatId, running: false, viewer_count: await presence.countUsers(chatId) };
  }

  async function tell(chatId: number): Promise<void> {
    const found = await findStanding(read, chatId, 0, timers.now());
    if (!found) return;
    const status = await statusOf(chatId);
    if (found.chat.visibility !== 'private') return realtime.publish(everyone, 'chat:status', status);
    const audience = new Set([found.chat.ownerId, ...(await listMemberIds(read, chatId))]);
    for (const userId of audience) if (userId !== null) realtime.publish(userRoom(userId), 'chat:status', status);
  }

  return {
    /** Something has changed: whoever can see the chat hears of it within a second. */
    changed(chatId: number): void {
      if (isStopped || waiting.has(chatId)) return;
      const cancel = timers.after(SECOND_MS, () => {
        waiting.delete(chatId);
        tell(chatId).catch((error: unknown) => logger.error('chat status failed', { chat_id: chatId, error }));
      });
      waiting.set(chatId, cancel);
    },

    /** Tells nothing any more. */
    stop(): void {
      isStopped = true;
      for (const cancel of waiting.values()) cancel();
    },

    /** The status of every chat that the user can see. */
    async listFor(userId: number): Promise<ChatStatus[]> {
      return Promise.all((await listVisibleIds(read, userId)).map(statusOf));
    },
  };
}
