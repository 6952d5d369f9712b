import { type Static, Type } from '@sinclair/typebox';
import { Id, Nullable, UserWithLevel } from '../../../wire/models.ts';
import { PublicKey, SigningKey } from '../keys/keys.model.ts';
import { Known } from '../messages/messages.model.ts';

const MemberSession = Type.Object({
  session_id: Type.String(),
  public_key: Nullable(Type.String()),
  signing_key: Nullable(Type.String()),
});

export const Member = Type.Object(
  {
    ...UserWithLevel.properties,
    /** The person's sessions in the room, each with its registered key. */
    sessions: Type.Array(MemberSession),
  },
  { title: 'Member' },
);
export type Member = Static<typeof Member>;

/** A person in a direct chat, as the other one sees them. */
export type DirectMember = {
  id: null;
  participant: 1 | 2;
  username: string;
  avatar_url: null;
  permission_level: null;
  sessions: Static<typeof MemberSession>[];
};

/** A chat by id, or a direct chat by token. */
export const JoinPayload = Type.Object({
  chat_id: Type.Optional(Id()),
  token: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
  public_key: Type.Optional(PublicKey),
  signing_key: Type.Optional(SigningKey),
  keyless: Type.Optional(Type.Boolean()),
  ...Type.Partial(Known).properties,
});

export const ChatPayload = Type.Object({ chat_id: Id() });
