import { and, asc, desc, eq, gt, inArray, lte, ne, sql } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm/sql';
import type { PersonId } from '../../../core/principal.ts';
import { type Params, prepared, type Queries } from '../../../db/queries.ts';
import { users } from '../../people/users/users.tables.ts';
import type { OpenReport } from './holds.policy.ts';
import type { ReportState } from './reports.model.ts';
import { type ReportRow, reports } from './reports.tables.ts';

export async function insertReport(db: Queries, report: typeof reports.$inferInsert): Promise<void> {
  await db.insert(reports).values(report).returning({ id: reports.id });
}

const openBy = prepared((db, p: Params<{ chatId: number; reporter: PersonId }>) =>
  db
    .select({ id: reports.id })
    .from(reports)
    .where(and(eq(reports.chatId, p.chatId), eq(reports.reporter, p.reporter), eq(reports.state, sql`'open'`))),
);

/** Whether this person's report of this chat waits for a decision. */
export async function hasOpenReport(db: Queries, chatId: number, reporter: PersonId): Promise<boolean> {
  return (await openBy(db, { chatId, reporter })).length > 0;
}

/** When this user made reports since then, latest first, at most `limit`. */
export function listTimesOfUser(db: Queries, reporter: PersonId, since: number, limit: number): Promise<number[]> {
  return listTimes(db, eq(reports.reporter, reporter), since, limit);
}

/** The same for all strangers of a network. */
export function listTimesOfStrangers(db: Queries, network: string, since: number, limit: number): Promise<number[]> {
  const ofStrangers = and(eq(reports.reporterNetwork, network), sql`${reports.reporterSignature} is not null`);
  return listTimes(db, ofStrangers, since, limit);
}

async function listTimes(db: Queries, whose: SQL | undefined, since: number, limit: number): Promise<number[]> {
  const rows = await db
    .select({ createdAt: reports.createdAt })
    .from(reports)
    .where(and(whose, gt(reports.createdAt, since)))
    .orderBy(desc(reports.createdAt))
    .limit(limit);
  return rows.map(({ createdAt }) => createdAt);
}

const openAgainst = prepared((db, p: Params<{ reported: PersonId }>) =>
  db
    .select({ reporter: reports.reporter, network: reports.reporterNetwork, createdAt: reports.createdAt })
    .from(reports)
    .where(
      and(
        eq(reports.reported, p.reported),
        eq(reports.state, sql`'open'`),
        sql`not exists (select 1 from reports d where d.reporter = ${reports.reporter} and d.state = 'dismissed')`,
      ),
    )
    .orderBy(asc(reports.createdAt)),
);

/** Open reports against this person, oldest first, by people none of whose reports was dismissed. */
export function listOpenAgainst(db: Queries, reported: PersonId): Promise<OpenReport[]> {
  return openAgainst(db, { reported });
}

export async function findReport(db: Queries, id: number): Promise<ReportRow | undefined> {
  return (await db.select().from(reports).where(eq(reports.id, id)))[0];
}

/** Undefined `apartFrom`: all. */
type ReportFilter = { states: readonly ReportState[]; apartFrom: PersonId | undefined };

const conditionsOf = ({ states, apartFrom }: ReportFilter) =>
  and(
    inArray(reports.state, [...states]),
    apartFrom && ne(reports.reporter, apartFrom),
    apartFrom && ne(reports.reported, apartFrom),
  );

/** Newest first. */
export function listReports(db: Queries, filter: ReportFilter, offset: number, limit: number): Promise<ReportRow[]> {
  return db.select().from(reports).where(conditionsOf(filter)).orderBy(desc(reports.id)).limit(limit).offset(offset);
}

export async function countReports(db: Queries, filter: ReportFilter): Promise<number> {
  const [row] = await db.select({ count: sql<number>`count(*)` }).from(reports).where(conditionsOf(filter));
  return Number(row?.count ?? 0);
}

type Decision = { state: ReportState; decidedById: number | null; decidedAt: number };

export async function decideReport(db: Queries, id: number, decision: Decision): Promise<void> {
  await db.update(reports).set(decision).where(eq(reports.id, id)).returning({ id: reports.id });
}

/** Reports made until then, at most `limit`. */
export async function listOldReports(db: Queries, until: number, limit: number): Promise<number[]> {
  const rows = await db
    .select({ id: reports.id })
    .from(reports)
    .where(lte(reports.createdAt, until))
    .orderBy(asc(reports.createdAt))
    .limit(limit);
  return rows.map(({ id }) => id);
}

export async function deleteReports(db: Queries, ids: readonly number[]): Promise<void> {
  await db
    .delete(reports)
    .where(inArray(reports.id, [...ids]))
    .returning({ id: reports.id });
}

/** Users in short form, deleted ones too. */
export function listUsersInShort(db: Queries, ids: readonly number[]) {
  return db
    .select({ id: users.id, username: users.username, avatarUrl: users.avatarUrl })
    .from(users)
    .where(inArray(users.id, [...ids]));
}
