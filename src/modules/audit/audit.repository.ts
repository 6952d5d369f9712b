import { type Params, prepared } from '../../db/queries.ts';
import { auditLog } from './audit.tables.ts';

type Entry = {
  entityType: (typeof auditLog.$inferSelect)['entityType'];
  entityId: string | null;
  eventType: string;
  actorId: number | null;
  eventMetadata: Record<string, unknown>;
  createdAt: number;
};

export const insertEntry = prepared((db, p: Params<Entry>) =>
  db
    .insert(auditLog)
    .values({
      entityType: p.entityType,
      entityId: p.entityId,
      eventType: p.eventType,
      actorId: p.actorId,
      eventMetadata: p.eventMetadata,
      createdAt: p.createdAt,
    })
    .returning({ id: auditLog.id }),
);
