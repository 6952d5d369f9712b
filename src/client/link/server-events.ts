import type { ClientLifeEvents } from '../client-events.ts';
import { CHAT_EVENTS, type ChatPayloads } from '../events.ts';
import type { ChatRoom } from '../room/chat-room.ts';
import type { PortalSocket } from './socket-link.ts';

/** Hands what concerns one chat to its room; what concerns a chat that was not joined is dropped. */
export function listenToChats(socket: PortalSocket, roomOf: (chatId: number) => ChatRoom | undefined): void {
  for (const name of CHAT_EVENTS) listenTo(socket, name, roomOf);
}

/** Hands on what concerns no single room. */
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

function listenTo<Name extends keyof ChatPayloads>(
  socket: PortalSocket,
  name: Name,
  roomOf: (chatId: number) => ChatRoom | undefined,
): void {
  const listener = (payload: ChatPayloads[Name]) => roomOf(payload.chat_id)?.receive(name, payload);
  // The name is only a type parameter here, which the library's overloads cannot follow; the types above say the same.
  const on = socket.on as (event: string, listener: (payload: ChatPayloads[Name]) => void) => void;
  on.call(socket, name, listener);
}
