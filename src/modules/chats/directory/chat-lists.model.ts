import { type Static, Type } from '@sinclair/typebox';
import { t } from 'elysia';
import { Line, Nullable, Page, Time, User } from '../../../wire/models.ts';
import { WholeNumber } from '../../../wire/whole-number.ts';
import { Chat, WipePreset } from '../chats/chats.model.ts';

const page = Page(50, 100);
const paged = { total: Type.Integer(), offset: Type.Integer(), limit: Type.Integer() };

export const ChatsQuery = t.Object({
  offset: t.Optional(
    WholeNumber({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: 'Entries to skip. Turns paging on.' }),
  ),
  limit: t.Optional(
    WholeNumber({
      minimum: 1,
      maximum: 500,
      description: 'The maximum number to return, 500 by default. Turns paging on.',
    }),
  ),
});
export type ChatsQuery = Static<typeof ChatsQuery>;

export const MOST_FACES = 4;

/** People who stand for a chat. */
export const FaceList = Type.Array(User, {
  maxItems: MOST_FACES,
  description:
    'In open chats, people in the room, longest there first, then members; in private chats members in the order of joining; in direct chats nobody.',
});

const listed = {
  ...Chat.properties,
  last_activity_at: Time(),
  wipe_preset: Nullable(WipePreset),
  faces: FaceList,
};

export const EnterableChat = Type.Object(
  { ...listed, secrets: Type.Array(Type.String(), { maxItems: 0, description: 'Always empty.' }) },
  { title: 'EnterableChat', description: 'A chat that the caller can enter.' },
);
export type EnterableChat = Static<typeof EnterableChat>;

export const DirectoryQuery = t.Object({
  q: t.Optional(Line({ maxLength: 64, description: 'Part of the name or slug, ignoring case.' })),
  ...page,
});
export type DirectoryQuery = Static<typeof DirectoryQuery>;

export const ListedChat = Type.Object(
  {
    ...listed,
    running: Type.Boolean({ description: 'Whether the chat’s browser is running.' }),
    viewer_count: Type.Integer({ description: 'People in the room.' }),
  },
  { title: 'ListedChat', description: 'A chat in the directory, with its current state.' },
);

export const Directory = Type.Object({ chats: Type.Array(ListedChat), ...paged }, { title: 'Directory' });
export type Directory = Static<typeof Directory>;
