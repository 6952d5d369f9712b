import { userHandler } from '../../../realtime/handlers.ts';
import { ChatPayload } from './rooms.model.ts';
import type { Rooms } from './rooms.service.ts';

export const roomsHandlers = ({ rooms }: { rooms: Rooms }) => [
  userHandler({
    event: 'room:join',
    payload: ChatPayload,
    run: ({ principal, connection }, { chat_id }) => rooms.join(connection, principal, chat_id),
  }),
  userHandler({
    event: 'room:leave',
    payload: ChatPayload,
    run: ({ connection }, { chat_id }) => rooms.leave(connection, chat_id),
  }),
];
