import { type Static, Type } from '@sinclair/typebox';
import { Id } from '../../../wire/models.ts';

export const ChatPayload = Type.Object({ chat_id: Id() });

export const GrantPayload = Type.Object({ chat_id: Id(), user_id: Id() });
export type GrantPayload = Static<typeof GrantPayload>;

/** As clients see it, beside the chat's id. */
export type ControlState = {
  host_user_id: number | null;
  queue: readonly number[];
  locked: boolean;
  implicit: boolean;
};
