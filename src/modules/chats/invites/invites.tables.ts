import { count, index, instant, table, text } from '../../../db/columns.ts';
import { users } from '../../people/users/users.tables.ts';
import { chats } from '../chats/chats.tables.ts';

export const invites = table(
  'invites',
  {
    code: text().primaryKey(),
    chatId: count('chat_id')
      .notNull()
      .references(() => chats.id, { onDelete: 'cascade' }),
    /** Null: the creator's account was deleted. */
    createdById: count('created_by_id').references(() => users.id, { onDelete: 'set null' }),
    createdAt: instant('created_at').notNull(),
    expiresAt: instant('expires_at'),
    uses: count().notNull().default(0),
    maxUses: count('max_uses'),
  },
  (t) => [index('invites_chat').on(t.chatId, t.createdAt), index('invites_creator').on(t.createdById)],
);

export type InviteRow = typeof invites.$inferSelect;
