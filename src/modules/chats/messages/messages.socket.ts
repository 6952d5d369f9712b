import { Type } from '@sinclair/typebox';
import { guestHandler } from '../../../realtime/handlers.ts';
import { Id } from '../../../wire/models.ts';
import { SendMessageBody } from './messages.model.ts';
import type { Messages } from './messages.service.ts';

export const messagesHandlers = ({ messages }: { messages: Messages }) => [
  guestHandler({
    event: 'message:send',
    payload: Type.Object({ chat_id: Id(), ...SendMessageBody.properties }),
    run: ({ principal }, { chat_id, content }) => messages.send(principal, chat_id, content),
  }),
];
