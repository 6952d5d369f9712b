import { Type } from '@sinclair/typebox';
import { Id } from '../../http/models.ts';
import type { Presence } from '../../ports/presence.ts';
import { userHandler } from '../../realtime/handlers.ts';
import { messageErrors } from './messages.errors.ts';
import { SendMessageBody } from './messages.model.ts';
import type { Messages } from './messages.service.ts';
import type { Typing } from './typing.ts';

type Deps = { messages: Messages; typing: Typing; presence: Pick<Presence, 'hasSession'> };

export const messagesHandlers = ({ messages, typing: tell, presence }: Deps) => [
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
      tell(userId, chat_id, typing);
    },
  }),
];
