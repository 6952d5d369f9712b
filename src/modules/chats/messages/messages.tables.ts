import { count, index, primaryKey, table, text } from '../../../db/columns.ts';
import { users } from '../../people/users/users.tables.ts';
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
    userId: count('user_id').references(() => users.id, { onDelete: 'cascade' }),
    /** The author's level when it was sent. */
    permissionLevel: count('permission_level').notNull(),
    /** 0 for the server's own. */
    epoch: count().notNull(),
    content: text().notNull(),
  },
  (t) => [primaryKey({ columns: [t.chatId, t.ms, t.seq] }), index('messages_user').on(t.userId, t.chatId)],
);

export type MessageRow = typeof messages.$inferSelect;
