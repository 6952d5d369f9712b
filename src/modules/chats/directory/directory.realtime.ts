import type { EventBus } from '../../../core/events.ts';
import type { ChatsEvent } from '../chats/chats.events.ts';

type Deps = { events: EventBus<ChatsEvent>; chatStatus: { changed(chatId: number): void } };

/** Tells people about a chat that they can now see. */
export function fanOutChats({ events, chatStatus }: Deps): void {
  events.on('chat.updated', ({ chatId, changes }) => {
    if (changes.visibility !== undefined) chatStatus.changed(chatId);
  });
}
