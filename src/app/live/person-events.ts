import { Type } from '@sinclair/typebox';
import type { EventDescription } from '../../http/asyncapi.ts';
import { MatchState } from '../../modules/chats/match/match.model.ts';
import { Announcement } from '../../modules/people/announcements/announcements.model.ts';
import { Notification } from '../../modules/people/notifications/notifications.model.ts';
import { Nullable, OneOf, Time } from '../../wire/models.ts';
import { FOUND } from './samples.ts';
import { ChatId, Status, UserId } from './shapes.ts';

const EVERY_USER = 'every user';

/** What the server sends to people, in whatever chat they are. */
export const PERSON_EVENTS = {
  'chat:list': {
    group: 'Chats',
    to: 'a user’s socket, after connecting',
    summary: 'The chats you can see',
    description: 'Own and joined chats, and the liveliest open ones.',
    payload: Type.Array(Status),
    example: [{ chat_id: 7, running: true, viewer_count: 3 }],
  },
  'chat:status': {
    group: 'Chats',
    to: 'people who can see the chat, at most once a second',
    summary: 'A chat became livelier or quieter',
    payload: Status,
    example: { chat_id: 7, running: true, viewer_count: 4 },
  },
  'match:found': {
    group: 'Direct chats',
    to: 'the session that searched',
    summary: 'You were paired',
    description: 'It may come before the answer to the search.',
    payload: Type.Object({
      chat_id: ChatId,
      token: Type.String({ description: 'Opens the chat with `room:join`, for your sessions alone.' }),
      peer: Type.Object(
        {
          alias: Type.String({ description: 'Their name in this chat.' }),
          avatar_url: Type.Null(),
          is_stranger: Type.Boolean({ description: 'Whether they have no account.' }),
          country_code: Nullable(Type.String({ description: 'By their address, for strangers only.' })),
        },
        { title: 'Peer' },
      ),
      interests: Type.Array(Type.String(), { description: 'The tags you share.' }),
      expires_at: Time('When the chat ends.'),
    }),
    example: FOUND,
  },
  'match:state': {
    group: 'Direct chats',
    to: 'a session’s sockets, after connecting and when it changes',
    summary: 'Where you stand in the search for someone to talk to',
    description: 'The answer of `GET /v1/portal/match/status`.',
    payload: MatchState,
  },
  'user:hard_muted': {
    group: 'Moderation',
    to: EVERY_USER,
    summary: 'Someone was muted in every chat',
    payload: Type.Object({
      user_id: UserId,
      duration: Type.Integer({ minimum: 0, description: 'In seconds; 0: no end.' }),
    }),
    example: { user_id: 42, duration: 3600 },
  },
  'user:hard_unmuted': {
    group: 'Moderation',
    to: EVERY_USER,
    summary: 'That mute was lifted',
    payload: Type.Object({ user_id: UserId }),
  },
  'session:ended': {
    group: 'Session',
    to: 'the session’s sockets, before they are closed',
    summary: 'The session is over',
    description:
      'Forget its keys. With `timeout` the session lives on: keep the keys, and come back when the timeout ends.',
    payload: Type.Object({ reason: OneOf(['logout', 'destroyed', 'banned', 'timeout', 'expired']) }),
  },
  'notification:new': {
    group: 'Notices',
    to: 'the user’s sockets',
    summary: 'A notification for you',
    payload: Notification,
  },
  'announcement:new': { group: 'Notices', to: 'everyone', summary: 'An announcement', payload: Announcement },
  'announcement:deleted': {
    group: 'Notices',
    to: 'everyone',
    summary: 'An announcement was taken back',
    payload: Type.Object({ id: Type.Integer() }),
  },
} satisfies Record<string, EventDescription>;
