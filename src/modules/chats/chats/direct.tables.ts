import type { PersonId } from '../../../core/principal.ts';
import { count, index, instant, json, primaryKey, table, text, uniqueIndex } from '../../../db/columns.ts';
import { chats } from './chats.tables.ts';

export type DirectEnd = 'left' | 'timeout' | 'expired' | 'blocked';

/** What a direct chat has besides its row in `chats`. */
export const directChats = table(
  'direct_chats',
  {
    chatId: count('chat_id')
      .primaryKey()
      .references(() => chats.id, { onDelete: 'cascade' }),
    /** The tags that both named. */
    interests: json<string[]>('interests').notNull(),
    bornAt: instant('born_at').notNull(),
    /** When the live chat ends at the latest; then, when its archive is purged. */
    dueAt: instant('due_at').notNull(),
    /** Null while live. */
    endedAt: instant('ended_at'),
  },
  (t) => [index('direct_chats_due').on(t.dueAt)],
);

/** The two people of a direct chat. No foreign key to users: a stranger has no account. */
export const directParticipants = table(
  'direct_participants',
  {
    chatId: count('chat_id')
      .notNull()
      .references(() => chats.id, { onDelete: 'cascade' }),
    number: count().$type<1 | 2>().notNull(),
    person: text().$type<PersonId>().notNull(),
    /** The session that searched. */
    sessionId: text('session_id').notNull(),
    alias: text().notNull(),
    tokenHash: text('token_hash').notNull(),
    countryCode: text('country_code'),
  },
  (t) => [
    primaryKey({ columns: [t.chatId, t.number] }),
    index('direct_participants_person').on(t.person),
    uniqueIndex('direct_participants_token').on(t.tokenHash),
  ],
);

export type DirectChatRow = typeof directChats.$inferSelect;
export type ParticipantRow = typeof directParticipants.$inferSelect;
