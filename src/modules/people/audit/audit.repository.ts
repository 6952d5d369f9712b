import { and, count, desc, eq, gte, inArray, lt, type SQL, sql } from 'drizzle-orm';
import { type Params, prepared, type Queries } from '../../../db/queries.ts';
import { type AuditRow, auditLog } from './audit.tables.ts';

type Entry = Omit<AuditRow, 'id'>;

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

/** Undefined fields do not filter. */
export type AuditFilter = {
  events: readonly string[] | undefined;
  entityType: AuditRow['entityType'] | undefined;
  entityId: string | undefined;
  actorId: number | undefined;
  /** Inclusive. */
  since: number | undefined;
  /** Exclusive. */
  until: number | undefined;
  /** With `entityId` but no `entityType`: every type except this one. */
  apartFrom?: AuditRow['entityType'] | undefined;
};

const EVERY_KIND: AuditRow['entityType'][] = ['user', 'chat', 'bot', 'stranger', 'report', 'system'];

function conditionsOf({ events, entityType, entityId, actorId, since, until, apartFrom }: AuditFilter) {
  // The index over ids starts with the entity type.
  const ofId = entityId === undefined ? undefined : EVERY_KIND.filter((kind) => kind !== apartFrom);
  const kinds = entityType === undefined ? ofId : [entityType];
  // One entity has few entries: the expressions keep SQLite from choosing another index.
  const event: SQL = entityId === undefined ? sql`${auditLog.eventType}` : sql`${auditLog.eventType} || ''`;
  const actor: SQL = entityId === undefined ? sql`${auditLog.actorId}` : sql`${auditLog.actorId} + 0`;
  return and(
    events && inArray(event, [...events]),
    kinds && inArray(auditLog.entityType, kinds),
    entityId === undefined ? undefined : eq(auditLog.entityId, entityId),
    actorId === undefined ? undefined : eq(actor, actorId),
    since === undefined ? undefined : gte(auditLog.createdAt, since),
    until === undefined ? undefined : lt(auditLog.createdAt, until),
  );
}

/** Newest first. The page is found in an index; only its rows are read. */
export function listEntries(db: Queries, filter: AuditFilter, offset: number, limit: number) {
  const page = db
    .select({ id: auditLog.id })
    .from(auditLog)
    .where(conditionsOf(filter))
    .orderBy(desc(auditLog.createdAt), desc(auditLog.id))
    .limit(limit)
    .offset(offset);
  return db
    .select()
    .from(auditLog)
    .where(inArray(auditLog.id, page))
    .orderBy(desc(auditLog.createdAt), desc(auditLog.id));
}

export async function countEntries(db: Queries, filter: AuditFilter): Promise<number> {
  const rows = await db.select({ entries: count() }).from(auditLog).where(conditionsOf(filter));
  return rows[0]?.entries ?? 0;
}

/** Entries of these kinds about one user. */
export function listOfUser(db: Queries, userId: number, events: readonly string[]) {
  return db
    .select()
    .from(auditLog)
    .where(
      and(
        eq(auditLog.entityType, 'user'),
        eq(auditLog.entityId, String(userId)),
        inArray(auditLog.eventType, [...events]),
      ),
    );
}
