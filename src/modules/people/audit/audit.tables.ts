import { count, identity, index, instant, json, table, text } from '../../../db/columns.ts';
import type { AuditEntity } from './audit.model.ts';

/** Append-only. Entries outlive what they are about, so there are no foreign keys. */
export const auditLog = table(
  'audit_log',
  {
    id: identity(),
    entityType: text('entity_type').$type<AuditEntity>().notNull(),
    entityId: text('entity_id'),
    eventType: text('event_type').notNull(),
    /** The acting user; null for the console or the server itself, named in the metadata's `actor`. */
    actorId: count('actor_id'),
    eventMetadata: json<Record<string, unknown>>('event_metadata').notNull(),
    createdAt: instant('created_at').notNull(),
  },
  // Every filter may be combined with a time range, newest first.
  (t) => [
    index('audit_log_event').on(t.eventType, t.createdAt, t.id),
    index('audit_log_entity').on(t.entityType, t.entityId, t.createdAt, t.id),
    index('audit_log_kind').on(t.entityType, t.createdAt, t.id),
    index('audit_log_actor').on(t.actorId, t.createdAt, t.id),
    index('audit_log_time').on(t.createdAt, t.id),
  ],
);

export type AuditRow = typeof auditLog.$inferSelect;
