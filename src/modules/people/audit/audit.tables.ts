import { count, identity, index, instant, json, table, text } from '../../../db/columns.ts';
import type { AuditEntity } from './audit.model.ts';

/** What was changed, by whom. Only ever added to; it outlives what it speaks of, so nothing refers to other tables. */
export const auditLog = table(
  'audit_log',
  {
    id: identity(),
    entityType: text('entity_type').$type<AuditEntity>().notNull(),
    entityId: text('entity_id'),
    eventType: text('event_type').notNull(),
    /** The acting user; null: the console or the server itself, as the metadata's `actor` says. */
    actorId: count('actor_id'),
    eventMetadata: json<Record<string, unknown>>('event_metadata').notNull(),
    createdAt: instant('created_at').notNull(),
  },
  // Each filter goes together with a span of time, and the newest come first: ids alone would not tell the time.
  (t) => [
    index('audit_log_event').on(t.eventType, t.createdAt, t.id),
    index('audit_log_entity').on(t.entityType, t.entityId, t.createdAt, t.id),
    index('audit_log_kind').on(t.entityType, t.createdAt, t.id),
    index('audit_log_actor').on(t.actorId, t.createdAt, t.id),
    index('audit_log_time').on(t.createdAt, t.id),
  ],
);

export type AuditRow = typeof auditLog.$inferSelect;
