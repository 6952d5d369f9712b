import { type Static, Type } from '@sinclair/typebox';
import { AnyText, HttpUrl, Nullable, OneOf, Opaque, Time, Title } from '../../../wire/models.ts';
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

const Way = Type.Object(
  {
    id: Type.String({ description: 'Unique. `bot:` before the platform: a bot delivers the code.' }),
    kind: OneOf(['code', 'open', 'redirect', 'passkey'], 'How it begins. `code`: ask for a login code, then enter it.'),
    platform: Type.String({ description: 'For `POST /v1/authentication/request`.' }),
    name: Type.String({ description: 'For a button.' }),
  },
  { title: 'Way', description: 'A way to sign in.' },
);

export const Ways = Type.Object(
  {
    registration: OneOf(['open', 'invited', 'closed'], 'Who can create an account.'),
    strangers: Type.Boolean({ description: 'Whether people can come without an account.' }),
    ways: Type.Array(Way),
  },
  { title: 'Ways', description: 'How people can come in.' },
);
export type Ways = Static<typeof Ways>;

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
