import { Type } from '@sinclair/typebox';
import { forbidden, notFound } from '../../core/errors.ts';
import type { CallDescription } from '../../http/asyncapi.ts';
import { browserErrors } from '../../modules/chats/browser/browser.errors.ts';
import { chatErrors } from '../../modules/chats/chats/chats.errors.ts';
import { controlErrors } from '../../modules/chats/control/control.errors.ts';
import { messageErrors } from '../../modules/chats/messages/messages.errors.ts';
import { watchingErrors } from '../../modules/chats/watching/watching.errors.ts';
import { BrowserPage } from './shapes.ts';

const example = { chat_id: 7 };
const fields = { chat_id: 'The chat.' };
const { notJoined } = messageErrors;
const access = [notJoined, chatErrors.notFound, chatErrors.banned, chatErrors.direct];
const control = [...access, browserErrors.notRunning];
const driving = [notJoined, browserErrors.notRunning, watchingErrors.notHost];

/** What clients send about the shared browser of a chat. */
export const BROWSER_CALLS = {
  'control:request': {
    group: 'Control',
    summary: 'Ask for mouse and keyboard',
    description: 'In chats with `allow_control_requests`. Requests wait in a queue.',
    fields,
    example,
    fails: [...control, controlErrors.requestsOff],
  },
  'control:cancel': { group: 'Control', summary: 'Take a request back', fields, example, fails: control },
  'control:grant': {
    group: 'Control',
    summary: 'Give mouse and keyboard to someone in the room',
    description:
      'For those who manage the chat, and for the host in chats with `allow_control_requests` and without `locked_controls`.',
    fields: { ...fields, user_id: 'The person.' },
    example: { chat_id: 7, user_id: 42 },
    fails: [...control, controlErrors.notGiver, controlErrors.notHere],
  },
  'control:release': { group: 'Control', summary: 'Give mouse and keyboard up', fields, example, fails: control },
  'control:take': {
    group: 'Control',
    summary: 'Take mouse and keyboard',
    description: 'For those who manage the chat.',
    fields,
    example,
    fails: [...control, controlErrors.notTaker],
  },
  'browser:watch': {
    group: 'Browser',
    summary: 'Watch the shared browser',
    description: 'The newest picture follows as `browser:frame`, and others as the page changes.',
    fields,
    example,
    reply: Type.Object({
      width: Type.Integer({ description: 'Of the browser, in pixels.' }),
      height: Type.Integer(),
      page: BrowserPage,
    }),
    answer: {
      width: 1280,
      height: 720,
      page: { url: 'https://example.com/', title: 'Example Domain', loading: false },
    },
    fails: [...access, browserErrors.notRunning],
  },
  'browser:unwatch': { group: 'Browser', summary: 'Stop watching', fields, example, fails: [notJoined] },
  'browser:seen': {
    group: 'Browser',
    summary: 'Say that a picture was shown',
    description:
      'Send it only once you have drawn the picture: that is how the server measures your connection. While two pictures are unacknowledged, the server sends no more; then it sends the newest.',
    fields: { ...fields, seq: 'Of the picture.' },
    example: { chat_id: 7, seq: 12 },
    fails: [notJoined],
  },
  'browser:input': {
    group: 'Browser',
    summary: 'Use mouse and keyboard',
    description:
      'For the host. `x` and `y` are fractions of the picture from 0 to 1, keys are named as in the DOM’s `KeyboardEvent`, and `modifiers` adds up Alt 1, Ctrl 2, Meta 4, Shift 8. The fields depend on `type`: `move` has x and y; `down` and `up` x, y and button; `wheel` x, y, dx and dy; `key` key, code, down and modifiers; `text` text. At most 120 events a second, the rest is dropped; over 1,000 for five seconds end the connection.',
    fields: { ...fields, events: 'In order, 64 at most.' },
    example: {
      chat_id: 7,
      events: [
        { type: 'move', x: 0.5, y: 0.25 },
        { type: 'down', x: 0.5, y: 0.25, button: 0 },
        { type: 'up', x: 0.5, y: 0.25, button: 0 },
        { type: 'wheel', x: 0.5, y: 0.25, dx: 0, dy: 120 },
        { type: 'key', key: 'a', code: 'KeyA', down: true, modifiers: 2 },
        { type: 'key', key: 'a', code: 'KeyA', down: false, modifiers: 2 },
        { type: 'text', text: 'žluťoučký kůň' },
      ],
    },
    fails: driving,
  },
  'browser:pointer': {
    group: 'Browser',
    summary: 'Show the others where you point',
    description:
      'For those who do not have the mouse, in chats with `inactive_cursors`. Told at most 20 times a second.',
    fields: { ...fields, x: 'A fraction of the picture from 0 to 1.', y: 'A fraction of the picture from 0 to 1.' },
    example: { chat_id: 7, x: 0.5, y: 0.25 },
    fails: [notJoined, browserErrors.notRunning, forbidden],
  },
  'browser:navigate': {
    group: 'Browser',
    summary: 'Go to another page',
    description: 'For the host. Either `action`, or an http or https address in `url`.',
    fields: { ...fields, url: 'An http or https address without credentials.' },
    example: { chat_id: 7, url: 'https://example.com/' },
    fails: [...driving, browserErrors.noAnswer],
  },
  'browser:keep': {
    group: 'Browser',
    summary: 'Keep the browser running',
    description: 'The idle time begins anew.',
    fields,
    example,
    fails: [notJoined],
  },
  'browser:answer': {
    group: 'Browser',
    summary: 'Answer a dialog of the page',
    description: 'For the host.',
    fields: { ...fields, id: 'Of the dialog.', accept: 'OK, or Cancel.', text: 'For a prompt.' },
    example: { chat_id: 7, id: '3', accept: true },
    fails: [...driving, watchingErrors.noDialog, notFound],
  },
} satisfies Record<string, CallDescription>;
