import { type Static, Type } from '@sinclair/typebox';
import { t } from 'elysia';
import { AnyText, Line, Nullable, OneOf, Page, PathId, Time } from '../../../wire/models.ts';
import { WholeNumber } from '../../../wire/whole-number.ts';
import { Bot } from '../../people/bots/bots.model.ts';
import { PUNISHMENT_TYPES } from '../../people/sanctions/platform-moderation.model.ts';
import { PastSession } from '../../people/sessions/sessions.model.ts';
import { Profile } from '../../people/users/users.model.ts';

const Tier = () => Type.Integer({ minimum: 0, maximum: 3 });

export const OwnedChat = Type.Object(
  {
    id: Type.Integer(),
    name: Type.String(),
    is_public: Type.Boolean(),
    visibility: Type.Union([Type.Literal('official'), Type.Literal('public'), Type.Literal('private')]),
    created_at: Time(),
  },
  { title: 'OwnedChat' },
);
export type OwnedChat = Static<typeof OwnedChat>;

export const SubscriptionChange = Type.Object(
  {
    id: Type.Integer(),
    old_tier: Tier(),
    new_tier: Tier(),
    reason: Nullable(Type.String()),
    granted_by_id: Nullable(Type.Integer({ description: 'Null for the command line and the timer.' })),
    created_at: Time(),
  },
  { title: 'SubscriptionChange' },
);
export type SubscriptionChange = Static<typeof SubscriptionChange>;

export const OwnSubscription = Type.Object(
  {
    subscription_tier: Type.Integer({
      minimum: 0,
      maximum: 3,
      description: '0 Basic, 1 Trial, 2 Premium, 3 Lifetime.',
    }),
    expires_at: Nullable(Time()),
    is_active: Type.Boolean({ description: 'Whether there is a subscription that has not expired.' }),
    history: Type.Array(SubscriptionChange, { description: 'Newest first, 100 at most.' }),
    created_at: Time('When the account was created.'),
    updated_at: Time('When the tier last changed.'),
  },
  { title: 'OwnSubscription' },
);
export type OwnSubscription = Static<typeof OwnSubscription>;

export const Punishment = Type.Object(
  {
    id: Type.Integer(),
    action_type: OneOf(PUNISHMENT_TYPES),
    reason: Nullable(Type.String()),
    is_lifted: Type.Boolean(),
    expires_at: Nullable(Time()),
    lifted_at: Nullable(Time()),
    created_at: Time(),
  },
  { title: 'Punishment' },
);
export type Punishment = Static<typeof Punishment>;

export const PunishmentsQuery = t.Object({
  ...Page(50, 100),
});

export const PermissionChange = Type.Object(
  {
    id: Type.Integer(),
    old_level: Type.Integer({ minimum: 0, maximum: 3 }),
    new_level: Type.Integer({ minimum: 0, maximum: 3 }),
    changed_by_id: Nullable(Type.Integer({ description: 'Null for the command line.' })),
    created_at: Time(),
  },
  { title: 'PermissionChange' },
);
export type PermissionChange = Static<typeof PermissionChange>;

const { id, username, avatar_url, subscription_tier, ...elevated } = Profile.properties;

export const UserView = Type.Object(
  {
    id,
    username,
    avatar_url,
    subscription_tier,
    ...Type.Partial(
      Type.Object({
        ...elevated,
        moderation_actions: Type.Array(Punishment, { description: 'Newest first, 100 at most.' }),
        chats: Type.Array(OwnedChat, { description: 'Chats they own.' }),
        bots: Type.Array(Bot, { description: 'Bots they own.' }),
        subscription_history: Type.Array(SubscriptionChange, { description: 'Newest first, 100 at most.' }),
        permission_history: Type.Array(PermissionChange, { description: 'Newest first, 100 at most.' }),
        session_history: Type.Array(PastSession, { description: 'For Owners only: newest first, 50 at most.' }),
      }),
    ).properties,
  },
  {
    title: 'UserView',
    description:
      'A user. Everyone gets the first four fields. The others are present together, for the user and for Admins and Owners ' +
      'who can act on them.',
  },
);
export type UserView = Static<typeof UserView>;

export const UserIdParams = t.Object({ user_id: PathId('The user') });
export const UsernameParams = t.Object({
  username: AnyText({ minLength: 1, maxLength: 32, description: 'The name, ignoring case.' }),
});

const chosen = (maximum: number, description: string) =>
  t.Optional(WholeNumber({ minimum: 0, maximum, description: `For Admins and Owners: only ${description}` }));

export const SearchQuery = t.Object({
  q: t.Optional(
    Line({
      maxLength: 50,
      description:
        'Part of a name, or an exact id. One or two characters match the beginning of names. By default everyone.',
    }),
  ),
  permission_level: chosen(3, 'this level.'),
  subscription_tier: chosen(3, 'this tier.'),
  state: chosen(2, 'this state.'),
  ...Page(25, 100, 10_000),
});
export type SearchQuery = Static<typeof SearchQuery>;

export const FoundUsers = Type.Object(
  {
    users: Type.Array(UserView),
    total: Type.Integer({ description: 'The number of matches, capped at 10,100.' }),
    limit: Type.Integer(),
    offset: Type.Integer(),
  },
  { title: 'FoundUsers' },
);
export type FoundUsers = Static<typeof FoundUsers>;
