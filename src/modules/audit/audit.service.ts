import type { Clock } from '../../core/clock.ts';
import { actorId, type Principal } from '../../core/principal.ts';
import type { Queries } from '../../db/queries.ts';
import { insertEntry } from './audit.repository.ts';

export type AuditEvent = 'USER_CREATE' | 'USER_UPDATE' | 'BOT_REGISTER' | 'CHAT_CREATE' | 'CHAT_DELETE' | 'CHAT_KICK';

type Entry = {
  event: AuditEvent;
  entity: ['user' | 'chat' | 'bot', number];
  actor: Principal;
  /** The fields that changed, and what helps to understand why. */
  metadata?: Record<string, unknown>;
};

export type Audit = ReturnType<typeof createAudit>;

/** The record of who changed what. Entries are written in the unit of work of the change itself: both are kept, or neither. */
export function createAudit({ clock }: { clock: Clock }) {
  return {
    async record(db: Queries, { event, entity: [entityType, id], actor, metadata = {} }: Entry): Promise<void> {
      await insertEntry(db, {
        entityType,
        entityId: String(id),
        eventType: event,
        actorId: actorId(actor),
        eventMetadata: actor.kind === 'user' ? metadata : { ...metadata, actor: actor.kind },
        createdAt: clock.now(),
      });
    },
  };
}
