import type { EventBus } from '../../../core/events.ts';
import type { Voice } from '../voice/voice.ts';
import type { MessagesEvent } from './messages.events.ts';

type Deps = { events: EventBus<MessagesEvent>; voice: Pick<Voice, 'tell'> };

export function fanOutMessages({ events, voice }: Deps): void {
  events.on('message.sent', ({ entry }) => voice.tell(entry.chat_id, 'message:new', entry));
  events.on('messages.deleted', ({ chatId, ids }) => voice.tell(chatId, 'message:bulk_deleted', { ids }));
  events.on('chat.cleared', ({ chatId, reason }) => voice.tell(chatId, 'portal:cleared', { reason }));
}
