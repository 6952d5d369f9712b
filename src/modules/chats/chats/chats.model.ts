import { type Static, Type } from '@sinclair/typebox';
import { t } from 'elysia';
import { Name, Nullable, OneOf, PageUrl, Paragraph, PathId, User } from '../../../wire/models.ts';

export const ChatIdParams = t.Object({ chat_id: PathId('The chat') });

export const WipePreset = OneOf(['1m', '15m', '1h', '4h', '24h'], 'How long messages are kept; null keeps them.');

export const BrowserConfig = Type.Object(
  {
    browser: Type.Union([
      Type.Literal('chromium'),
      Type.Literal('firefox'),
      Type.Literal('brave'),
      Type.Literal('tor'),
    ]),
    start_url: Nullable(Type.String()),
    kiosk: Type.Boolean({ description: 'Whether the page fills the picture, without a way to others.' }),
    preview: Type.Boolean({ description: 'Whether lobbies may show a small picture of it.' }),
  },
  { title: 'BrowserConfig' },
);

export const BrowserConfigBody = Type.Object({
  browser: Type.Optional(BrowserConfig.properties.browser),
  start_url: Type.Optional(Nullable(PageUrl())),
  kiosk: Type.Optional(Type.Boolean()),
  preview: Type.Optional(Type.Boolean()),
});
export type BrowserConfigBody = Static<typeof BrowserConfigBody>;

export const Slug = Type.String({
  minLength: 2,
  maxLength: 32,
  pattern: '^[a-z0-9-]+$',
  says: 'may hold lower-case letters, digits and hyphens only',
  description: 'Lets everyone join the chat. Unique.',
});

export const Chat = Type.Object(
  {
    id: Type.Integer(),
    chat_type: Type.Union([Type.Literal('group'), Type.Literal('direct')]),
    name: Type.String(),
    owner: Nullable(User),
    visibility: Type.Union([Type.Literal('official'), Type.Literal('public'), Type.Literal('private')]),
    label: Nullable(Type.String()),
    slug: Nullable(Type.String()),
    description: Nullable(Type.String()),
    avatar_url: Nullable(Type.String()),
    archived: Type.Boolean(),
  },
  { title: 'Chat' },
);
export type Chat = Static<typeof Chat>;

export const ChatDetails = Type.Object(
  {
    ...Chat.properties,
    wipe_preset: Nullable(WipePreset),
    history_visible: Type.Boolean(),
    allow_control_requests: Type.Boolean(),
    locked_controls: Type.Boolean(),
    implicit_hosting: Type.Boolean(),
    inactive_cursors: Type.Boolean(),
    browser_config: BrowserConfig,
    running: Type.Boolean({ description: 'Whether the chat’s browser is running.' }),
    viewer_count: Type.Integer({ description: 'People in the room.' }),
    can_manage: Type.Boolean(),
  },
  { title: 'ChatDetails', description: 'A chat with its configuration and current state.' },
);
export type ChatDetails = Static<typeof ChatDetails>;

export const CreateChatBody = Type.Object({
  name: Name(64),
  description: Type.Optional(Paragraph({ maxLength: 500 })),
  allow_control_requests: Type.Optional(Type.Boolean({ default: false })),
  browser_config: Type.Optional(BrowserConfigBody),
});
export type CreateChatBody = Static<typeof CreateChatBody>;
