import type { DueTimer } from '../../../core/due-timer.ts';
import type { EventBus } from '../../../core/events.ts';
import type { ChatsEvent } from '../chats/chats.events.ts';
import type { MessagesEvent } from '../messages/messages.events.ts';

type Deps = { events: EventBus<MessagesEvent | ChatsEvent>; wipeTimer: Pick<DueTimer, 'plan'> };

/** Reschedules the wipe timer when the next wipe may have moved. */
export function planWipes({ events, wipeTimer }: Deps): void {
  events.on('chat.cleared', () => wipeTimer.plan());
  events.on('chat.updated', ({ changes }) => ('wipe_preset' in changes ? wipeTimer.plan() : undefined));
}
