import { Type } from '@sinclair/typebox';
import type { EventDescription } from '../../http/asyncapi.ts';
import { SharedBrowser } from '../../modules/chats/browser/browser.model.ts';
import { Nullable, OneOf, Time } from '../../wire/models.ts';
import { ChatId, ControlState, fieldsOf, UserId } from './shapes.ts';

const THE_ROOM = 'the room';
const WATCHERS = 'those who watch';
const chat_id = ChatId;
const point = {
  user_id: UserId,
  x: Type.Number({ description: 'A fraction of the picture from 0 to 1.' }),
  y: Type.Number({ description: 'A fraction of the picture from 0 to 1.' }),
};

/** A binary attachment, which stands for the field in Socket.IO. */
const Bytes = (description: string) => Type.Unsafe<Uint8Array>(Type.String({ format: 'binary', description }));

/** What the server sends about the shared browser of a chat. */
export const BROWSER_EVENTS = {
  'room:started': {
    group: 'Browser',
    to: THE_ROOM,
    summary: 'The shared browser can be watched',
    payload: Type.Object({ chat_id, browser: SharedBrowser }),
    example: {
      chat_id: 7,
      browser: { engine: 'local', width: 1280, height: 720, url: '/v1/portal/chats/7/browser/', frames: true },
    },
  },
  'room:stopped': {
    group: 'Browser',
    to: THE_ROOM,
    summary: 'The shared browser is off',
    payload: Type.Object({
      chat_id,
      reason: OneOf(['stopped', 'idle', 'failed'], 'Someone stopped it; no one used it; or it could not go on.'),
      error: Type.Optional(Type.String({ description: 'A sentence for people, where it failed.' })),
    }),
    example: { chat_id: 7, reason: 'stopped' },
  },
  'room:browser_progress': {
    group: 'Browser',
    to: THE_ROOM,
    summary: 'How far the start of the browser is',
    payload: Type.Object({
      chat_id,
      step: OneOf(['pull', 'create', 'boot', 'ready']),
      percent: Nullable(Type.Integer({ minimum: 0, maximum: 100 })),
    }),
    example: { chat_id: 7, step: 'boot', percent: null },
  },
  'room:browser_idle': {
    group: 'Browser',
    to: THE_ROOM,
    summary: 'The browser will stop, or was kept',
    description: '`browser:keep` keeps it.',
    payload: Type.Object({
      chat_id,
      stops_at: Nullable(Time('When; null when it was kept.')),
      reason: OneOf(['idle', 'max'], 'No one uses it, or its longest time is nearly over.'),
    }),
    example: { chat_id: 7, stops_at: '2026-01-31T18:00:00.000Z', reason: 'idle' },
  },
  'room:browser_recovering': {
    group: 'Browser',
    to: THE_ROOM,
    summary: 'The browser crashed and starts again',
    description: '`room:started` or `room:stopped` follows.',
    payload: Type.Object({ chat_id }),
  },
  'control:state': {
    group: 'Control',
    to: THE_ROOM,
    summary: 'Who has mouse and keyboard',
    description: 'After every change; in a crowd once a second.',
    payload: ControlState,
    example: { chat_id: 7, host_user_id: 42, queue: [43], locked: false, implicit: true },
  },
  'browser:frame': {
    group: 'Browser',
    to: WATCHERS,
    summary: 'A picture',
    description: 'Answer with `browser:seen` after you have drawn it.',
    payload: Type.Object({
      chat_id,
      seq: Type.Integer({ description: 'Rises with each picture.' }),
      width: Type.Integer(),
      height: Type.Integer(),
      data: Bytes('A JPEG, as a binary attachment of the event.'),
    }),
    example: { chat_id: 7, seq: 12, width: 1280, height: 720, data: '' },
  },
  'browser:page': {
    group: 'Browser',
    to: WATCHERS,
    summary: 'The browser shows another page',
    payload: Type.Object({ chat_id, ...fieldsOf.page }),
    example: { chat_id: 7, url: 'https://example.com/', title: 'Example Domain', loading: false },
  },
  'browser:cursor': {
    group: 'Browser',
    to: WATCHERS,
    summary: 'Where the host points',
    payload: Type.Object({ chat_id, ...point }),
    example: { chat_id: 7, user_id: 42, x: 0.5, y: 0.25 },
  },
  'browser:pointer': {
    group: 'Browser',
    to: WATCHERS,
    summary: 'Where someone without the mouse points',
    description: 'In chats with `inactive_cursors`.',
    payload: Type.Object({ chat_id, ...point }),
    example: { chat_id: 7, user_id: 43, x: 0.5, y: 0.25 },
  },
  'browser:notice': {
    group: 'Browser',
    to: WATCHERS,
    summary: 'The browser refused or did something',
    payload: Type.Object({
      chat_id,
      kind: OneOf(['download', 'popup', 'permission', 'upload', 'crash', 'closed']),
      host: Nullable(Type.String({ description: 'The host of the page.' })),
    }),
    example: { chat_id: 7, kind: 'download', host: 'example.com' },
  },
  'browser:dialog': {
    group: 'Browser',
    to: WATCHERS,
    summary: 'The page asks something',
    description: 'The host answers with `browser:answer`; after 30 seconds it is dismissed.',
    payload: Type.Object({
      chat_id,
      id: Type.String(),
      type: OneOf(['alert', 'confirm', 'prompt', 'auth']),
      message: Type.String({ maxLength: 1000 }),
    }),
    example: { chat_id: 7, id: '3', type: 'confirm', message: 'Leave this page?' },
  },
  'browser:dialog_closed': {
    group: 'Browser',
    to: WATCHERS,
    summary: 'A dialog is over',
    description: 'Answered, dismissed, or gone with its page.',
    payload: Type.Object({ chat_id, id: Type.String() }),
    example: { chat_id: 7, id: '3' },
  },
} satisfies Record<string, EventDescription>;
