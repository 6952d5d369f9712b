import type { ChatDetails } from './chats.model.ts';

export type MemberRemoved = {
  name: 'member.removed';
  chatId: number;
  userId: number;
  how: 'leave' | 'kick' | 'ban';
  reason: string | null;
  /** False for someone who was neither a member nor in the room: of a chat that they never entered they hear nothing. */
  wasThere: boolean;
};

export type ChatsEvent =
  /** The fields that are not as they were, as clients see them. */
  | { name: 'chat.updated'; chatId: number; changes: Partial<ChatDetails> }
  | { name: 'chat.deleted'; chatId: number }
  | MemberRemoved
  /** Somebody has joined a room that is too full for a line of their own. */
  | { name: 'member.came'; chatId: number; username: string }
  | { name: 'member.added'; chatId: number; userId: number };
