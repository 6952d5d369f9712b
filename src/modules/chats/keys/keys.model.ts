import { type Static, Type } from '@sinclair/typebox';

export const RegisterKeyBody = Type.Object({
  public_key: Type.String({
    minLength: 44,
    maxLength: 44,
    pattern: '^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$',
    says: 'must be base64 of exactly 32 bytes',
    description: 'The public half of the session’s X25519 key pair.',
  }),
});

export const RegisteredKey = Type.Object(
  { status: Type.Union([Type.Literal('registered'), Type.Literal('unchanged')]) },
  { title: 'RegisteredKey' },
);
export type RegisteredKey = Static<typeof RegisteredKey>;

/** The chat key stored for a session. */
export type KeyForSession = { blob: string; sender_session_id: string; sender_public_key: string };
