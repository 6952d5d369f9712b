import type { ClientLifeEvents } from '../client-events.ts';
import { CHAT_EVENTS, type ChatPayloads } from '../events.ts';
import type { Match } from '../match/match.ts';
import type { ChatRoom } from '../room/chat-room.ts';
import type { PortalSocket } from './socket-link.ts';

/** Routes chat events to their rooms; events of chats that were not joined are dropped. */
export function listenToChats(socket: PortalSocket, roomOf: (chatId: number) => ChatRoom | undefined): void {
  listenToChatEvents(socket, (name, payload) => roomOf(payload.chat_id)?.receive(name, payload));
}

/** Receives the events of all chats. */
export function listenToChatEvents(
  socket: PortalSocket,
  receive: <Name extends keyof ChatPayloads>(name: Name, payload: ChatPayloads[Name]) => void,
): void {
  const listenTo = <Name extends keyof ChatPayloads>(name: Name) => {
    // socket.io's overloads cannot follow a name that is a type parameter.
    const on = socket.on as (event: string, listener: (payload: ChatPayloads[Name]) => void) => void;
    on.call(socket, name, (payload) => receive(name, payload));
  };
  for (const name of CHAT_EVENTS) listenTo(name);
}

/** Passes on what the server tells about searches. */
export function listenToMatches(socket: PortalSocket, match: Match): void {
  socket.on('match:state', (status) => match.receiveState(status));
  socket.on('match:found', (found) => match.receiveFound(found));
}

/** Forwards the events that do not belong to a room. */
export function listenToNotices(
  socket: PortalSocket,
  emit: <Name extends keyof ClientLifeEvents>(name: Name, payload: ClientLifeEvents[Name]) => void,
): void {
  socket.on('chat:list', (chats) => emit('chatList', chats));
  socket.on('chat:status', (status) => emit('chatStatus', status));
  socket.on('user:hard_muted', ({ user_id: userId, duration }) => {
    emit('hardMuted', { userId, duration: duration ?? null });
  });
  socket.on('user:hard_unmuted', ({ user_id: userId }) => emit('hardUnmuted', { userId }));
  socket.on('notification:new', (notification) => emit('notification', notification));
  socket.on('announcement:new', (announcement) => emit('announcement', announcement));
  socket.on('announcement:deleted', ({ id }) => emit('announcementDeleted', { id }));
}
