import { type Static, Type } from '@sinclair/typebox';
import { Id, OneOf, Time } from '../../../wire/models.ts';
import { DirectState } from '../direct/direct.model.ts';

export const EnqueueBody = Type.Object({
  interests: Type.Array(Type.String(), {
    minItems: 1,
    description: 'One to three tags of 3 to 12 characters a-z and 0-9. Doubles are dropped.',
  }),
});

export const LeaveBody = Type.Object({
  chat_id: Type.Optional(Id('Which live chat; the latest one by default.')),
});

const Token = Type.String({ description: 'Opens the direct chat with `room:join`, for your sessions alone.' });

export const Enqueued = Type.Object(
  {
    state: OneOf(['searching', 'matched']),
    interests: Type.Optional(Type.Array(Type.String(), { description: 'While searching.' })),
    token: Type.Optional(Token),
    chat_id: Type.Optional(Type.Integer({ description: 'The direct chat, if someone was waiting.' })),
    expires_at: Time('When the search ends unless a socket is open; when matched, when the chat ends.'),
  },
  { title: 'MatchEnqueued' },
);
export type Enqueued = Static<typeof Enqueued>;

export const MatchState = Type.Object(
  {
    state: OneOf(['idle', 'searching', 'matched'], 'Of this session; `searching` comes before `matched`.'),
    interests: Type.Optional(Type.Array(Type.String(), { description: 'While searching.' })),
    token: Type.Optional(Token),
    chat_id: Type.Optional(Type.Integer({ description: 'When matched: the latest live chat.' })),
    expires_at: Type.Optional(Time('When the search or the chat ends.')),
    chats: Type.Array(DirectState, { description: 'Live direct chats and archived ones, oldest first.' }),
  },
  { title: 'MatchState', description: 'Where you stand in the search for someone to talk to.' },
);
export type MatchState = Static<typeof MatchState>;

export const MatchStatistics = Type.Object(
  {
    online: Type.Integer({ description: 'Everyone connected, with and without an account.' }),
    searching: Type.Integer({ description: 'The number of people who search.' }),
    top_interests: Type.Array(
      Type.Object({ interest: Type.String(), waiting: Type.Integer({ minimum: 2 }) }, { title: 'InterestCount' }),
      { maxItems: 10, description: 'The most wanted tags. One that only one person waits with is not shown.' },
    ),
  },
  { title: 'MatchStatistics' },
);
export type MatchStatistics = Static<typeof MatchStatistics>;
