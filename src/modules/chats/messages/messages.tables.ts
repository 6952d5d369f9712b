import { count, table, text, uniqueIndex } from '../../../db/columns.ts';
import { chats } from '../chats/chats.tables.ts';

/** Sealed envelopes from people, and plain system messages. */
export const messages = table(
  'messages',
  {
    chatId: count('chat_id')
      .notNull()
      .references(() => chats.id, { onDelete: 'cascade' }),
    /** The two halves of the id: Unix milliseconds and a counter. */
    ms: count().notNull(),
    seq: count().notNull(),
    type: text().$type<'user' | 'system'>().notNull(),
    /** No foreign key: its index would double the cost of a write. Deleting a user deletes their messages first. */
    userId: count('user_id'),
    /** The author in a direct chat, 1 or 2, where `userId` is null. */
    participant: count().$type<1 | 2>(),
    /** The author's level when it was sent. */
    permissionLevel: count('permission_level').notNull(),
    /** 0 for system messages. */
    epoch: count().notNull(),
    content: text().notNull(),
  },
  // By id, with the author last: finds one person's messages without reading the rest.
  (t) => [uniqueIndex('messages_id').on(t.chatId, t.ms, t.seq, t.userId)],
);

export type MessageRow = typeof messages.$inferSelect;
