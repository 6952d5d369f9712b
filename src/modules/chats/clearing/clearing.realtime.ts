import type { EventBus } from '../../../core/events.ts';
import type { ChatsEvent } from '../chats/chats.events.ts';
import type { MessagesEvent } from '../messages/messages.events.ts';
import type { WipeTimer } from './wipe-timer.ts';

type Deps = { events: EventBus<MessagesEvent | ChatsEvent>; wipeTimer: Pick<WipeTimer, 'plan'> };

/** What moves the next wipe. */
export function planWipes({ events, wipeTimer }: Deps): void {
  events.on('chat.cleared', () => wipeTimer.plan());
  events.on('chat.updated', ({ changes }) => ('wipe_preset' in changes ? wipeTimer.plan() : undefined));
}
