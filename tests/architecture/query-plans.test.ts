import { Database } from 'bun:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { DATABASE_FILE } from '../../src/db/sqlite/files.ts';
import { callerOf } from '../support/caller.ts';
import { type TestPortal, testPortal } from '../support/portal.ts';
import { newWalks, refuseWalks, walksOf } from '../support/query-plans.ts';

let portal: TestPortal;
let database: Database;

beforeAll(async () => {
  portal = await testPortal();
  database = new Database(join(portal.dataDir, DATABASE_FILE), { readonly: true });
});

afterAll(async () => {
  database.close();
  await portal.close();
});

describe('a query that walks through a table that grows', () => {
  test.each([
    'select * from users where avatar_url = ?',
    'select * from users u where u.avatar_url = ?',
    'select * from users order by created_at limit 10',
    'select * from users where avatar_url = ? order by id limit 10',
    'select count(*) from messages where epoch = ?',
    'update chats set name = ? where label = ?',
    'delete from sessions where client_ip = ?',
    'select * from chats left join users on users.avatar_url = chats.label where chats.id = ?',
    'select * from messages where chat_id in (select id from chats where label = ?)',
    "select * from users where username_key like '%' || ? || '%'",
  ])('is refused: %s', (sql) => {
    const walks = walksOf(database, sql);
    expect(walks).not.toEqual([]);
    expect(() => refuseWalks(walks)).toThrow('it needs an index');
  });

  test.each([
    'select * from users where id = ?',
    'select * from users where permission_level = ? limit 2',
    'select * from users order by id limit 10 offset 20',
    'select "bot_type", count(*) from "bots" group by "bots"."bot_type"',
    'select * from instance_facts',
    'select u.id from user_names n join users u on u.id = n.rowid where n.user_names match ? limit 3',
    'select * from users where id in (select user_id from chat_members where chat_id = ?)',
  ])('is not this one: %s', (sql) => {
    expect(walksOf(database, sql)).toEqual([]);
  });

  test('is refused, too, when an index hides it: of what nearly all rows have not', () => {
    using small = new Database(':memory:');
    small.run('create table chats (id integer primary key, name text, deleted_at integer)');
    small.run('create index chats_deleted on chats (deleted_at)');
    expect(walksOf(small, 'select * from chats where deleted_at is null')).toHaveLength(1);
  });

  test('fails the test that brought it, wherever in the program it stands', async () => {
    const connection = new Database(join(portal.dataDir, DATABASE_FILE), { readonly: true });
    connection.prepare('select id from users where avatar_source = ?').all('x');
    connection.close();
    expect(newWalks(join(portal.dataDir, DATABASE_FILE)).map(({ plan }) => plan)).toEqual(['SCAN users']);
    expect(newWalks(join(portal.dataDir, DATABASE_FILE))).toEqual([]);
  });
});

test('what is deleted takes along what refers to it without a search: every foreign key has an index', () => {
  const tables = database.query("select name from sqlite_master where type = 'table'").all() as { name: string }[];
  const missing = tables.flatMap(({ name }) => {
    const keys = database.query(`select "from" as field from pragma_foreign_key_list('${name}')`).all();
    const first = database
      .query(
        `select i.name as name from pragma_index_list('${name}') l, pragma_index_info(l.name) i where i.seqno = 0 and not l.partial`,
      )
      .all() as { name: string }[];
    // A primary key of one whole number is the row's own address.
    const own = database.query(`select name from pragma_table_info('${name}') where pk > 0`).all();
    const primary = (own as { name: string }[]).length === 1 ? (own as { name: string }[]) : [];
    const indexed = new Set([...first, ...primary].map((one) => one.name));
    return (keys as { field: string }[])
      .filter(({ field }) => !indexed.has(field))
      .map(({ field }) => `${name}.${field}`);
  });
  expect(missing).toEqual([]);
});

test('every list that can be asked for is asked for here as well, with every filter', async () => {
  const owner = await portal.given.owner();
  const caller = callerOf(portal.fetch, { authorization: `Bearer ${owner.token}` });
  const failed: string[] = [];
  for (const { method, path, hooks } of portal.http.app.routes as unknown as Route[]) {
    if (method !== 'GET' || !path.startsWith('/v1/')) continue;
    const filled = path.replace(/:(\w+)/g, '1');
    for (const query of ['', ...queriesOf(hooks.query)]) {
      const { status } = await caller.get(`${filled}${query}`);
      if (status === 500) failed.push(`${path}${query}`);
    }
  }
  expect(failed).toEqual([]);
  refuseWalks(newWalks(join(portal.dataDir, DATABASE_FILE)));
});

type Route = { method: string; path: string; hooks: { query?: { properties: Record<string, Schema> } } };
type Schema = { type?: string; enum?: string[]; anyOf?: { const?: string }[]; minimum?: number; format?: string };

/** Each parameter by itself, and all together. */
function queriesOf(query: Route['hooks']['query']): string[] {
  const filled = Object.entries(query?.properties ?? {}).map(([name, schema]) => `${name}=${sampleOf(schema)}`);
  return [...filled.map((one) => `?${one}`), `?${filled.join('&')}`];
}

function sampleOf({ type, enum: words, anyOf, minimum, format }: Schema): string {
  const [word] = words ?? anyOf?.flatMap((one) => one.const ?? []) ?? [];
  if (word !== undefined) return word;
  if (format === 'date-time') return '2026-01-01T00:00:00Z';
  return type === 'integer' ? String(Math.max(1, minimum ?? 1)) : 'abc';
}
