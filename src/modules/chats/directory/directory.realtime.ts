import type { EventBus } from '../../../core/events.ts';
import type { BrowserEvent } from '../browser/browser.events.ts';
import type { ChatsEvent } from '../chats/chats.events.ts';

type Deps = { events: EventBus<ChatsEvent | BrowserEvent>; chatStatus: { changed(chatId: number): void } };

/** Tells people about a chat that they can now see, and whose browser went on or off. */
export function fanOutChats({ events, chatStatus }: Deps): void {
  events.on('chat.updated', ({ chatId, changes }) => {
    if (changes.visibility !== undefined) chatStatus.changed(chatId);
  });
  events.on('browser.started', ({ chatId }) => chatStatus.changed(chatId));
  events.on('browser.stopped', ({ chatId }) => chatStatus.changed(chatId));
}
