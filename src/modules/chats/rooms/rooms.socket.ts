import { Type } from '@sinclair/typebox';
import { accountRequired, invalid } from '../../../core/errors.ts';
import type { Presence } from '../../../ports/presence.ts';
import { personRoom } from '../../../ports/realtime.ts';
import { guestHandler } from '../../../realtime/handlers.ts';
import { Id } from '../../../wire/models.ts';
import type { Mutes } from '../../people/sanctions/mutes.ts';
import { keysOf } from '../keys/keys.model.ts';
import { messageErrors } from '../messages/messages.errors.ts';
import type { Voice } from '../voice/voice.ts';
import type { DirectRooms } from './direct-rooms.service.ts';
import { ChatPayload, JoinPayload } from './rooms.model.ts';
import type { Rooms } from './rooms.service.ts';
import type { Typing } from './typing.ts';

type Deps = {
  rooms: Rooms;
  directRooms: DirectRooms;
  typing: Pick<Typing, 'began' | 'stopped'>;
  presence: Pick<Presence, 'hasSession'>;
  mutes: Pick<Mutes, 'isMuted'>;
  voice: Pick<Voice, 'isDirectOf'>;
};

export const roomsHandlers = ({ rooms, directRooms, typing, presence, mutes, voice }: Deps) => [
  guestHandler({
    event: 'room:join',
    payload: JoinPayload,
    async run({ principal, connection }, { chat_id, token, public_key, signing_key, keyless = false, after, from }) {
      const known = after === undefined ? undefined : { after, ...(from === undefined ? {} : { from }) };
      if (token !== undefined) {
        const keys =
          public_key === undefined
            ? null
            : keysOf({ public_key, ...(signing_key === undefined ? {} : { signing_key }) });
        return directRooms.join(connection, principal, { token, keys, known });
      }
      if (chat_id === undefined) throw invalid.saying('chat_id or token is required')({ field: 'chat_id' });
      if (principal.kind === 'stranger') throw accountRequired();
      return rooms.join(connection, principal, chat_id, { isKeyless: keyless, known });
    },
  }),
  guestHandler({
    event: 'room:leave',
    payload: ChatPayload,
    run: ({ connection }, { chat_id }) => rooms.leave(connection, chat_id),
  }),
  guestHandler({
    event: 'message:typing',
    payload: Type.Object({ chat_id: Id(), typing: Type.Boolean() }),
    async run({ principal, person, connection }, { chat_id, typing: isTyping }) {
      if (!(await presence.hasSession(chat_id, principal.sessionId)))
        throw principal.kind === 'stranger' && !voice.isDirectOf(chat_id, person)
          ? accountRequired()
          : messageErrors.notJoined();
      const typist = { person, ownRoom: personRoom(person), socketId: connection.id };
      // A muted person's typing is not relayed, but the end of it is.
      const mayType = async () => principal.kind !== 'user' || !(await mutes.isMuted(principal.userId, chat_id));
      if (isTyping) await typing.began(chat_id, typist, mayType);
      else typing.stopped(chat_id, typist);
    },
  }),
];
