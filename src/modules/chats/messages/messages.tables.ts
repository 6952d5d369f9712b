import { count, table, text, uniqueIndex } from '../../../db/columns.ts';
import { chats } from '../chats/chats.tables.ts';

/** Envelopes of people, opaque; and the server's own lines, plain. */
export const messages = table(
  'messages',
  {
    chatId: count('chat_id')
      .notNull()
      .references(() => chats.id, { onDelete: 'cascade' }),
    /** The id's two halves: Unix milliseconds and a counter. */
    ms: count().notNull(),
    seq: count().notNull(),
    type: text().$type<'user' | 'system'>().notNull(),
    /** No foreign key: its index would be half of what a message writes. Deleting a user deletes their messages first. */
    userId: count('user_id'),
    /** The author's level when it was sent. */
    permissionLevel: count('permission_level').notNull(),
    /** 0 for the server's own. */
    epoch: count().notNull(),
    content: text().notNull(),
  },
  // By id; the author at its end finds what one person said without reading the messages.
  (t) => [uniqueIndex('messages_id').on(t.chatId, t.ms, t.seq, t.userId)],
);

export type MessageRow = typeof messages.$inferSelect;
