import { type Static, Type } from '@sinclair/typebox';
import { Nullable, Time } from '../../../wire/models.ts';

export const DirectState = Type.Object(
  {
    chat_id: Type.Integer(),
    token: Type.String({ description: 'Opens the chat with `room:join`, for your sessions alone.' }),
    alias: Type.String({ description: 'The other one’s name in this chat.' }),
    expires_at: Time(),
    archived: Type.Boolean({ description: 'Ended: it can be read until `expires_at`, and then it is deleted.' }),
    ended: Nullable(Time()),
  },
  { title: 'DirectChat' },
);
export type DirectState = Static<typeof DirectState>;

/** `match:found` */
export type Found = {
  chat_id: number;
  token: string;
  peer: { alias: string; avatar_url: null; is_stranger: boolean; country_code: string | null };
  interests: string[];
  expires_at: string;
};
