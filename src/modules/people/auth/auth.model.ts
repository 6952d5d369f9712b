import { type Static, Type } from '@sinclair/typebox';
import { AnyText, HttpUrl, Nullable, Opaque, Time, Title } from '../../../wire/models.ts';
import { Platform } from '../bots/bots.model.ts';
import { Profile, Username } from '../users/users.model.ts';

const PlatformUserId = Opaque({
  minLength: 1,
  maxLength: 128,
  description: 'The id of the person on the platform, treated as opaque.',
});

export const LookupBody = Type.Object({ username: AnyText({ minLength: 1, maxLength: 32 }) });

export const LookedUpUser = Type.Object(
  {
    id: Type.Integer(),
    username: Type.String(),
    avatar_url: Nullable(Type.String()),
    permission_level: Type.Integer(),
    subscription_tier: Type.Integer(),
    platforms: Type.Array(
      Type.Object({
        platform: Type.String(),
        platform_user_id: Nullable(
          Type.String({ description: 'Null for `email` and `oidc`, whose ids are personal.' }),
        ),
      }),
    ),
  },
  { title: 'LookedUpUser' },
);
export type LookedUpUser = Static<typeof LookedUpUser>;

export const IdentityBody = Type.Object({ platform: Platform, platform_user_id: PlatformUserId });
export type IdentityBody = Static<typeof IdentityBody>;

export const CodeRequested = Type.Object({ message: Type.String(), expires_at: Time() }, { title: 'CodeRequested' });
export type CodeRequested = Static<typeof CodeRequested>;

export const VerifyBody = Type.Object({
  code: Type.String({
    minLength: 8,
    maxLength: 8,
    pattern: '^[A-Za-z0-9]{8}$',
    says: 'must be 8 letters and digits',
    description: 'Case-sensitive.',
  }),
});

export const ClaimBody = Type.Object({
  token: AnyText({
    minLength: 1,
    maxLength: 128,
    description: 'The part after `#` in the link that the server printed.',
  }),
  username: Username,
});

export const SignedIn = Type.Object(
  {
    ...Profile.properties,
    user_created: Type.Boolean({ description: 'Whether this login created the account.' }),
    subscription_level: Type.Integer({ description: 'The same as `subscription_tier`.' }),
  },
  { title: 'SignedIn', description: 'The profile of the user who signed in. The session is set as a cookie.' },
);
export type SignedIn = Static<typeof SignedIn>;

export const BotIdentityBody = Type.Object({
  ...IdentityBody.properties,
  platform_username: Title({ minLength: 1, maxLength: 128 }),
  platform_avatar_url: Type.Optional(Nullable(HttpUrl())),
});
export type BotIdentityBody = Static<typeof BotIdentityBody>;

export const LoginCode = Type.Object(
  { code: Nullable(Type.String()), expires_at: Nullable(Time()) },
  { title: 'LoginCode', description: 'Both null when no code is pending.' },
);
export type LoginCode = Static<typeof LoginCode>;
