import type { EventBus } from '../../../core/events.ts';
import { chatRoom, everyone, type Realtime } from '../../../ports/realtime.ts';
import type { ModerationEvent } from './moderation.events.ts';

type Deps = { events: EventBus<ModerationEvent>; realtime: Realtime };

/** Who is in the room hears of what was done to whom there; of a mute in every chat, everybody. */
export function fanOutModeration({ events, realtime }: Deps): void {
  const because = (reason: string | null) => (reason === null ? {} : { reason });
  events.on('member.banned', ({ chatId, userId, durationS, reason }) => {
    const banned = { chat_id: chatId, user_id: userId, duration: durationS, ...because(reason) };
    realtime.publish(chatRoom(chatId), 'user:banned', banned);
  });
  events.on('member.unbanned', ({ chatId, userId }) => {
    realtime.publish(chatRoom(chatId), 'user:unbanned', { chat_id: chatId, user_id: userId });
  });
  events.on('member.muted', ({ chatId, userId, durationS, reason }) => {
    const muted = { chat_id: chatId, user_id: userId, duration: durationS, ...because(reason) };
    realtime.publish(chatRoom(chatId), 'user:muted', muted);
  });
  events.on('member.unmuted', ({ chatId, userId }) => {
    realtime.publish(chatRoom(chatId), 'user:unmuted', { chat_id: chatId, user_id: userId });
  });
  events.on('user.hard_muted', ({ userId, durationS }) => {
    realtime.publish(everyone, 'user:hard_muted', { user_id: userId, duration: durationS });
  });
  events.on('user.hard_unmuted', ({ userId }) => {
    realtime.publish(everyone, 'user:hard_unmuted', { user_id: userId });
  });
}
