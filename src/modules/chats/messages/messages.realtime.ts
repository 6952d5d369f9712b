import type { EventBus } from '../../../core/events.ts';
import type { DirectPeople, Voice } from '../voice/voice.ts';
import type { MessagesEvent } from './messages.events.ts';
import { viewOf } from './messages.presenter.ts';

type Deps = {
  events: EventBus<MessagesEvent>;
  voice: Pick<Voice, 'tell' | 'tellEach'>;
  directPeople: Pick<DirectPeople, 'find'>;
};

export function fanOutMessages({ events, voice, directPeople }: Deps): void {
  events.on('message.sent', ({ entry }) => {
    const pair = directPeople.find(entry.chat_id);
    if (!pair) return voice.tell(entry.chat_id, 'message:new', entry);
    voice.tellEach(entry.chat_id, 'message:new', (reader) => viewOf(entry, pair, reader));
  });
  events.on('messages.deleted', ({ chatId, ids }) => voice.tell(chatId, 'message:bulk_deleted', { ids }));
  events.on('chat.cleared', ({ chatId, reason }) => voice.tell(chatId, 'portal:cleared', { reason }));
}
