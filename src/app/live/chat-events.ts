import { Type } from '@sinclair/typebox';
import type { EventDescription } from '../../http/asyncapi.ts';
import { ChatDetails } from '../../modules/chats/chats/chats.model.ts';
import { HistoryEntry } from '../../modules/chats/messages/messages.model.ts';
import { Nullable, OneOf, User } from '../../wire/models.ts';
import * as samples from './samples.ts';
import {
  Away,
  ChatId,
  Epoch,
  fieldsOf,
  LiveMember,
  named,
  Recipient,
  registered,
  SessionId,
  UserId,
} from './shapes.ts';

const THE_ROOM = 'the room';
const chat_id = ChatId;
const Only = Type.Object({ chat_id });
/** The moderator; null for staff who are not in the chat, and for the server’s own rules. */
const By = Nullable(User);
const ADA = { id: 1, username: 'ada', avatar_url: null };
const Term = {
  chat_id,
  user_id: UserId,
  duration: Type.Integer({ minimum: 0, description: 'In seconds; 0: no end.' }),
  reason: Type.Optional(Type.String()),
  by: By,
};

/** What the server sends about a chat and the talk in it. */
export const CHAT_EVENTS = {
  'message:new': {
    group: 'Messages',
    to: THE_ROOM,
    summary: 'A message, as in the history',
    description:
      'Within a chat it comes in the order of the ids. If `prev_id` is not the last message you have, ask the history with `?after=`. System messages come this way, too: `type` is `system`, and `content` plain text.',
    payload: HistoryEntry,
    example: samples.MESSAGE,
  },
  'message:bulk_deleted': {
    group: 'Messages',
    to: THE_ROOM,
    summary: 'Messages were deleted',
    payload: Type.Object({ chat_id, ids: Type.Array(Type.String(), { description: 'The ids of the messages.' }) }),
    example: { chat_id: 7, ids: ['1795918303344-0'] },
  },
  'message:typing': {
    group: 'Messages',
    to: 'the others in the room',
    summary: 'Someone types, or has stopped',
    payload: Type.Object({ chat_id, ...named, typing: Type.Boolean() }),
    example: { chat_id: 7, user_id: 42, typing: true },
  },
  'portal:cleared': {
    group: 'Messages',
    to: THE_ROOM,
    summary: 'All messages were deleted',
    payload: Type.Object({ chat_id, reason: OneOf(['clear', 'wipe']) }),
  },
  'portal:key_request': {
    group: 'Keys',
    to: 'the socket that should seal',
    summary: 'Seal the chat’s key for these sessions',
    description:
      'Answer with `portal:key_share` within five seconds, or the next client is asked. With `generate` no one has a key for this epoch: make one, 32 random bytes, and seal it for every recipient. Your own session is one of them.',
    payload: Type.Object({
      chat_id,
      epoch: Epoch,
      generate: Type.Boolean(),
      recipients: Type.Array(Recipient, { maxItems: 256 }),
    }),
    example: samples.KEY_REQUEST,
  },
  'portal:key_shared': {
    group: 'Keys',
    to: 'the session it is for',
    summary: 'The chat’s key, sealed for you',
    payload: Type.Object({ chat_id, epoch: Epoch, ...fieldsOf.storedKey }),
    example: samples.KEY_SHARED,
  },
  'portal:key_added': {
    group: 'Keys',
    to: THE_ROOM,
    summary: 'A session came in with a key, or registered one',
    description: 'Not sent in a crowd.',
    payload: Type.Object({ chat_id, ...named, ...registered }),
    example: samples.KEY_ADDED,
  },
  'portal:key_removed': {
    group: 'Keys',
    to: THE_ROOM,
    summary: 'A session is gone, and with it its key',
    payload: Type.Object({ chat_id, ...named, session_id: SessionId }),
    example: samples.KEY_REMOVED,
  },
  'room:members': {
    group: 'Rooms',
    to: THE_ROOM,
    summary: 'Who came and who left',
    description:
      'Changes, not the whole list. An entry of `joined` replaces the one with the same `id`. In a crowd it comes once a second and names 20 newcomers at most. Not sent in direct chats.',
    payload: Type.Object({
      chat_id,
      joined: Type.Array(LiveMember),
      left: Type.Array(UserId, { description: 'User ids.' }),
      count: Type.Integer({ description: 'How many people are in the room now.' }),
      away: Type.Optional(Away),
    }),
    example: samples.MEMBERS,
  },
  'room:epoch_changed': {
    group: 'Keys',
    to: THE_ROOM,
    summary: 'The chat has a new epoch',
    description: 'Messages sealed for the old one are refused from now on. Keep the old key to read older messages.',
    payload: Type.Object({
      chat_id,
      epoch: Epoch,
      reason: OneOf(
        ['clear', 'wipe', 'kick', 'ban', 'join', 'lost'],
        'Why. `join`: someone came who must not read what was before. `lost`: no one had the key any more.',
      ),
    }),
    example: { chat_id: 7, epoch: 3, reason: 'kick' },
  },
  'room:updated': {
    group: 'Rooms',
    to: THE_ROOM,
    summary: 'Settings of the chat changed',
    description: 'Only those that changed.',
    payload: Type.Object({ chat_id, ...Type.Partial(ChatDetails).properties }),
    example: { chat_id: 7, name: 'Movie night', history_visible: false },
  },
  'room:kicked': {
    group: 'Rooms',
    to: 'the sockets of the person removed',
    summary: 'You were removed from the chat',
    payload: Type.Object({ chat_id, reason: Nullable(Type.String()), banned: Type.Boolean(), by: By }),
    example: { chat_id: 7, reason: 'Spoilers', banned: false, by: ADA },
  },
  'room:destroyed': { group: 'Rooms', to: THE_ROOM, summary: 'The chat was deleted', payload: Only },
  'user:banned': {
    group: 'Moderation',
    to: THE_ROOM,
    summary: 'Someone was banned from the chat',
    payload: Type.Object(Term),
    example: { chat_id: 7, user_id: 42, duration: 86_400, reason: 'Spoilers', by: ADA },
  },
  'user:unbanned': {
    group: 'Moderation',
    to: THE_ROOM,
    summary: 'A ban was lifted',
    payload: Type.Object({ chat_id, user_id: UserId }),
  },
  'user:muted': {
    group: 'Moderation',
    to: THE_ROOM,
    summary: 'Someone was muted in the chat',
    payload: Type.Object(Term),
    example: { chat_id: 7, user_id: 42, duration: 300, reason: 'Shouting', by: ADA },
  },
  'user:unmuted': {
    group: 'Moderation',
    to: THE_ROOM,
    summary: 'A mute was lifted',
    payload: Type.Object({ chat_id, user_id: UserId }),
  },
  'room:peer_left': {
    group: 'Direct chats',
    to: 'the other one of a direct chat',
    summary: 'Your peer is away',
    payload: Type.Object({
      chat_id,
      grace_until_ms: Type.Integer({
        description: 'When the chat ends unless they return, in milliseconds since 1970; 0: it has ended.',
      }),
    }),
    example: { chat_id: 7, grace_until_ms: 1_795_918_363_344 },
  },
  'room:peer_returned': {
    group: 'Direct chats',
    to: 'the other one of a direct chat',
    summary: 'Your peer is back',
    payload: Only,
  },
  'match:ended': {
    group: 'Direct chats',
    to: 'both people of a direct chat',
    summary: 'The chat has ended',
    description: 'It can be read for a day.',
    payload: Type.Object({ chat_id, reason: OneOf(['left', 'timeout', 'expired', 'blocked']) }),
  },
} satisfies Record<string, EventDescription>;
