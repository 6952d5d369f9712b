import { type Clock, isoTime } from '../../../core/clock.ts';
import { levelRequired } from '../../../core/errors.ts';
import { actorId, hasLevel, Level, type Principal } from '../../../core/principal.ts';
import type { Queries } from '../../../db/queries.ts';
import type { AuditEntity, AuditEntries, AuditEntry, AuditEvent, AuditQuery } from './audit.model.ts';
import { MODERATION_EVENTS, withoutChat } from './audit.policy.ts';
import * as repository from './audit.repository.ts';
import type { AuditRow } from './audit.tables.ts';

type Deps = {
  clock: Clock;
  read: Queries;
  /** Filters the chats that are open to everyone. */
  listOpenChats(db: Queries, ids: readonly number[]): Promise<number[]>;
};

type Entry = {
  event: AuditEvent;
  /** The subject; a null id for none in particular. */
  entity: [AuditEntity, number | string | null];
  actor: Principal;
  /** The fields that changed, and context. */
  metadata?: Record<string, unknown>;
};

export type Audit = ReturnType<typeof createAudit>;

/** The audit log. An entry is written in the same unit of work as its change. */
export function createAudit({ clock, read, listOpenChats }: Deps) {
  async function isOpen(chatId: string): Promise<boolean> {
    return (await listOpenChats(read, [Number(chatId)])).length > 0;
  }

  /** Redacts private chats. Only the chats on this page are looked up. */
  async function withoutPrivateChats(items: readonly AuditEntry[]): Promise<AuditEntry[]> {
    const open = new Set(await listOpenChats(read, [...new Set(items.flatMap((item) => chatOf(item) ?? []))]));
    return items.map((item) => {
      const chatId = chatOf(item);
      return chatId === undefined || open.has(chatId) ? item : withoutChat(item);
    });
  }

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

    /** Entries of these kinds about one user. */
    listOfUser(db: Queries, userId: number, events: readonly AuditEvent[]) {
      return repository.listOfUser(db, userId, events);
    },

    /** Entries, newest first. Moderators see moderation events only, with private chats redacted. */
    async list(actor: Principal, { offset, limit, ...query }: AuditQuery): Promise<AuditEntries> {
      const { event_type, entity_type, entity_id, actor_id, since, until } = query;
      if (!hasLevel(actor, Level.Moderator)) throw levelRequired(Level.Moderator)();
      const seesAll = hasLevel(actor, Level.Admin);
      const isHidden = !seesAll && entity_id !== undefined && !(await isOpen(entity_id));
      if (isHidden && entity_type === 'chat') return { items: [], total: 0, offset, limit };
      const filter: repository.AuditFilter = {
        events: visible(event_type, seesAll),
        entityType: entity_type,
        apartFrom: isHidden ? 'chat' : undefined,
        entityId: entity_id,
        actorId: actor_id,
        since: since === undefined ? undefined : Date.parse(since),
        until: until === undefined ? undefined : Date.parse(until),
      };
      const total = await repository.countEntries(read, filter);
      const rows = await repository.listEntries(read, filter, offset, limit);
      const items = rows.map(present);
      return { items: seesAll ? items : await withoutPrivateChats(items), total, offset, limit };
    },
  };
}

/** Undefined: every event. */
function visible(asked: AuditEvent | undefined, seesAll: boolean): readonly AuditEvent[] | undefined {
  if (seesAll) return asked === undefined ? undefined : [asked];
  return asked === undefined ? MODERATION_EVENTS : MODERATION_EVENTS.filter((one) => one === asked);
}

/** The chat that an entry is about or originated in. */
function chatOf({ entity_type, entity_id, event_metadata }: AuditEntry): number | undefined {
  if (entity_type === 'chat') return Number(entity_id);
  const { chat_id: chatId } = event_metadata;
  return typeof chatId === 'number' ? chatId : undefined;
}

function present(row: AuditRow): AuditEntry {
  return {
    id: row.id,
    entity_type: row.entityType,
    entity_id: row.entityId,
    event_type: row.eventType as AuditEvent,
    actor_id: row.actorId,
    event_metadata: row.eventMetadata,
    created_at: isoTime(row.createdAt),
  };
}
