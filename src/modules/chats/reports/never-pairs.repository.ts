import { and, asc, eq, gt, inArray, isNull, lte, or, sql } from 'drizzle-orm';
import type { Queries } from '../../../db/queries.ts';
import { type NeverPairRow, neverPairs } from './reports.tables.ts';

/** Of two ends the later one holds; a pair without an end stays without one. */
export async function insertNeverPairs(db: Queries, pairs: readonly NeverPairRow[]): Promise<void> {
  await db
    .insert(neverPairs)
    .values([...pairs])
    .onConflictDoUpdate({
      target: [neverPairs.key, neverPairs.otherKey],
      set: {
        endsAt: sql`case when ${neverPairs.endsAt} is null or excluded.ends_at is null then null
          when excluded.ends_at > ${neverPairs.endsAt} then excluded.ends_at else ${neverPairs.endsAt} end`,
      },
    })
    .returning({ key: neverPairs.key });
}

const inForce = (now: number) => or(isNull(neverPairs.endsAt), gt(neverPairs.endsAt, now));

/** The keys of those whom the holders of these keys must not meet. */
export async function listOthers(db: Queries, keys: readonly string[], now: number): Promise<string[]> {
  const rows = await db
    .selectDistinct({ otherKey: neverPairs.otherKey })
    .from(neverPairs)
    .where(and(inArray(neverPairs.key, [...keys]), inForce(now)));
  return rows.map(({ otherKey }) => otherKey);
}

/** Whether a holder of some of these keys must not meet a holder of some of those. */
export async function hasPair(
  db: Queries,
  keys: readonly string[],
  otherKeys: readonly string[],
  now: number,
): Promise<boolean> {
  const rows = await db
    .select({ key: neverPairs.key })
    .from(neverPairs)
    .where(and(inArray(neverPairs.key, [...keys]), inArray(neverPairs.otherKey, [...otherKeys]), inForce(now)))
    .limit(1);
  return rows.length > 0;
}

type Keys = Pick<NeverPairRow, 'key' | 'otherKey'>;

/** Pairs that have ended, at most `limit`. */
export function listOverPairs(db: Queries, now: number, limit: number): Promise<Keys[]> {
  return db
    .select({ key: neverPairs.key, otherKey: neverPairs.otherKey })
    .from(neverPairs)
    .where(lte(neverPairs.endsAt, now))
    .orderBy(asc(neverPairs.endsAt))
    .limit(limit);
}

export async function deletePairs(db: Queries, pairs: readonly Keys[]): Promise<void> {
  for (const { key, otherKey } of pairs)
    await db
      .delete(neverPairs)
      .where(and(eq(neverPairs.key, key), eq(neverPairs.otherKey, otherKey)))
      .returning({ key: neverPairs.key });
}

export async function deletePairsOfSession(db: Queries, sessionId: string): Promise<void> {
  await db.delete(neverPairs).where(eq(neverPairs.sessionId, sessionId)).returning({ key: neverPairs.key });
}
