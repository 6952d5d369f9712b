import { type Clock, isoTime } from '../../core/clock.ts';
import { actorId, Level, type Principal } from '../../core/principal.ts';
import type { Queries } from '../../db/queries.ts';
import type { AuditEntity, AuditEntries, AuditEntry, AuditEvent, AuditQuery } from './audit.model.ts';
import { MODERATION_EVENTS } from './audit.policy.ts';
import * as repository from './audit.repository.ts';
import type { AuditRow } from './audit.tables.ts';

type Deps = { clock: Clock; read: Queries };

type Entry = {
  event: AuditEvent;
  /** What it is about; null: no one thing. */
  entity: [AuditEntity, number | string | null];
  actor: Principal;
  /** The fields that changed, and what helps to understand why. */
  metadata?: Record<string, unknown>;
};

export type Audit = ReturnType<typeof createAudit>;

/** The record of who changed what. Entries are written in the unit of work of the change itself: both are kept, or neither. */
export function createAudit({ clock, read }: Deps) {
  return {
    async record(db: Queries, { event, entity: [entityType, id], actor, metadata = {} }: Entry): Promise<void> {
      await repository.insertEntry(db, {
        entityType,
        entityId: id === null ? null : String(id),
        eventType: event,
        actorId: actorId(actor),
        eventMetadata: actor.kind === 'user' ? metadata : { ...metadata, actor: actor.kind },
        createdAt: clock.now(),
      });
    },

    /** What has been written of these kinds about one user. */
    listOfUser(db: Queries, userId: number, events: readonly AuditEvent[]) {
      return repository.listOfUser(db, userId, events);
    },

    /** Entries, newest first. Moderators see those of moderation alone. */
    async list(actor: Principal, { offset, limit, ...query }: AuditQuery): Promise<AuditEntries> {
      const { event_type, entity_type, entity_id, actor_id, since, until } = query;
      const seesAll = actor.kind === 'console' || (actor.kind === 'user' && actor.level >= Level.Admin);
      const filter: repository.AuditFilter = {
        events: visible(event_type, seesAll),
        entityType: entity_type,
        entityId: entity_id,
        actorId: actor_id,
        since: since === undefined ? undefined : Date.parse(since),
        until: until === undefined ? undefined : Date.parse(until),
      };
      const total = await repository.countEntries(read, filter);
      const rows = await repository.listEntries(read, filter, offset, limit);
      return { items: rows.map(present), total, offset, limit };
    },
  };
}

/** Undefined: events of every kind. */
function visible(asked: AuditEvent | undefined, seesAll: boolean): readonly AuditEvent[] | undefined {
  if (seesAll) return asked === undefined ? undefined : [asked];
  return asked === undefined ? MODERATION_EVENTS : MODERATION_EVENTS.filter((one) => one === asked);
}

function present(row: AuditRow): AuditEntry {
  return {
    id: row.id,
    entity_type: row.entityType,
    entity_id: row.entityId,
    event_type: row.eventType,
    actor_id: row.actorId,
    event_metadata: row.eventMetadata,
    created_at: isoTime(row.createdAt),
  };
}
