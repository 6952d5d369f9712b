import { Type } from '@sinclair/typebox';
import type { Presence } from '../../../ports/presence.ts';
import { userRoom } from '../../../ports/realtime.ts';
import { userHandler } from '../../../realtime/handlers.ts';
import { Id } from '../../../wire/models.ts';
import type { Mutes } from '../../people/sanctions/mutes.ts';
import { messageErrors } from '../messages/messages.errors.ts';
import { ChatPayload } from './rooms.model.ts';
import type { Rooms } from './rooms.service.ts';
import type { Typing } from './typing.ts';

type Deps = {
  rooms: Rooms;
  typing: Pick<Typing, 'began' | 'stopped'>;
  presence: Pick<Presence, 'hasSession'>;
  mutes: Pick<Mutes, 'isMuted'>;
};

export const roomsHandlers = ({ rooms, typing, presence, mutes }: Deps) => [
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
  userHandler({
    event: 'message:typing',
    payload: Type.Object({ chat_id: Id(), typing: Type.Boolean() }),
    async run({ principal: { userId, sessionId }, person, connection }, { chat_id, typing: isTyping }) {
      if (!(await presence.hasSession(chat_id, sessionId))) throw messageErrors.notJoined();
      const typist = { person, ownRoom: userRoom(userId), socketId: connection.id };
      // A muted person's typing is not relayed, but the end of it is.
      if (isTyping) await typing.began(chat_id, typist, async () => !(await mutes.isMuted(userId, chat_id)));
      else typing.stopped(chat_id, typist);
    },
  }),
];
