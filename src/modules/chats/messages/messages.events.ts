import type { HistoryEntry } from './messages.model.ts';

export type MessagesEvent =
  | { name: 'message.sent'; entry: HistoryEntry }
  /** Messages were deleted: at most as many as fit in one frame. */
  | { name: 'messages.deleted'; chatId: number; ids: string[] }
  /** All messages of the chat were cleared. */
  | { name: 'chat.cleared'; chatId: number; reason: 'clear' | 'wipe' };
