import { type Static, Type } from '@sinclair/typebox';
import { Id, Nullable, UserWithLevel } from '../../../wire/models.ts';

export const Member = Type.Object(
  {
    ...UserWithLevel.properties,
    /** The person's sessions in the room, each with its registered key. */
    sessions: Type.Array(Type.Object({ session_id: Type.String(), public_key: Nullable(Type.String()) })),
  },
  { title: 'Member' },
);
export type Member = Static<typeof Member>;

export const ChatPayload = Type.Object({ chat_id: Id() });
