import { sql } from 'drizzle-orm';
import { count, index, instant, table, text } from '../../../db/columns.ts';
import { users } from '../users/users.tables.ts';

/** Sessions, live and ended. Only the client knows the token. */
export const sessions = table(
  'sessions',
  {
    /** The public id: random, and not a credential. */
    id: text().primaryKey(),
    userId: count('user_id').references(() => users.id, { onDelete: 'cascade' }),
    tokenHash: text('token_hash').notNull().unique(),
    tokenSuffix: text('token_suffix').notNull(),
    clientIp: text('client_ip').notNull(),
    userAgent: text('user_agent'),
    /** The session's X25519 key, base64. */
    publicKey: text('public_key'),
    /** The session's Ed25519 key, base64. */
    signingKey: text('signing_key'),
    createdAt: instant('created_at').notNull(),
    expiresAt: instant('expires_at').notNull(),
    endedAt: instant('ended_at'),
  },
  (t) => [
    index('sessions_user').on(t.userId, t.createdAt),
    index('sessions_live').on(t.expiresAt).where(sql`ended_at is null`),
    index('sessions_ended').on(t.endedAt).where(sql`ended_at is not null`),
  ],
);

export type SessionRow = typeof sessions.$inferSelect;
