import type { HistoryEntry } from './messages.model.ts';

export type MessagesEvent = { name: 'message.sent'; entry: HistoryEntry };
