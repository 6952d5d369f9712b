import type { EventBus } from '../../core/events.ts';
import { chatRoom, type Realtime } from '../../ports/realtime.ts';
import type { MessagesEvent } from './messages.events.ts';

export function fanOutMessages({ events, realtime }: { events: EventBus<MessagesEvent>; realtime: Realtime }): void {
  events.on('message.sent', ({ entry }) => realtime.publish(chatRoom(entry.chat_id), 'message:new', entry));
}
