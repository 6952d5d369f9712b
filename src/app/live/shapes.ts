import { Type } from '@sinclair/typebox';
import { SharedBrowser } from '../../modules/chats/browser/browser.model.ts';
import { Chat } from '../../modules/chats/chats/chats.model.ts';
import { Missed, Participant } from '../../modules/chats/messages/messages.model.ts';
import { Nullable, User } from '../../wire/models.ts';

/** What several live events hold. */

export const ChatId = Type.Integer({ minimum: 1, description: 'The chat.' });
export const UserId = Type.Integer({ minimum: 1 });
export const Epoch = Type.Integer({ minimum: 1, description: 'The chat’s epoch: which of its keys is meant.' });
export const SessionId = Type.String({
  description: 'A session, as this chat names it. It is public, and not the token.',
});
const Key = (description: string) => Type.String({ description });

/** Names a person in a chat. */
export const named = {
  user_id: Nullable(Type.Integer({ minimum: 1, description: 'Null in a direct chat.' })),
  participant: Type.Optional(Participant),
};

const keys = {
  public_key: Nullable(Key('The session’s X25519 key in base64; null until it has registered one.')),
  signing_key: Nullable(Key('The session’s Ed25519 key in base64; null for a client that does not sign.')),
};

export const LiveMember = Type.Object(
  {
    ...User.properties,
    id: Nullable(Type.Integer({ description: 'Null in a direct chat.' })),
    participant: Type.Optional(Participant),
    permission_level: Nullable(
      Type.Integer({ description: '0 User, 1 Moderator, 2 Admin, 3 Owner. Null in a direct chat.' }),
    ),
    sessions: Type.Array(Type.Object({ session_id: SessionId, ...keys }, { title: 'MemberSession' }), {
      description: 'The person’s sessions in the room.',
    }),
  },
  { title: 'RoomMember', description: 'A person in the room.' },
);

export const registered = {
  session_id: SessionId,
  public_key: Key('The session’s X25519 key in base64.'),
  signing_key: Nullable(Key('The session’s Ed25519 key in base64; null for a client that does not sign.')),
};

export const Recipient = Type.Object(
  { ...named, ...registered },
  { title: 'KeyRecipient', description: 'A session to seal the chat’s key for.' },
);

/** The part of the list that is not in the room. */
export const Away = Type.Array(Recipient, {
  description: 'In groups: sessions that have the key of this epoch, or are to get it, and are not in the room.',
});

const storedKey = {
  blob: Type.String({ description: 'The chat’s key, sealed for this session: base64 of 72 bytes.' }),
  sender_session_id: SessionId,
  sender_public_key: Key('The sender’s X25519 key, with which to open the blob.'),
};
export const StoredKey = Type.Object(storedKey, {
  title: 'StoredKey',
  description: 'The chat’s key, sealed for a session.',
});

const control = {
  chat_id: ChatId,
  host_user_id: Nullable(Type.Integer({ description: 'Who has mouse and keyboard.' })),
  queue: Type.Array(UserId, { description: 'Who asked for them, first come first.' }),
  locked: Type.Boolean({ description: 'Whether only those who manage the chat pass them on.' }),
  implicit: Type.Boolean({ description: 'Whether they go to someone by themselves when no one has them.' }),
};
export const ControlState = Type.Object(control, { title: 'ControlState', description: 'Who has mouse and keyboard.' });

const page = {
  url: Type.String(),
  title: Type.String(),
  loading: Type.Boolean(),
};
export const BrowserPage = Type.Object(page, { title: 'BrowserPage', description: 'The page that the browser shows.' });

export const Status = Type.Object(
  {
    chat_id: ChatId,
    running: Type.Boolean({ description: 'Whether the chat’s browser is running.' }),
    viewer_count: Type.Integer({ minimum: 0, description: 'People in the room.' }),
  },
  { title: 'ChatStatus' },
);

/** The acknowledgement of `room:join`. */
export const Joined = Type.Object({
  session_id: Type.String({ description: 'Your own session, as `members`, recipients and later events name it.' }),
  participant: Type.Optional(Participant),
  chat: Chat,
  members: Type.Array(LiveMember, {
    description:
      'The people in the room, longest there first, the first 200 of `count`. If you are not among these, you are listed last, in place of the 200th.',
  }),
  count: Type.Integer({ description: 'How many people are in the room.' }),
  away: Type.Optional(Away),
  more_away: Type.Optional(Type.Boolean({ description: 'Whether there are more of these than `away` names.' })),
  epoch: Epoch,
  key: Nullable(StoredKey),
  browser: Nullable(
    Type.Object(
      {
        ...SharedBrowser.properties,
        can_control: Type.Optional(
          Type.Boolean({ description: 'Whether you may ask for or take mouse and keyboard now.' }),
        ),
      },
      { title: 'JoinedBrowser', description: 'The shared browser; null while it is off.' },
    ),
  ),
  control: Nullable(ControlState),
  muted: Nullable(
    Type.Object(
      {
        ttl: Type.Integer({ description: 'The seconds left; 0: no end.' }),
        reason: Nullable(Type.String()),
      },
      { title: 'Muted', description: 'Null unless you are muted here.' },
    ),
  ),
  online: Type.Literal(true),
  missed: Type.Optional(
    Type.Object({ ...Missed.properties }, { title: 'Missed', description: 'With `after`: what came since.' }),
  ),
});

/** The fields of shapes that an event holds beside its own. */
export const fieldsOf = { page, storedKey };
