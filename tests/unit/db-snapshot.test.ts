import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eq, sql } from 'drizzle-orm';
import { sqliteTable } from 'drizzle-orm/sqlite-core';
import { count, text } from '../../src/db/columns.ts';
import { type Params, prepared, type Queries } from '../../src/db/queries.ts';
import { Checkpointer } from '../../src/db/sqlite/checkpointer.ts';
import {
  foldLog,
  openSnapshotReader,
  openSqlite,
  type SnapshotReader,
  sqliteEngine,
} from '../../src/db/sqlite/sqlite.ts';
import { Units } from '../../src/db/units.ts';
import { turn } from '../support/waiting.ts';

const notes = sqliteTable('notes', { id: count().primaryKey(), body: text().notNull() });
const bodyOf = prepared((db, p: Params<{ id: number }>) =>
  db.select({ body: notes.body }).from(notes).where(eq(notes.id, p.id)),
);
const write = (db: Queries, id: number, body: string) =>
  db.insert(notes).values({ id, body }).onConflictDoUpdate({ target: notes.id, set: { body } }).returning();

let folder: string;
let path: string;
let reader: SnapshotReader;
let seenByListener: string[];
let units: Units<number>;

/** With a hoisted query and with an ad-hoc one: both must see the same. */
async function read(id = 1): Promise<string | undefined> {
  const [hoisted] = await bodyOf(reader.db, { id });
  const [made] = await reader.db.select().from(notes).where(eq(notes.id, id));
  expect(made?.body).toBe(hoisted?.body as string);
  return hoisted?.body;
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portal-snapshot-'));
  path = join(folder, 'test.db');
  const connection = openSqlite(path);
  connection.run('create table notes (id integer primary key, body text not null) strict');
  connection.close();
  reader = openSnapshotReader(path);
  seenByListener = [];
  units = new Units<number>({
    engine: sqliteEngine(path, { beforeCommit: reader.letGo }),
    dispatch: (id) => void bodyOf(reader.db, { id }).then(([row]) => seenByListener.push(row?.body ?? 'nothing')),
  });
});
afterEach(async () => {
  await units.close();
  reader.close();
  rmSync(folder, { recursive: true });
});

describe('what is read after a unit of work', () => {
  test('is what the unit wrote, each time', async () => {
    expect(await read()).toBeUndefined();
    for (let turn = 0; turn < 200; turn++) {
      await units.run('write', ({ db }) => write(db, 1, `text ${turn}`));
      expect(await read()).toBe(`text ${turn}`);
    }
  });

  test('is what the unit wrote also for those who are told of it', async () => {
    await units.run('write', async ({ db, emit }) => {
      await write(db, 1, 'old');
      emit(1);
    });
    await read();
    await units.run('write', async ({ db, emit }) => {
      await write(db, 1, 'new');
      emit(1);
    });
    expect(seenByListener).toEqual(['old', 'new']);
  });

  test('is what was there before, while it runs and when it fails', async () => {
    await units.run('write', ({ db }) => write(db, 1, 'kept'));
    const failing = units.run('write', async ({ db }) => {
      await write(db, 1, 'lost');
      expect(await read()).toBe('kept');
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await read()).toBe('kept');
  });

  test('is what the unit wrote, whoever reads meanwhile', async () => {
    let isDone = false;
    const readers = Array.from({ length: 4 }, async () => {
      let last = -1;
      while (!isDone) {
        const now = Number((await read()) ?? -1);
        expect(now).toBeGreaterThanOrEqual(last);
        last = now;
        await turn();
      }
    });
    const writers = Array.from({ length: 300 }, async (_, turn) => {
      await units.run('write', ({ db }) => write(db, 1, String(turn)));
      expect(Number(await read())).toBeGreaterThanOrEqual(turn);
    });
    await Promise.all(writers);
    isDone = true;
    await Promise.all(readers);
  });

  test('is right after a query that failed, too', async () => {
    await units.run('write', ({ db }) => write(db, 1, 'old'));
    expect(() => reader.db.select({ broken: sql`json_extract('{', '$')` }).from(notes).all()).toThrow();
    expect(await read()).toBe('old');
    await units.run('write', ({ db }) => write(db, 1, 'new'));
    expect(await read()).toBe('new');
  });
});

describe('the log', () => {
  test('starts anew, however much is read between and during the writing', async () => {
    const body = 'x'.repeat(20_000);
    for (let turn = 0; turn < 1500; turn++) {
      await read();
      await units.run('write', async ({ db }) => {
        await write(db, turn % 50, body + turn);
        await read();
      });
    }
    // 1,500 times 20 kB are 30 MB; SQLite folds it after 4.
    expect(statSync(`${path}-wal`).size).toBeLessThan(6_000_000);
  });

  test('is folded by a thread of its own, which neither loses nor reorders anything', async () => {
    await units.close();
    const errors: Error[] = [];
    const checkpointer = new Checkpointer({ path, letGo: reader.letGo, onError: (error) => void errors.push(error) });
    units = new Units<number>({
      engine: sqliteEngine(path, { beforeCommit: reader.letGo, checkpointer }),
      dispatch: () => {},
    });
    const body = 'x'.repeat(20_000);
    for (let round = 0; round < 30; round++) {
      const writes = Array.from({ length: 100 }, (_, id) =>
        units.run('write', ({ db }) => write(db, id, body + round)),
      );
      await Promise.all(writes);
      expect(await read(99)).toBe(body + round);
    }
    expect(errors).toEqual([]);
    // 3,000 times 20 kB are 60 MB; it is folded after 8.
    expect(statSync(`${path}-wal`).size).toBeLessThan(30_000_000);
    await units.close();
    await checkpointer.close();
    reader.close();
    foldLog(path);
    const connection = openSqlite(path);
    expect(connection.query('pragma integrity_check').values()).toEqual([['ok']]);
    expect(connection.query('select distinct substr(body, 20001) from notes').values()).toEqual([['29']]);
    connection.close();
    reader = openSnapshotReader(path);
  });

  test('can be folded once the reader is closed', async () => {
    await units.run('write', ({ db }) => write(db, 1, 'x'.repeat(10_000)));
    await read();
    await units.close();
    reader.close();
    foldLog(path);
    expect(statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0).toBe(0);
    reader = openSnapshotReader(path);
  });
});
