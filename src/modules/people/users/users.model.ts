import { type Static, Type } from '@sinclair/typebox';
import { Nullable, Time } from '../../../wire/models.ts';

export const Username = Type.String({
  minLength: 3,
  maxLength: 32,
  pattern: '^[A-Za-z0-9._-]+$',
  says: 'may hold letters, digits, dots, underscores and hyphens only',
  description: 'Unique, ignoring case.',
});

export const LinkedPlatform = Type.Object(
  {
    platform: Type.String(),
    platform_user_id: Type.String(),
    platform_username: Nullable(Type.String()),
    platform_avatar_url: Nullable(Type.String()),
    linked_at: Time(),
    last_authenticated_at: Nullable(Time()),
  },
  { title: 'LinkedPlatform', description: 'A user’s account on a chat platform.' },
);

export const Profile = Type.Object(
  {
    id: Type.Integer(),
    username: Type.String(),
    avatar_url: Nullable(Type.String()),
    subscription_tier: Type.Integer({
      minimum: 0,
      maximum: 3,
      description: '0 Basic, 1 Trial, 2 Premium, 3 Lifetime.',
    }),
    state: Type.Integer({ minimum: 0, maximum: 2, description: '0 active, 1 timed out, 2 banned.' }),
    permission_level: Type.Integer({ minimum: 0, maximum: 3, description: '0 User, 1 Moderator, 2 Admin, 3 Owner.' }),
    subscription_expires_at: Nullable(Time()),
    subscription_granted_by: Nullable(Type.Integer()),
    last_activity_at: Time(),
    permission_since: Nullable(Time('Null if the level never changed.')),
    avatar_source: Nullable(Type.String()),
    linked_platforms: Type.Array(LinkedPlatform),
    created_at: Time(),
    updated_at: Time(),
  },
  { title: 'Profile', description: 'The full profile of a user.' },
);
export type Profile = Static<typeof Profile>;

// The service checks both: a bad name must not stop a good picture from being set.
export const UpdateProfileBody = Type.Object({
  username: Type.Optional(Type.String({ description: '3 to 32 letters, digits, dots, underscores, hyphens.' })),
  avatar_source: Type.Optional(
    Type.String({ description: 'A linked platform, `discord_0` to `discord_5`, or "" to clear.' }),
  ),
});
export type UpdateProfileBody = Static<typeof UpdateProfileBody>;

export const UpdatedProfile = Type.Object(
  {
    user: Profile,
    errors: Nullable(
      Type.Record(Type.String(), Type.String(), { description: 'The fields that were refused, each with a reason.' }),
    ),
  },
  { title: 'UpdatedProfile' },
);
export type UpdatedProfile = Static<typeof UpdatedProfile>;
