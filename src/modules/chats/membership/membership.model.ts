import { type Static, Type } from '@sinclair/typebox';
import { t } from 'elysia';
import { Nullable, Page, Time, User, UserWithLevel } from '../../../wire/models.ts';

export const ActivityQuery = t.Object(Page(50, 100));
export type ActivityQuery = Static<typeof ActivityQuery>;

export const MembersQuery = t.Object(Page(50, 200));
export type MembersQuery = Static<typeof MembersQuery>;

export const ChatMember = Type.Object(
  {
    user: UserWithLevel,
    is_online: Type.Boolean({ description: 'Whether they have an open socket, in this chat or not.' }),
    joined_at: Time(),
  },
  { title: 'ChatMember' },
);
export type ChatMember = Static<typeof ChatMember>;

export const ChatMembers = Type.Object(
  { members: Type.Array(ChatMember), total: Type.Integer(), offset: Type.Integer(), limit: Type.Integer() },
  { title: 'ChatMembers', description: 'Members of a chat, in the order of joining.' },
);
export type ChatMembers = Static<typeof ChatMembers>;

export const ChatActivity = Type.Object(
  {
    user: Nullable(User),
    action: Type.Union([Type.Literal('join'), Type.Literal('leave'), Type.Literal('kick'), Type.Literal('ban')]),
    method: Nullable(Type.Union([Type.Literal('direct'), Type.Literal('vanity'), Type.Literal('invite')])),
    invite_code: Nullable(Type.String({ description: 'The code of the invite, or the slug for the method `vanity`.' })),
    created_at: Time(),
  },
  {
    title: 'ChatActivity',
    description: 'Someone joined or left. `user` is null for an account that is being deleted.',
  },
);

export const ChatActivities = Type.Object(
  { events: Type.Array(ChatActivity), total: Type.Integer(), offset: Type.Integer(), limit: Type.Integer() },
  { title: 'ChatActivities' },
);
export type ChatActivities = Static<typeof ChatActivities>;
