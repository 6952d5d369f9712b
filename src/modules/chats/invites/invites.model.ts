import { type Static, Type } from '@sinclair/typebox';
import { t } from 'elysia';
import { AnyText, Moment, Nullable, PathId, Time, User } from '../../../wire/models.ts';
import { Chat } from '../chats/chats.model.ts';
import { FaceList } from '../directory/chat-lists.model.ts';

export const CreateInviteBody = Type.Object({
  expires_at: Type.Optional(Nullable(Moment('A time in the future; null never expires.'))),
  max_uses: Type.Optional(Nullable(Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }))),
});
export type CreateInviteBody = Static<typeof CreateInviteBody>;

export const Invite = Type.Object(
  {
    code: Type.String(),
    chat_id: Type.Integer(),
    created_by_id: Nullable(Type.Integer({ description: 'Null if the creator’s account was deleted.' })),
    created_at: Time(),
    expires_at: Nullable(Time()),
    uses: Type.Integer(),
    max_uses: Nullable(Type.Integer()),
  },
  { title: 'Invite' },
);
export type Invite = Static<typeof Invite>;

export const Invites = Type.Object({ invites: Type.Array(Invite) }, { title: 'Invites' });

export const InviteParams = t.Object({
  chat_id: PathId('The chat'),
  code: AnyText({ minLength: 1, maxLength: 64, description: 'The invite' }),
});

export const ResolveParams = t.Object({
  code: AnyText({ minLength: 1, maxLength: 64, description: 'The code of an invite, or the slug of a public chat' }),
});

const Method = Type.Union([Type.Literal('invite'), Type.Literal('vanity')]);

export const LinkTarget = Type.Object(
  {
    method: Method,
    chat: Type.Object({
      name: Type.String(),
      owner: Nullable(User),
      member_count: Type.Integer({ description: 'The number of members, without the owner.' }),
      faces: FaceList,
    }),
    joined: Type.Boolean({ description: 'Whether you are inside already.' }),
  },
  { title: 'LinkTarget', description: 'What a link leads to.' },
);
export type LinkTarget = Static<typeof LinkTarget>;

export const Resolved = Type.Object(
  {
    chat: Chat,
    method: Method,
    joined: Type.Boolean({ description: 'Whether this request made you a member.' }),
  },
  { title: 'Resolved' },
);
export type Resolved = Static<typeof Resolved>;
