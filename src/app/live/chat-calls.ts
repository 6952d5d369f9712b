import { Type } from '@sinclair/typebox';
import { accountRequired, forbidden } from '../../core/errors.ts';
import type { CallDescription } from '../../http/asyncapi.ts';
import { chatErrors } from '../../modules/chats/chats/chats.errors.ts';
import { e2eeErrors } from '../../modules/chats/keys/keys.errors.ts';
import { messageErrors } from '../../modules/chats/messages/messages.errors.ts';
import { sanctionErrors } from '../../modules/people/sanctions/sanctions.errors.ts';
import { userErrors } from '../../modules/people/users/users.errors.ts';
import { BLOB, CONTENT, JOINED, SESSION } from './samples.ts';
import { Joined, SessionId } from './shapes.ts';

const fields = { chat_id: 'The chat.' };

/** What clients send about a chat. */
export const CHAT_CALLS = {
  'room:join': {
    group: 'Rooms',
    summary: 'Enter a chat',
    description:
      'By `chat_id`, or a direct chat by its `token`, in which case `public_key` and `signing_key` are keys made for this chat alone. ' +
      'Joins belong to the socket and end with it: join again after each reconnect. Events of the chat may come before the ' +
      'acknowledgement, which holds the whole state.\n\n' +
      'If `key` is null, it comes later as `portal:key_shared`. With `keyless`, this socket is never asked to seal: for a client ' +
      'that is there for the shared browser alone.\n\n' +
      'After a reconnect, say with `after` and `from` what you have: `missed` brings what came since, and tells whether some of it ' +
      'was deleted. If `more` is true, go on with `GET …/history?after=`.',
    fields: {
      chat_id: 'The chat. Required without `token`.',
      token: 'Opens a direct chat: from `match:found` or the status of matching.',
      public_key: 'For a direct chat: an X25519 key made for it alone. Without it, the session’s own serves.',
      signing_key: 'For a direct chat: an Ed25519 key made for it alone.',
      keyless: 'Whether this socket is never asked to seal.',
      after: 'The id of the last message that you have; `0-0` for none.',
      from: 'The id of the first message that you have.',
    },
    example: { chat_id: 7 },
    reply: Joined,
    answer: JOINED,
    fails: [chatErrors.notFound, chatErrors.banned, chatErrors.direct, accountRequired, messageErrors.notJoined],
  },
  'room:leave': {
    group: 'Rooms',
    summary: 'Leave the room',
    description: 'Membership stays. To give it up, use `POST /v1/portal/chats/{chat_id}/leave`.',
    fields,
    example: { chat_id: 7 },
  },
  'room:kick': {
    group: 'Rooms',
    summary: 'Remove a person from the chat',
    description: 'As `POST …/kick`, or with `ban` as `POST …/ban`; `duration` in seconds, 0 for no end.',
    fields: {
      ...fields,
      ban: 'Whether to ban as well.',
      reason: 'Shown to the person, and kept in the record.',
      duration: 'With `ban`: in seconds; 0 for no end.',
    },
    example: { chat_id: 7, user_id: 42, reason: 'Spoilers' },
    fails: [
      chatErrors.notFound,
      chatErrors.banned,
      forbidden,
      chatErrors.direct,
      userErrors.notFound,
      sanctionErrors.notInChat,
      sanctionErrors.self,
      sanctionErrors.alreadyBanned,
    ],
  },
  'message:send': {
    group: 'Messages',
    summary: 'Send a sealed message',
    description:
      'As `POST …/messages`. After `ERR_EPOCH_MISMATCH` wait for `portal:key_shared` with the epoch that it names, seal the text ' +
      'again and send it once more.',
    fields,
    example: { chat_id: 7, content: CONTENT },
    reply: Type.Object({ id: Type.String({ description: 'The id of the message.' }) }),
    answer: { id: '1795918303344-0' },
    fails: [
      chatErrors.notFound,
      chatErrors.banned,
      chatErrors.archived,
      accountRequired,
      messageErrors.notJoined,
      messageErrors.epochMismatch,
      messageErrors.noRoomKey,
      messageErrors.muted,
      messageErrors.invalidEnvelope,
      messageErrors.rate,
    ],
  },
  'message:typing': {
    group: 'Messages',
    summary: 'Say that you type, or have stopped',
    description: 'Relayed to the others in the room, at most once a second; never stored.',
    fields,
    example: { chat_id: 7, typing: true },
    fails: [messageErrors.notJoined, accountRequired],
  },
  'portal:key_share': {
    group: 'Keys',
    summary: 'Hand in the chat’s key, sealed for others',
    description:
      'The answer to `portal:key_request`, within five seconds. An empty list says that you will not seal for anyone, and another ' +
      'client is asked at once. After `generate: true`, your own session must be among the keys. Recipients are refused one by ' +
      'one; the others are accepted.',
    fields: { ...fields, epoch: 'As in the request.', keys: 'A sealed key, base64 of 72 bytes, for each session.' },
    example: { chat_id: 7, epoch: 2, keys: [{ session_id: SESSION, blob: BLOB }] },
    reply: Type.Object({
      accepted: Type.Array(SessionId, { description: 'The sessions that now have the key.' }),
      rejected: Type.Array(
        Type.Object(
          {
            session_id: SessionId,
            code: Type.String({
              description:
                'Why: `ERR_INVALID_KEY_BLOB`, `ERR_NO_RECIPIENT`, `ERR_KEY_EXISTS`, `ERR_CONFLICT` (it has another key by now, or could not open yours), or `ERR_FORBIDDEN` (closed history).',
            }),
          },
          { title: 'RejectedKey' },
        ),
      ),
    }),
    answer: { accepted: [SESSION], rejected: [] },
    fails: [
      chatErrors.notFound,
      chatErrors.banned,
      chatErrors.archived,
      accountRequired,
      messageErrors.notJoined,
      messageErrors.epochMismatch,
      messageErrors.noRoomKey,
      e2eeErrors.noSessionKey,
      e2eeErrors.notAsked,
      e2eeErrors.selfMissing,
    ],
  },
  'portal:key_rejected': {
    group: 'Keys',
    summary: 'Say that the key you were given does not open',
    description: 'It is dropped, and another client is asked for it. At most ten times a minute.',
    fields: { ...fields, epoch: 'The epoch of the key.' },
    example: { chat_id: 7, epoch: 2 },
    fails: [
      chatErrors.notFound,
      chatErrors.banned,
      accountRequired,
      messageErrors.notJoined,
      messageErrors.epochMismatch,
    ],
  },
} satisfies Record<string, CallDescription>;
