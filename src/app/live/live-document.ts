import { accountRequired, internal, invalid, rateLimited, unauthenticated, unavailable } from '../../core/errors.ts';
import { asyncApiDocument, type HeardEvent } from '../../http/asyncapi.ts';
import { accountErrors } from '../../modules/people/users/users.errors.ts';
import { EXAMPLES } from '../api-examples.ts';
import { BROWSER_CALLS } from './browser-calls.ts';
import { BROWSER_EVENTS } from './browser-events.ts';
import { CHAT_CALLS } from './chat-calls.ts';
import { CHAT_EVENTS } from './chat-events.ts';
import { PERSON_EVENTS } from './person-events.ts';

const ABOUT =
  'The live events of an instance, over Socket.IO (protocol 5) on the port of its API: path `/socket.io/`, the default namespace. ' +
  'The document speaks for the server: it *receives* what clients send, and *sends* the rest.\n\n' +
  'An event to the server carries one object and, if the client wants it, an acknowledgement: `{ "ok": true, … }`, or ' +
  '`{ "ok": false, "error", "code", … }` with the codes of the API. Each payload has the name of its event; with Socket.IO it is the ' +
  'first argument.\n\n' +
  'Events are hints, delivered at most once; the history is the truth. `/docs/live` and `/docs/clients` of the instance say more.';

const GROUPS = [
  ['Rooms', 'Entering chats, and who is there.'],
  ['Messages', 'Sealed messages.'],
  ['Keys', 'Who seals the chat’s key for whom.'],
  ['Direct chats', 'Two people who met by interest.'],
  ['Moderation', 'Bans and mutes.'],
  ['Browser', 'The shared browser of a chat.'],
  ['Control', 'Who has its mouse and keyboard.'],
  ['Chats', 'What goes on in the chats that you can see.'],
  ['Notices', 'What you, or everyone, should know.'],
  ['Session', 'The end of a session.'],
] as const;

/** Everything that the server sends, by event. */
export const SENT = { ...CHAT_EVENTS, ...BROWSER_EVENTS, ...PERSON_EVENTS };

/** Everything that clients send, by event. */
export const CALLS = { ...CHAT_CALLS, ...BROWSER_CALLS };

/** The AsyncAPI document of an instance. */
export function liveDocument({
  publicUrl,
  handlers,
}: {
  publicUrl: string | undefined;
  handlers: readonly HeardEvent[];
}) {
  return asyncApiDocument({
    about: ABOUT,
    publicUrl,
    groups: GROUPS,
    handlers,
    calls: CALLS,
    events: SENT,
    examples: EXAMPLES,
    commonFailures: {
      always: [invalid, unauthenticated, accountErrors.banned, accountErrors.timedOut, internal, unavailable],
      ofUsers: [accountRequired],
      unlessPaced: [rateLimited],
    },
  });
}
