import { Type } from '@sinclair/typebox';
import type { Presence } from '../../../ports/presence.ts';
import { userHandler } from '../../../realtime/handlers.ts';
import { Id } from '../../../wire/models.ts';
import type { Mutes } from '../../people/sanctions/mutes.ts';
import type { Typing } from '../rooms/typing.ts';
import { messageErrors } from './messages.errors.ts';
import { SendMessageBody } from './messages.model.ts';
import type { Messages } from './messages.service.ts';

type Deps = {
  messages: Messages;
  typing: Typing;
  presence: Pick<Presence, 'hasSession'>;
  mutes: Pick<Mutes, 'isMuted'>;
};

export const messagesHandlers = ({ messages, typing: tell, presence, mutes }: Deps) => [
  userHandler({
    event: 'message:send',
    payload: Type.Object({ chat_id: Id(), ...SendMessageBody.properties }),
    run: ({ principal }, { chat_id, content }) => messages.send(principal, chat_id, content),
  }),
  userHandler({
    event: 'message:typing',
    payload: Type.Object({ chat_id: Id(), typing: Type.Boolean() }),
    async run({ principal: { userId, sessionId } }, { chat_id, typing }) {
      if (!(await presence.hasSession(chat_id, sessionId))) throw messageErrors.notJoined();
      // Of who must not speak nobody hears that they write; that they have stopped is told.
      if (typing && (await mutes.isMuted(userId, chat_id))) return;
      tell(userId, chat_id, typing);
    },
  }),
];
