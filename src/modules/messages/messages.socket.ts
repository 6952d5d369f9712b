import { Type } from '@sinclair/typebox';
import { SECOND_MS } from '../../core/units.ts';
import { Id } from '../../http/models.ts';
import type { Presence } from '../../ports/presence.ts';
import type { RateLimiter } from '../../ports/rate-limiter.ts';
import { chatRoom, type Realtime, userRoom } from '../../ports/realtime.ts';
import { userHandler } from '../../realtime/handlers.ts';
import { messageErrors } from './messages.errors.ts';
import { SendMessageBody } from './messages.model.ts';
import type { Messages } from './messages.service.ts';

type Deps = { messages: Messages; presence: Pick<Presence, 'hasSession'>; realtime: Realtime; limiter: RateLimiter };

const TYPING_RULE = { limit: 1, windowMs: SECOND_MS };

export const messagesHandlers = ({ messages, presence, realtime, limiter }: Deps) => [
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
      const { allowed } = await limiter.consume(`typing:${userId}:${chat_id}:${typing}`, TYPING_RULE);
      if (allowed)
        realtime.publishExcept(chatRoom(chat_id), userRoom(userId), 'message:typing', {
          chat_id,
          user_id: userId,
          typing,
        });
    },
  }),
];
