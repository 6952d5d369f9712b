import type { HistoryEntry } from './messages.model.ts';

export type MessagesEvent =
  | { name: 'message.sent'; entry: HistoryEntry }
  /** These are gone; no more at once than a frame should hold. */
  | { name: 'messages.deleted'; chatId: number; ids: string[] }
  /** All that was in the chat is gone. */
  | { name: 'chat.cleared'; chatId: number; reason: 'clear' | 'wipe' };
