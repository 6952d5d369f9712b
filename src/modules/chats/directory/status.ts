import type { Beat, Cancel, Clock } from '../../../core/clock.ts';
import type { Logger } from '../../../core/logger.ts';
import type { Queries } from '../../../db/queries.ts';
import { everyUser, type Realtime, userRoom } from '../../../ports/realtime.ts';
import { findStanding } from '../chats/chats.repository.ts';
import { listMemberIds } from '../chats/members.repository.ts';
import { listToldIds } from './chat-lists.repository.ts';
import type { Live, Liveliness } from './liveliness.ts';

type Deps = {
  read: Queries;
  clock: Clock;
  beat: Pick<Beat, 'tell'>;
  logger: Logger;
  liveliness: Liveliness;
  realtime: Realtime;
};

/** Keeps the list short for everyone who connects. Other chats are announced when something happens there. */
const LISTED = 500;

/** Members of a private chat are told one by one, in batches, so that other requests get their turn. */
const TOLD_AT_ONCE = 250;

export type ChatStatus = Live & { chat_id: number };

export type ChatStatusTeller = ReturnType<typeof createChatStatus>;

/** Broadcasts a chat's liveliness to everyone who can see it, at most once per second and chat. */
export function createChatStatus({ read, clock, beat, logger, liveliness, realtime }: Deps) {
  const waiting = new Map<number, Cancel>();
  let isStopped = false;

  async function tell(chatId: number): Promise<void> {
    const found = await findStanding(read, chatId, 0, clock.now());
    if (!found) return;
    const status: ChatStatus = { chat_id: chatId, ...(await liveliness.of(chatId)) };
    if (found.chat.visibility !== 'private') return realtime.publish(everyUser, 'chat:status', status);
    const audience = new Set([found.chat.ownerId, ...(await listMemberIds(read, chatId))]);
    let told = 0;
    for (const userId of audience) {
      if (userId !== null) realtime.publish(userRoom(userId), 'chat:status', status);
      if (++told % TOLD_AT_ONCE === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  return {
    /** Something changed: everyone who can see the chat is told within a second. */
    changed(chatId: number): void {
      if (isStopped || waiting.has(chatId)) return;
      const cancel = beat.tell(() => {
        waiting.delete(chatId);
        tell(chatId).catch((error: unknown) => logger.error('chat status failed', { chat_id: chatId, error }));
      });
      waiting.set(chatId, cancel);
    },

    /** Cancels pending broadcasts. */
    stop(): void {
      isStopped = true;
      for (const cancel of waiting.values()) cancel();
    },

    /** The status of every chat that the user can see; of public ones, the most recently active. */
    async listFor(userId: number): Promise<ChatStatus[]> {
      const ids = await listToldIds(read, userId, LISTED);
      const found = await liveliness.ofEach([...ids].map((id) => ({ id })));
      return found.map(([{ id }, live]) => ({ chat_id: id, ...live }));
    },
  };
}
