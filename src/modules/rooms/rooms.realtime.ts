import type { EventBus } from '../../core/events.ts';
import type { Presence } from '../../ports/presence.ts';
import { chatRoom, type Realtime, userRoom } from '../../ports/realtime.ts';
import type { ChatsEvent } from '../chats/chats.events.ts';
import type { KeyDistribution } from '../e2ee/e2ee.distribution.ts';
import type { Rooms } from './rooms.service.ts';

type Deps = {
  events: EventBus<ChatsEvent>;
  realtime: Realtime;
  presence: Presence;
  distribution: KeyDistribution;
  rooms: Rooms;
};

/** Who loses a chat loses its channel in the same breath. */
export function fanOutRooms({ events, realtime, presence, distribution, rooms }: Deps): void {
  events.on('member.removed', async ({ chatId, userId, how, reason }) => {
    if (how !== 'leave') {
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
    if (sessions.length > 0) await rooms.tellMember(chatId, userId);
  });

  events.on('chat.updated', ({ chatId, changes }) => {
    realtime.publish(chatRoom(chatId), 'room:updated', { chat_id: chatId, ...changes });
  });

  events.on('chat.deleted', async ({ chatId }) => {
    realtime.publish(chatRoom(chatId), 'room:destroyed', { chat_id: chatId });
    realtime.removeFrom(chatRoom(chatId), chatRoom(chatId));
    await presence.clear(chatId);
  });
}
