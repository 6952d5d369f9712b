import { and, count, eq, gt, lte, ne, or, sql } from 'drizzle-orm';
import { type Params, prepared, type Queries } from '../../../db/queries.ts';
import { identities } from '../users/users.tables.ts';
import { type LoginCodeKind, type LoginCodeRow, loginCodeAskers, loginCodes } from './auth.tables.ts';

type Identity = { platform: string; platformUserId: string };

const take = prepared((db, p: Params<{ codeHash: string; network: string; browser: string; now: number }>) =>
  db
    .delete(loginCodes)
    .where(
      and(
        eq(loginCodes.codeHash, p.codeHash),
        gt(loginCodes.expiresAt, p.now),
        or(
          ne(loginCodes.kind, sql`'web'`),
          sql`exists (select 1 from ${loginCodeAskers} where ${loginCodeAskers.codeId} = ${loginCodes.id}
            and ${loginCodeAskers.asker} in (${p.network}, ${p.browser}))`,
        ),
      ),
    )
    .returning(),
);

/** Deletes and returns the code if one of these askers may use it; of two concurrent callers one gets it. */
export async function takeCode(
  db: Queries,
  codeHash: string,
  askers: { network: string; browser: string },
  now: number,
): Promise<LoginCodeRow | undefined> {
  return (await take(db, { codeHash, ...askers, now }))[0];
}

const pending = prepared((db, p: Params<Identity & { kind: LoginCodeKind; now: number }>) =>
  db
    .select()
    .from(loginCodes)
    .where(
      and(
        eq(loginCodes.platform, p.platform),
        eq(loginCodes.platformUserId, p.platformUserId),
        eq(loginCodes.kind, p.kind),
        gt(loginCodes.expiresAt, p.now),
      ),
    ),
);

/** The identity's pending code of this kind. */
export async function findPending(db: Queries, identity: Identity, kind: LoginCodeKind, now: number) {
  return (await pending(db, { ...identity, kind, now }))[0];
}

/** How many codes this asker has pending for other identities. */
export async function countOthersPending(
  db: Queries,
  asker: string,
  { platform, platformUserId }: Identity,
  now: number,
): Promise<number> {
  const other = or(ne(loginCodes.platform, platform), ne(loginCodes.platformUserId, platformUserId));
  const rows = await db
    .select({ pending: count() })
    .from(loginCodeAskers)
    .innerJoin(loginCodes, eq(loginCodes.id, loginCodeAskers.codeId))
    .where(and(eq(loginCodeAskers.asker, asker), gt(loginCodes.expiresAt, now), other));
  return rows[0]?.pending ?? 0;
}

/** Inserts the identity's only code of this kind, replacing an expired one. */
export async function insertCode(db: Queries, code: typeof loginCodes.$inferInsert): Promise<number> {
  const { platform, platformUserId, kind } = code;
  if (platform && platformUserId) await deleteCodes(db, { platform, platformUserId }, kind);
  const [row] = await db.insert(loginCodes).values(code).returning({ id: loginCodes.id });
  if (!row) throw new Error('inserting a login code gave no row');
  return row.id;
}

export async function addAsker(db: Queries, codeId: number, asker: string): Promise<void> {
  await db
    .insert(loginCodeAskers)
    .values({ codeId, asker })
    .onConflictDoNothing()
    .returning({ codeId: loginCodeAskers.codeId });
}

export async function updateCode(
  db: Queries,
  id: number,
  change: Partial<typeof loginCodes.$inferInsert>,
): Promise<void> {
  await db.update(loginCodes).set(change).where(eq(loginCodes.id, id)).returning({ id: loginCodes.id });
}

async function deleteCodes(db: Queries, { platform, platformUserId }: Identity, kind?: LoginCodeKind): Promise<void> {
  await db
    .delete(loginCodes)
    .where(
      and(
        eq(loginCodes.platform, platform),
        eq(loginCodes.platformUserId, platformUserId),
        kind && eq(loginCodes.kind, kind),
      ),
    )
    .returning({ id: loginCodes.id });
}

/** Deletes every pending code for this user. */
export async function deleteCodesOf(db: Queries, userId: number): Promise<void> {
  const { platform, platformUserId } = identities;
  const own = await db.select({ platform, platformUserId }).from(identities).where(eq(identities.userId, userId));
  for (const identity of own) await deleteCodes(db, identity);
  await db.delete(loginCodes).where(eq(loginCodes.userId, userId)).returning({ id: loginCodes.id });
}

export async function deleteExpiredCodes(db: Queries, now: number): Promise<void> {
  await db.delete(loginCodes).where(lte(loginCodes.expiresAt, now)).returning({ id: loginCodes.id });
}
