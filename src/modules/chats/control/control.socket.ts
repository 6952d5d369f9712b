import { userHandler } from '../../../realtime/handlers.ts';
import { ChatPayload, GrantPayload } from './control.model.ts';
import type { ControlService } from './control.service.ts';

export const controlHandlers = ({ control }: { control: ControlService }) => [
  userHandler({
    event: 'control:request',
    payload: ChatPayload,
    run: ({ principal, connection }, { chat_id }) => control.request(principal, connection, chat_id),
  }),
  userHandler({
    event: 'control:cancel',
    payload: ChatPayload,
    run: ({ principal, connection }, { chat_id }) => control.cancel(principal, connection, chat_id),
  }),
  userHandler({
    event: 'control:grant',
    payload: GrantPayload,
    run: ({ principal, connection }, { chat_id, user_id }) => control.grant(principal, connection, chat_id, user_id),
  }),
  userHandler({
    event: 'control:release',
    payload: ChatPayload,
    run: ({ principal, connection }, { chat_id }) => control.release(principal, connection, chat_id),
  }),
  userHandler({
    event: 'control:take',
    payload: ChatPayload,
    run: ({ principal, connection }, { chat_id }) => control.take(principal, connection, chat_id),
  }),
];
