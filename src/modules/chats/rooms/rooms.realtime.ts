import type { EventBus } from '../../../core/events.ts';
import type { Presence } from '../../../ports/presence.ts';
import { chatRoom, type Realtime, userRoom } from '../../../ports/realtime.ts';
import type { ChatsEvent } from '../chats/chats.events.ts';
import type { KeyDistribution } from '../keys/keys.distribution.ts';
import type { E2eeEvent } from '../keys/keys.events.ts';
import type { Crowds } from '../membership/crowds.ts';
import type { RoomNews } from './roster.ts';

type Deps = {
  events: EventBus<ChatsEvent | E2eeEvent>;
  realtime: Realtime;
  presence: Presence;
  distribution: KeyDistribution;
  crowds: Crowds;
  news: RoomNews;
};

/** Who loses a chat loses its channel in the same breath. */
export function fanOutRooms({ events, realtime, presence, distribution, crowds, news }: Deps): void {
  events.on('member.removed', async ({ chatId, userId, how, reason, wasThere }) => {
    if (how !== 'leave' && wasThere) {
      realtime.publish(userRoom(userId), 'room:kicked', { chat_id: chatId, reason, banned: how === 'ban' });
    }
    realtime.removeFrom(chatRoom(chatId), userRoom(userId));
    const sessions = await presence.removeUser(chatId, userId);
    for (const sessionId of sessions) {
      distribution.departed(chatId, sessionId);
      realtime.publish(chatRoom(chatId), 'portal:key_removed', {
        chat_id: chatId,
        user_id: userId,
        session_id: sessionId,
      });
    }
    if (sessions.length > 0) await news.tell(chatId, userId);
  });

  events.on('member.came', ({ chatId, username }) => crowds.gather(chatId, username));

  events.on('session.key_registered', ({ userId }) => news.forget(userId));

  events.on('chat.updated', ({ chatId, changes }) => {
    realtime.publish(chatRoom(chatId), 'room:updated', { chat_id: chatId, ...changes });
  });

  events.on('chat.deleted', async ({ chatId }) => {
    realtime.publish(chatRoom(chatId), 'room:destroyed', { chat_id: chatId });
    realtime.removeFrom(chatRoom(chatId), chatRoom(chatId));
    await presence.clear(chatId);
  });
}
