import { Database } from 'bun:sqlite';
import { describe, expect, test } from 'bun:test';
import { and, eq, gt, count as rowCount, sql } from 'drizzle-orm';
import { sqliteTable } from 'drizzle-orm/sqlite-core';
import { count, flag, identity, instant, json, text } from '../../src/db/columns.ts';
import { type Params, prepared } from '../../src/db/queries.ts';
import { compileQuery } from '../../src/db/sqlite/compiled-query.ts';
import { queriesOver } from '../../src/db/sqlite/sqlite.ts';

const things = sqliteTable('things', {
  id: identity(),
  name: text().notNull(),
  size: count(),
  isNew: flag('is_new').notNull(),
  extra: json<{ a: number } | null>('extra'),
  madeAt: instant('made_at').notNull(),
});
const parts = sqliteTable('parts', { id: identity(), thingId: count('thing_id').notNull() });

function opened() {
  const connection = new Database(':memory:', { strict: true });
  connection.run(
    'create table things (id integer primary key, name text not null, size integer, is_new integer not null, extra text, made_at integer not null) strict',
  );
  connection.run('create table parts (id integer primary key, thing_id integer not null) strict');
  const db = queriesOver(connection);
  return { connection, db };
}

const insert = prepared((db, p: Params<typeof things.$inferInsert>) =>
  db
    .insert(things)
    .values({ name: p.name, size: p.size, isNew: p.isNew, extra: p.extra, madeAt: p.madeAt } as never)
    .returning(),
);

describe('a hoisted query', () => {
  test('gives the rows that drizzle would, of every kind of column', async () => {
    const { db } = opened();
    const some = { name: 'é\u{1f600}', size: 7, isNew: true, extra: { a: 1 }, madeAt: 2 ** 52 };
    const none = { name: '', size: null, isNew: false, extra: null, madeAt: 0 };
    expect(await insert(db, some as never)).toEqual([{ id: 1, ...some }] as never);
    await insert(db, none as never);
    const all = db.select().from(things);
    expect(compileQuery(all.prepare())?.({})).toEqual(await all);
    expect((await all)[1]).toMatchObject({ id: 2, size: null, isNew: false });
  });

  test('takes its parameters by the column’s kind, and some twice', async () => {
    const { db } = opened();
    for (const isNew of [true, false]) await insert(db, { name: 'x', isNew, size: 1, extra: null, madeAt: 5 } as never);
    const find = prepared((db, p: Params<{ isNew: boolean; at: number }>) =>
      db
        .select({ id: things.id, later: sql<number>`${p.at} + 1`.mapWith(Number), total: rowCount() })
        .from(things)
        .where(and(eq(things.isNew, p.isNew), gt(things.madeAt, p.at))),
    );
    expect(await find(db, { isNew: false, at: 4 })).toEqual([{ id: 2, later: 5, total: 1 }]);
    await expect(find(db, { isNew: false } as never)).rejects.toThrow('No value for the placeholder "at"');
  });

  test('whose rows hold rows gives them as drizzle would, null for the missing side of a join', async () => {
    const { db } = opened();
    const thing = { size: null, isNew: true, extra: { a: 1 }, madeAt: 5 };
    for (const name of ['whole', 'bare']) await insert(db, { ...thing, name } as never);
    await db.insert(parts).values({ thingId: 1 }).returning();
    const shapes = [
      db.select({ thing: things, part: parts }).from(things).leftJoin(parts, eq(parts.thingId, things.id)),
      db.select().from(parts).rightJoin(things, eq(parts.thingId, things.id)),
      db.select().from(things).innerJoin(parts, eq(parts.thingId, things.id)),
      db
        .select({ name: things.name, part: { twice: sql<number>`${parts.id} * 2`, id: parts.id } })
        .from(things)
        .leftJoin(parts, eq(parts.thingId, things.id)),
      db
        .select({ mixed: { part: parts.id, name: things.name }, size: { value: things.size, isNew: things.isNew } })
        .from(things)
        .leftJoin(parts, eq(parts.thingId, things.id)),
    ];
    for (const shape of shapes) expect(compileQuery(shape.prepare())?.({})).toEqual((await shape) as never);
    expect(compileQuery(shapes[0]?.prepare() ?? {})?.({})).toEqual([
      { thing: { id: 1, name: 'whole', ...thing }, part: { id: 1, thingId: 1 } },
      { thing: { id: 2, name: 'bare', ...thing }, part: null },
    ]);
  });

  test('that writes and returns nothing gives no rows', async () => {
    const { db } = opened();
    const add = prepared((db, p: Params<{ thingId: number }>) => db.insert(parts).values({ thingId: p.thingId }));
    expect(await add(db, { thingId: 7 })).toEqual([] as never);
    expect(await db.select().from(parts)).toEqual([{ id: 1, thingId: 7 }]);
  });

  test('names what it reads as its author does, whatever the name', async () => {
    const { db } = opened();
    await db.insert(parts).values({ thingId: 7 }).returning();
    const odd = db.select({ '"': parts.thingId, 'a b': { "'\n`${x}": parts.id } }).from(parts);
    expect(compileQuery(odd.prepare())?.({})).toEqual(await odd);
  });

  test('whose rows are deeper is left to drizzle', () => {
    const { db } = opened();
    const deep = db.select({ a: { b: { name: things.name } } as never }).from(things);
    expect(compileQuery(deep.prepare())).toBeUndefined();
  });

  test('is compiled once, as SQLite never sees a bare parameter while it plans', () => {
    const { db } = opened();
    const query = db.select().from(things).where(eq(things.id, 7)).limit(2);
    expect(query.toSQL().sql).toEndWith('where "things"."id" = +? limit +?');
  });

  test('that fails is rejected, and runs again', async () => {
    const { connection, db } = opened();
    connection.run('create unique index one_name on things (name)');
    const row = { name: 'x', isNew: true, size: 1, extra: null, madeAt: 5 } as never;
    await insert(db, row);
    await expect(insert(db, row)).rejects.toThrow('UNIQUE');
    expect(await insert(db, { ...(row as object), name: 'y' } as never)).toMatchObject([{ name: 'y' }]);
  });
});
