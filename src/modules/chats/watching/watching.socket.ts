import { userHandler } from '../../../realtime/handlers.ts';
import type { Driving } from './driving.service.ts';
import { inputOf } from './input-events.ts';
import {
  AnswerPayload,
  ChatPayload,
  InputPayload,
  NavigatePayload,
  PointerPayload,
  SeenPayload,
} from './watching.model.ts';
import type { Watching } from './watching.service.ts';

export const watchingHandlers = ({ watching, driving }: { watching: Watching; driving: Driving }) => [
  userHandler({
    event: 'browser:watch',
    payload: ChatPayload,
    run: ({ principal, connection }, { chat_id }) => watching.watch(principal, connection, chat_id),
  }),
  userHandler({
    event: 'browser:unwatch',
    payload: ChatPayload,
    run: async ({ connection }, { chat_id }) => watching.unwatch(connection, chat_id),
  }),
  userHandler({
    event: 'browser:seen',
    payload: SeenPayload,
    paced: true,
    run: async ({ connection }, { chat_id, seq }) => watching.seen(connection, chat_id, seq),
  }),
  userHandler({
    event: 'browser:input',
    payload: InputPayload,
    paced: true,
    run: async ({ principal, connection }, { chat_id, events }) =>
      driving.input(principal, connection, chat_id, inputOf(events)),
  }),
  userHandler({
    event: 'browser:pointer',
    payload: PointerPayload,
    paced: true,
    run: ({ principal, connection }, { chat_id, x, y }) => driving.pointer(principal, connection, chat_id, { x, y }),
  }),
  userHandler({
    event: 'browser:navigate',
    payload: NavigatePayload,
    run: ({ principal, connection }, payload) => driving.navigate(principal, connection, payload),
  }),
  userHandler({
    event: 'browser:answer',
    payload: AnswerPayload,
    run: async ({ principal, connection }, payload) => driving.answer(principal, connection, payload),
  }),
];
