import { type Static, Type } from '@sinclair/typebox';
import { Name, Nullable, Paragraph } from '../../../wire/models.ts';
import { BrowserConfigBody, Slug, WipePreset } from '../chats/chats.model.ts';

export const ChatConfigBody = Type.Object({
  name: Type.Optional(Name(64)),
  description: Type.Optional(Nullable(Paragraph({ maxLength: 500 }))),
  wipe_preset: Type.Optional(Nullable(WipePreset)),
  history_visible: Type.Optional(
    Type.Boolean({ description: 'Whether newcomers can read messages from before they joined.' }),
  ),
  allow_control_requests: Type.Optional(Type.Boolean()),
  locked_controls: Type.Optional(Type.Boolean()),
  implicit_hosting: Type.Optional(Type.Boolean()),
  inactive_cursors: Type.Optional(Type.Boolean()),
  slug: Type.Optional(Nullable(Slug)),
  browser_config: Type.Optional(BrowserConfigBody),
});
export type ChatConfigBody = Static<typeof ChatConfigBody>;
