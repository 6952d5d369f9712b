import { type Static, Type } from '@sinclair/typebox';
import { t } from 'elysia';
import { Nullable, Time, User } from '../../../wire/models.ts';
import { WholeNumber } from '../../../wire/whole-number.ts';

export const SendMessageBody = Type.Object({
  content: Type.String({
    description: 'A CiphertextV2 envelope: the JSON text `{"v":2,"epoch":…,"ct":"…"}`, at most 4096 characters.',
  }),
});

export const SentMessage = Type.Object(
  { id: Type.String({ examples: ['1710000000000-0'] }) },
  { title: 'SentMessage' },
);
export type SentMessage = Static<typeof SentMessage>;

/** A person in a direct chat. */
export const Participant = Type.Unsafe<1 | 2>(
  Type.Integer({
    minimum: 1,
    maximum: 2,
    enum: [1, 2],
    description: 'In a direct chat, which of the two.',
    example: 1,
  }),
);

export const HistoryEntry = Type.Object(
  {
    chat_id: Type.Integer(),
    chat_name: Type.String(),
    id: Type.String({ examples: ['1710000000000-0'] }),
    prev_id: Nullable(Type.String({ description: 'The previous message in the chat, so that a gap shows.' })),
    sender: Nullable(
      Type.Object({
        ...User.properties,
        id: Nullable(Type.Integer({ description: 'Null in a direct chat.' })),
        participant: Type.Optional(Participant),
      }),
    ),
    permission_level: Nullable(
      Type.Integer({
        description: 'The sender’s level when the message was sent. Null in direct chats and for system messages.',
      }),
    ),
    content: Type.String({ description: 'An envelope; plain text when `type` is `system`.' }),
    type: Type.Union([Type.Literal('user'), Type.Literal('system')]),
    epoch: Type.String({
      pattern: '^[0-9a-f]{16}$',
      description: 'The epoch in 16 hexadecimal digits; zeros for a system message.',
    }),
    timestamp: Time(),
  },
  { title: 'HistoryEntry' },
);
export type HistoryEntry = Static<typeof HistoryEntry>;

/** What a join brings to somebody who comes back. */
export const Missed = Type.Object(
  {
    messages: Type.Array(HistoryEntry, { description: 'The first messages after `after`, oldest first; 20 at most.' }),
    more: Type.Boolean({ description: 'Whether the history has more of them.' }),
    known: Type.Optional(
      Type.Integer({
        description:
          'How many messages there are from `from` up to `after`. If you have more, some were deleted meanwhile. Counts to 10,000.',
      }),
    ),
  },
  { title: 'Missed' },
);
export type Missed = Static<typeof Missed>;

const MESSAGE_ID = {
  pattern: '^(0|[1-9][0-9]{0,14})-(0|[1-9][0-9]{0,9})$',
  says: 'must be a message id such as 1710000000000-0',
};

/** What somebody who comes back has of a chat: the first message and the last. */
export const Known = Type.Object({ after: Type.String(MESSAGE_ID), from: Type.Optional(Type.String(MESSAGE_ID)) });
export type Known = Static<typeof Known>;

export const HistoryQuery = t.Object({
  limit: WholeNumber({ minimum: 1, maximum: 500, default: 100, description: 'The maximum number of messages.' }),
  before: t.Optional(t.String({ ...MESSAGE_ID, description: 'The last messages before this id.' })),
  after: t.Optional(
    t.String({ ...MESSAGE_ID, description: 'The first messages after this id. Cannot be combined with `before`.' }),
  ),
});
export type HistoryQuery = Static<typeof HistoryQuery>;

export const MOST_IDS = 5000;

export const HistoryIdsQuery = t.Object({
  from: t.Optional(t.String({ ...MESSAGE_ID, description: 'The first id of the range, included.' })),
  to: t.Optional(t.String({ ...MESSAGE_ID, description: 'The last id of the range, included.' })),
});
export type HistoryIdsQuery = Static<typeof HistoryIdsQuery>;

export const HistoryIds = Type.Object(
  { ids: Type.Array(Type.String({ examples: ['1710000000000-0'] }), { maxItems: MOST_IDS }) },
  { title: 'HistoryIds', description: 'Messages that exist, oldest first.' },
);
export type HistoryIds = Static<typeof HistoryIds>;

export const DeleteMessagesBody = Type.Object({
  ids: Type.Array(Type.String(MESSAGE_ID), { minItems: 1, maxItems: 100 }),
});

export const DeleteLastBody = Type.Object({
  count: Type.Integer({ minimum: 1, maximum: 100, description: 'How many messages, counted from the last one.' }),
});

export const Deleted = Type.Object(
  { deleted: Type.Integer({ description: 'The number of deleted messages.' }) },
  { title: 'Deleted' },
);
export type Deleted = Static<typeof Deleted>;

export const Cleared = Type.Object(
  { ok: Type.Literal(true), cleared: Type.Integer({ description: 'The number of deleted messages.' }) },
  { title: 'Cleared' },
);
export type Cleared = Static<typeof Cleared>;
