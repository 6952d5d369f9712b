import { type Static, Type } from '@sinclair/typebox';
import { Nullable } from '../../../wire/models.ts';

const key = (description: string) =>
  Type.String({
    minLength: 44,
    maxLength: 44,
    pattern: '^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$',
    says: 'must be base64 of exactly 32 bytes',
    description,
  });

export const PublicKey = key('The public half of the session’s X25519 key pair.');
export const SigningKey = Nullable(key('The public half of the Ed25519 key pair with which this client signs.'));

export const RegisterKeyBody = Type.Object({ public_key: PublicKey, signing_key: Type.Optional(SigningKey) });

/** The keys that a client has sent. Without a signing key it has none. */
export function keysOf({ public_key, signing_key = null }: Static<typeof RegisterKeyBody>) {
  return { publicKey: public_key, signingKey: signing_key };
}

export const RegisteredKey = Type.Object(
  { status: Type.Union([Type.Literal('registered'), Type.Literal('unchanged')]) },
  { title: 'RegisteredKey' },
);
export type RegisteredKey = Static<typeof RegisteredKey>;

/** The chat key stored for a session. */
export type KeyForSession = { blob: string; sender_session_id: string; sender_public_key: string };
