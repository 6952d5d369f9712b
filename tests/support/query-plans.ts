import { Database } from 'bun:sqlite';
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Queries } from '../../src/db/queries.ts';
import { openSqliteReader } from '../../src/db/sqlite/sqlite.ts';
import type { Units } from '../../src/db/units.ts';

/**
 * Looks over the shoulder of every connection that the program opens in a test: each statement that it prepares is explained
 * once, and one that walks through a whole table that grows fails the test that brought it. So no list has to be kept of the
 * program's queries.
 */

/** Tables that stay small however long an instance lives. */
const SMALL = new Set([
  'instance_facts',
  'migrations',
  'sqlite_master',
  'sqlite_sequence',
  // What the staff have to say at present, and what is still being delivered of it.
  'announcements',
  'broadcasts',
]);

/** Walks that are meant. */
const MEANT: { sql: RegExp; why: string }[] = [
  {
    sql: /^select (?:"\w+", )?count\(\*\) from "\w+"(?: group by [\w".]+)?$/,
    why: 'all are counted, in an index alone',
  },
  { sql: /\bwhere false(?: order by .*)?$|\(select "id" from "audit_log" where false\b/, why: 'nothing is looked at' },
  {
    sql: /"audit_log"."id" in \(select "id" from "audit_log" order by [^()]* limit/,
    why: 'an index, as far as the page goes',
  },
  {
    sql: /"punishments"."id" in \(select "id" from "punishments" (?:where \(not "punishments"."is_lifted" and "punishments"."action_type" <> 'CHAT_KICK' and [^()]*\([^()]*\)\) )?order by [^()]* limit/,
    why: 'an index, of what holds alone when that is asked for, as far as the page goes',
  },
];

export type Walk = { sql: string; plan: string };

const known = new Set<string>();
const fresh = new Set<string>();
const unwatched = new WeakSet<Database>();
const inTest = new AsyncLocalStorage<true>();

const prepare = Database.prototype.prepare;
Database.prototype.prepare = function (this: Database, sql: string, ...rest: never[]) {
  const isOurs = !unwatched.has(this) && inTest.getStore() === undefined;
  if (isOurs && !known.has(sql) && /^\s*(select|update|delete|with|insert)\b/i.test(sql)) fresh.add(sql);
  return prepare.call(this, sql, ...rest);
} as typeof prepare;

/** The statements since the last call that walk through a whole table; `path` is a database with the schema. */
export function newWalks(path: string): Walk[] {
  if (fresh.size === 0) return [];
  const connection = new Database(path, { readonly: true });
  unwatched.add(connection);
  try {
    const walks = [...fresh].flatMap((sql) => walksOf(connection, sql));
    for (const sql of fresh) known.add(sql);
    return walks;
  } finally {
    fresh.clear();
    connection.close();
  }
}

/** Throws a sentence that names them. */
export function refuseWalks(walks: readonly Walk[]): void {
  if (walks.length === 0) return;
  const lines = walks.map(({ sql, plan }) => `  ${plan}\n    ${sql}`);
  throw new Error(`A query walks through the whole of a table that grows; it needs an index:\n${lines.join('\n')}`);
}

/** How SQLite would go about it; nothing for a statement of another database, which a test made for itself. */
function planOf(connection: Database, sql: string): { detail: string }[] {
  try {
    return connection.prepare(`explain query plan ${sql}`).all() as { detail: string }[];
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('no such table')) return [];
    throw error;
  }
}

/** The steps of one statement's plan that go through the whole of a table that grows. */
export function walksOf(connection: Database, sql: string): Walk[] {
  const steps = planOf(connection, sql);
  const tables = connection.prepare("select name from sqlite_master where type = 'table'").all() as { name: string }[];
  const growing = new Set(tables.map(({ name }) => name).filter((name) => !SMALL.has(name)));
  if (isPage(sql, steps) || MEANT.some((one) => one.sql.test(sql))) return [];
  return steps.filter(({ detail }) => isWalk(detail, sql, growing)).map(({ detail }) => ({ sql, plan: detail }));
}

/** The first so many of all, in an order in which they lie: no more is looked at than is given. */
function isPage(sql: string, steps: readonly { detail: string }[]): boolean {
  const isSorted = steps.some(({ detail }) => detail.includes('TEMP B-TREE'));
  return !isSorted && / limit /i.test(sql) && !/ (where|group by|inner join) /i.test(sql);
}

function isWalk(detail: string, sql: string, growing: ReadonlySet<string>): boolean {
  // An index that is made for one statement is made of the whole table.
  if (/AUTOMATIC/.test(detail)) return true;
  // Nearly all rows have nothing in these: an index of nothing is the whole table.
  if (/^SEARCH .* \((deleted|ended|lifted)_at=\?/.test(detail)) return true;
  const name = /^SCAN "?([\w-]+)"?/.exec(detail)?.[1];
  if (name === undefined || /VIRTUAL TABLE INDEX/.test(detail)) return false;
  return growing.has(name) || growing.has(tableOf(name, sql) ?? '');
}

/** The table that a statement calls by another name. */
function tableOf(alias: string, sql: string): string | undefined {
  return new RegExp(`"?(\\w+)"?\\s+(?:as\\s+)?"?${alias}"?(?:\\s|$|,|\\))`, 'i').exec(sql)?.[1];
}

/** The test's own eyes: what it reads by them is not looked at. */
export function ownReader(path: string): { connection: Database; db: Queries } {
  const reader = openSqliteReader(path);
  unwatched.add(reader.connection);
  return reader;
}

/** The same units for the test's own hands: what it does in them is not looked at. Their `run` may be replaced. */
export function ownUnits<E>(units: Units<E>): Units<E> {
  const original = units.run.bind(units);
  const run: typeof original = (name, work, options) =>
    original(name, (unit) => inTest.run(true, async () => await work(unit)), options);
  return new Proxy(units, {
    get(target, name) {
      if (name === 'run') return Object.hasOwn(target, 'run') ? target.run : run;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
    set(target, name, value) {
      return name === 'run' && value === run
        ? Reflect.deleteProperty(target, 'run')
        : Reflect.set(target, name, value, target);
    },
  });
}
