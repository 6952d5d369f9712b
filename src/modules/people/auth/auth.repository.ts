import { and, count, desc, eq, gt, isNull, lte, ne, or } from 'drizzle-orm';
import { type Params, prepared, type Queries } from '../../../db/queries.ts';
import { type LoginCodeKind, type LoginCodeRow, loginCodes } from './auth.tables.ts';

const take = prepared((db, p: Params<{ codeHash: string; ip: string; now: number }>) =>
  db
    .delete(loginCodes)
    .where(
      and(
        eq(loginCodes.codeHash, p.codeHash),
        gt(loginCodes.expiresAt, p.now),
        or(isNull(loginCodes.ip), eq(loginCodes.ip, p.ip)),
      ),
    )
    .returning(),
);

/** Takes the code away, if it is good from this address: of two callers one gets it. */
export async function takeCode(
  db: Queries,
  codeHash: string,
  ip: string,
  now: number,
): Promise<LoginCodeRow | undefined> {
  return (await take(db, { codeHash, ip, now }))[0];
}

const pending = prepared(
  (db, p: Params<{ platform: string; platformUserId: string; kind: LoginCodeKind; now: number }>) =>
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
      )
      .orderBy(desc(loginCodes.id))
      .limit(1),
);

/** The newest code of this kind that waits for the identity. */
export async function findPending(
  db: Queries,
  identity: { platform: string; platformUserId: string },
  kind: LoginCodeKind,
  now: number,
) {
  return (await pending(db, { ...identity, kind, now }))[0];
}

/** How many codes of other identities wait for this address. */
export async function countOthersPending(
  db: Queries,
  ip: string,
  { platform, platformUserId }: Identity,
  now: number,
): Promise<number> {
  const other = or(ne(loginCodes.platform, platform), ne(loginCodes.platformUserId, platformUserId));
  const rows = await db
    .select({ pending: count() })
    .from(loginCodes)
    .where(and(eq(loginCodes.ip, ip), gt(loginCodes.expiresAt, now), other));
  return rows[0]?.pending ?? 0;
}

type Identity = { platform: string; platformUserId: string };

export async function deleteWebCodes(db: Queries, { platform, platformUserId }: Identity, ip: string): Promise<void> {
  await db
    .delete(loginCodes)
    .where(and(eq(loginCodes.platform, platform), eq(loginCodes.platformUserId, platformUserId), eq(loginCodes.ip, ip)))
    .returning({ id: loginCodes.id });
}

export async function insertCode(db: Queries, code: typeof loginCodes.$inferInsert): Promise<void> {
  await db.insert(loginCodes).values(code).returning({ id: loginCodes.id });
}

export async function nameCodeOwner(
  db: Queries,
  id: number,
  platformUsername: string,
  platformAvatarUrl: string | null,
): Promise<void> {
  await db
    .update(loginCodes)
    .set({ platformUsername, platformAvatarUrl })
    .where(eq(loginCodes.id, id))
    .returning({ id: loginCodes.id });
}

export async function deleteExpiredCodes(db: Queries, now: number): Promise<void> {
  await db.delete(loginCodes).where(lte(loginCodes.expiresAt, now)).returning({ id: loginCodes.id });
}
