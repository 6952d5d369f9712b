import { and, asc, eq, gt, isNull, lte, or, type Placeholder, sql } from 'drizzle-orm';
import { type Params, prepared, type Queries } from '../../../db/queries.ts';
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

const inForce = (now: number | Placeholder) => or(isNull(neverPairs.endsAt), gt(neverPairs.endsAt, now));

const others = prepared((db, p: Params<{ key: string; now: number }>) =>
  db
    .select({ otherKey: neverPairs.otherKey })
    .from(neverPairs)
    .where(and(eq(neverPairs.key, p.key), inForce(p.now))),
);

/** The keys of those whom the holders of these keys must not meet. One query each: cheaper than building one for all. */
export async function listOthers(db: Queries, keys: readonly string[], now: number): Promise<string[]> {
  const found = new Set<string>();
  for (const key of keys) for (const { otherKey } of await others(db, { key, now })) found.add(otherKey);
  return [...found];
}

const pair = prepared((db, p: Params<{ key: string; otherKey: string; now: number }>) =>
  db
    .select({ key: neverPairs.key })
    .from(neverPairs)
    .where(and(eq(neverPairs.key, p.key), eq(neverPairs.otherKey, p.otherKey), inForce(p.now))),
);

/** Whether a holder of some of these keys must not meet a holder of some of those. */
export async function hasPair(
  db: Queries,
  keys: readonly string[],
  otherKeys: readonly string[],
  now: number,
): Promise<boolean> {
  for (const key of keys)
    for (const otherKey of otherKeys) if ((await pair(db, { key, otherKey, now })).length > 0) return true;
  return false;
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
