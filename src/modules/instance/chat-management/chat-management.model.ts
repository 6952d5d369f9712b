import { type Static, Type } from '@sinclair/typebox';
import { t } from 'elysia';
import { Id, Name, Nullable, Page, Paragraph, Time, Title, User } from '../../../wire/models.ts';
import { BrowserConfig, BrowserConfigBody, Chat, CreateChatBody, Slug } from '../../chats/chats/chats.model.ts';
import { ChatMember } from '../../chats/membership/membership.model.ts';

const { id, name, visibility, label, slug, description } = Chat.properties;
const live = {
  running: Type.Boolean({ description: 'Whether the chat’s browser is running.' }),
  viewer_count: Type.Integer({ description: 'People in the room.' }),
};

export const AdminChat = Type.Object(
  {
    id,
    name,
    owner_id: Nullable(Type.Integer()),
    owner: Nullable(User),
    is_public: Type.Boolean({ description: 'Whether it is official or public.' }),
    visibility,
    label,
    slug,
    description,
    avatar_source: Nullable(Type.String()),
    ...live,
    last_activity_at: Time(),
    created_at: Time(),
    updated_at: Time(),
  },
  { title: 'AdminChat', description: 'A chat, as seen by staff.' },
);
export type AdminChat = Static<typeof AdminChat>;

export const AdminChatDetails = Type.Object(
  {
    ...AdminChat.properties,
    browser_config: BrowserConfig,
    member_count: Type.Integer({ description: 'The number of members, without the owner.' }),
    members: Type.Array(ChatMember, { description: 'The first 200, in the order of joining.' }),
  },
  { title: 'AdminChatDetails', description: 'A chat with its members, as seen by staff.' },
);
export type AdminChatDetails = Static<typeof AdminChatDetails>;

export const AdminChatsQuery = t.Object({
  ...Page(100, 500),
});
export type AdminChatsQuery = Static<typeof AdminChatsQuery>;

export const OfficialChatBody = Type.Object({ ...CreateChatBody.properties, slug: Slug });
export type OfficialChatBody = Static<typeof OfficialChatBody>;

export const OfficialChat = Type.Object(
  {
    chat_id: Type.Integer(),
    chat_name: Type.String(),
    username: Type.String({ description: 'The owner’s name.' }),
    browser: BrowserConfig.properties.browser,
    allow_control_requests: Type.Boolean(),
    visibility: Type.Literal('official'),
    label,
    slug: Type.String(),
    description,
    avatar_source: Nullable(Type.String()),
    ...live,
  },
  { title: 'OfficialChat', description: 'A newly created official chat.' },
);
export type OfficialChat = Static<typeof OfficialChat>;

export const UpdateChatBody = Type.Object({
  name: Type.Optional(Name(64)),
  visibility: Type.Optional(visibility),
  label: Type.Optional(Nullable(Title({ minLength: 1, maxLength: 32 }))),
  description: Type.Optional(Nullable(Paragraph({ maxLength: 500 }))),
  slug: Type.Optional(Nullable(Slug)),
  browser_config: Type.Optional(BrowserConfigBody),
});
export type UpdateChatBody = Static<typeof UpdateChatBody>;

export const KickFromChatBody = Type.Object({ user_id: Id('The user to act on.') });
export const TransferBody = Type.Object({ new_owner_id: Id('The user who is to own the chat.') });
