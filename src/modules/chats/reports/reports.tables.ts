import { sql } from 'drizzle-orm';
import type { PersonId } from '../../../core/principal.ts';
import { count, identity, index, instant, primaryKey, table, text, uniqueIndex } from '../../../db/columns.ts';
import { sessions } from '../../people/sessions/sessions.tables.ts';
import type { ReportState } from './reports.model.ts';

/** Outlive the chat, and the accounts and sessions of both, so there are no foreign keys. */
export const reports = table(
  'reports',
  {
    id: identity(),
    chatId: count('chat_id').notNull(),
    reason: text().notNull(),
    state: text().$type<ReportState>().notNull(),
    createdAt: instant('created_at').notNull(),
    reporter: text().$type<PersonId>().notNull(),
    /** Of a stranger; null for users. */
    reporterSignature: text('reporter_signature'),
    /** Their name in the chat. */
    reporterAlias: text('reporter_alias').notNull(),
    /** Keyed hash of the network that the report came from. */
    reporterNetwork: text('reporter_network').notNull(),
    reported: text().$type<PersonId>().notNull(),
    reportedSignature: text('reported_signature'),
    reportedAlias: text('reported_alias').notNull(),
    /** Null: the console, or nobody yet. */
    decidedById: count('decided_by_id'),
    decidedAt: instant('decided_at'),
  },
  (t) => [
    uniqueIndex('reports_open').on(t.chatId, t.reporter).where(sql`state = 'open'`),
    index('reports_state').on(t.state),
    index('reports_reporter').on(t.reporter, t.state),
    index('reports_reported').on(t.reported, t.state),
    index('reports_network').on(t.reporterNetwork, t.createdAt),
    index('reports_time').on(t.createdAt),
  ],
);

export type ReportRow = typeof reports.$inferSelect;

/** Who must never meet: each pair stands here twice, so one read finds everybody whom a person avoids. */
export const neverPairs = table(
  'never_pairs',
  {
    /** Keyed hash of a person or of a network. */
    key: text('person_key').notNull(),
    otherKey: text('other_key').notNull(),
    /** The stranger with whose session this ends to matter. */
    sessionId: text('session_id').references(() => sessions.id, { onDelete: 'cascade' }),
    /** Null: no end. Networks change hands. */
    endsAt: instant('ends_at'),
  },
  (t) => [
    primaryKey({ columns: [t.key, t.otherKey] }),
    index('never_pairs_session').on(t.sessionId),
    index('never_pairs_end').on(t.endsAt).where(sql`ends_at is not null`),
  ],
);

export type NeverPairRow = typeof neverPairs.$inferSelect;
