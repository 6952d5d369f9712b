import type { ChatDetails } from './chats.model.ts';

export type ChatsEvent =
  /** The fields that are not as they were, as clients see them. */
  | { name: 'chat.updated'; chatId: number; changes: Partial<ChatDetails> }
  | { name: 'chat.deleted'; chatId: number }
  /** Someone's membership ended, whether or not they were in the room. */
  | { name: 'member.removed'; chatId: number; userId: number; how: 'leave' | 'kick' | 'ban'; reason: string | null }
  | { name: 'member.added'; chatId: number; userId: number };
