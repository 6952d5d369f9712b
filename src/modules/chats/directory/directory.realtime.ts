import type { EventBus } from '../../../core/events.ts';
import type { ChatsEvent } from '../chats/chats.events.ts';

type Deps = { events: EventBus<ChatsEvent>; chatStatus: { changed(chatId: number): void } };

/** Who can see a chat from now on hears of it. */
export function fanOutChats({ events, chatStatus }: Deps): void {
  events.on('chat.updated', ({ chatId, changes }) => {
    if (changes.visibility !== undefined) chatStatus.changed(chatId);
  });
}
