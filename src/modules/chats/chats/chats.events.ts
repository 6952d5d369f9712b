import type { ShownUser } from '../../people/users/users.presenter.ts';
import type { ChatDetails } from './chats.model.ts';

export type MemberRemoved = {
  name: 'member.removed';
  chatId: number;
  userId: number;
  how: 'leave' | 'kick' | 'ban';
  reason: string | null;
  /** The moderator, if they are in the chat; null for rules and for staff from outside. */
  actor: ShownUser | null;
  /** False for a person who was neither a member nor in the room. They hear nothing of a chat they never entered. */
  wasThere: boolean;
  /** Their sessions that had the chat's key. */
  keyedSessions: readonly string[];
};

export type ChatsEvent =
  /** The changed fields, as clients see them. */
  | { name: 'chat.updated'; chatId: number; changes: Partial<ChatDetails> }
  | { name: 'chat.deleted'; chatId: number }
  | MemberRemoved
  /** A person joined a room that is too full to announce each arrival separately. */
  | { name: 'member.came'; chatId: number; username: string }
  | { name: 'member.added'; chatId: number; userId: number };
