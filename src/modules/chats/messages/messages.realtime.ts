import type { EventBus } from '../../../core/events.ts';
import { chatRoom, type Realtime } from '../../../ports/realtime.ts';
import type { ChatsEvent } from '../chats/chats.events.ts';
import type { WipeTimer } from '../clearing/wipe-timer.ts';
import type { MessagesEvent } from './messages.events.ts';

type Deps = { events: EventBus<MessagesEvent | ChatsEvent>; realtime: Realtime; wipeTimer: Pick<WipeTimer, 'plan'> };

export function fanOutMessages({ events, realtime, wipeTimer }: Deps): void {
  events.on('message.sent', ({ entry }) => realtime.publish(chatRoom(entry.chat_id), 'message:new', entry));

  events.on('messages.deleted', ({ chatId, ids }) => {
    realtime.publish(chatRoom(chatId), 'message:bulk_deleted', { chat_id: chatId, ids });
  });

  events.on('chat.cleared', ({ chatId, reason }) => {
    realtime.publish(chatRoom(chatId), 'portal:cleared', { chat_id: chatId, reason });
    return wipeTimer.plan();
  });

  events.on('chat.updated', ({ changes }) => ('wipe_preset' in changes ? wipeTimer.plan() : undefined));
}
