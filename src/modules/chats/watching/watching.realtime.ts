import type { EventBus } from '../../../core/events.ts';
import type { ChatsEvent } from '../chats/chats.events.ts';
import type { ControlEvent } from '../control/control.events.ts';
import type { RoomsEvent } from '../rooms/rooms.events.ts';
import type { Driving } from './driving.service.ts';
import type { Watching } from './watching.service.ts';

type Deps = { events: EventBus<ChatsEvent | RoomsEvent | ControlEvent>; watching: Watching; driving: Driving };

/** The picture ends, and keys go up, in the turn in which someone loses the room. Listens after the rooms, which put sockets out. */
export function fanOutWatching({ events, watching, driving }: Deps): void {
  events.on('room.left', ({ chatId, socketId }) => {
    driving.left(chatId, socketId);
    watching.sweep(chatId);
  });
  events.on('member.removed', ({ chatId, userId }) => {
    driving.removed(chatId, userId);
    watching.sweep(chatId);
  });
  events.on('chat.deleted', ({ chatId }) => watching.sweep(chatId));
  events.on('control.changed', ({ chatId }) => driving.controlChanged(chatId));
}
