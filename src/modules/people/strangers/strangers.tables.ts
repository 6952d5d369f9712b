import { count, identity, index, instant, table, text } from '../../../db/columns.ts';
import { sessions } from '../sessions/sessions.tables.ts';
import { users } from '../users/users.tables.ts';

/** What is known of the person behind a session without an account. */
export const strangers = table(
  'strangers',
  {
    sessionId: text('session_id')
      .primaryKey()
      .references(() => sessions.id, { onDelete: 'cascade' }),
    /** Keyed hash of the session's token, by which moderators know the stranger. */
    signature: text().notNull().unique(),
    alias: text().notNull(),
    countryCode: text('country_code'),
    /** The network that the session was opened from: see `networkOf`. */
    network: text().notNull(),
    /** The public network of the last search. */
    lastNetwork: text('last_network'),
    createdAt: instant('created_at').notNull(),
    lastSeenAt: instant('last_seen_at').notNull(),
  },
  (t) => [index('strangers_network').on(t.network)],
);

export type StrangerRow = typeof strangers.$inferSelect;

/**
 * Who may not search: a stranger, by their session, and new strangers from a network, on account of a blocked stranger or of a
 * banned user.
 */
export const strangerBlocks = table(
  'stranger_blocks',
  {
    id: identity(),
    sessionId: text('session_id').references(() => sessions.id, { onDelete: 'cascade' }),
    userId: count('user_id').references(() => users.id, { onDelete: 'cascade' }),
    /** Null: the block is of the stranger alone. */
    network: text(),
    reason: text(),
    /** Null: the console. */
    issuedById: count('issued_by_id'),
    createdAt: instant('created_at').notNull(),
    /** Null: no end. */
    endsAt: instant('ends_at'),
  },
  (t) => [
    index('stranger_blocks_session').on(t.sessionId),
    index('stranger_blocks_user').on(t.userId),
    index('stranger_blocks_network').on(t.network),
    index('stranger_blocks_end').on(t.endsAt),
  ],
);
