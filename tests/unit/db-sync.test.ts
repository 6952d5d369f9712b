import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { mkdtempSync, rmSync, statSync, truncateSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { count, table, text } from '../../src/db/columns.ts';
import type { Queries } from '../../src/db/queries.ts';
import { LogSync } from '../../src/db/sqlite/log-sync.ts';
import { openSqlite, openSqliteReader, sqliteEngine } from '../../src/db/sqlite/sqlite.ts';
import { Units } from '../../src/db/units.ts';
import { turn } from '../support/waiting.ts';

const notes = table('notes', { id: count().primaryKey(), body: text().notNull() });

type Event = { name: string };

let folder: string;
let path: string;
let reader: ReturnType<typeof openSqliteReader>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portal-sync-'));
  path = join(folder, 'test.db');
  const connection = openSqlite(path);
  connection.run('create table notes (id integer primary key, body text not null) strict');
  connection.close();
  reader = openSqliteReader(path);
});
afterEach(() => {
  reader.connection.close();
  rmSync(folder, { recursive: true });
});

const write = (db: Queries, id: number) => db.insert(notes).values({ id, body: 'x' }).returning();
const kept = async () => (await reader.db.select().from(notes)).map(({ id }) => id);

/** Units whose syncs the test lets through, one by one. */
function given() {
  const syncs: PromiseWithResolvers<void>[] = [];
  const steps: string[] = [];
  const ran: number[] = [];
  const failures: unknown[] = [];
  let begun = Promise.withResolvers<void>();
  const sync = () => {
    const one = Promise.withResolvers<void>();
    syncs.push(one);
    begun.resolve();
    return one.promise;
  };
  const units = new Units<Event>({
    engine: sqliteEngine(path, { sync }),
    dispatch: ({ name }) => void steps.push(`event ${name}`),
    onFailure: (error) => void failures.push(error),
  });
  const note = (id: number) =>
    units
      .run('note', async ({ db, emit }) => {
        await write(db, id);
        ran.push(id);
        emit({ name: String(id) });
      })
      .then(() => void steps.push(`result ${id}`));

  /** The next sync that is asked for. */
  async function nextSync() {
    if (syncs.length === 0) await begun.promise;
    begun = Promise.withResolvers();
    return syncs.shift() as PromiseWithResolvers<void>;
  }

  return { units, ran, steps, failures, syncs, note, nextSync };
}

describe('a unit that has written', () => {
  test('has no result and tells nothing before it is on disk; what it wrote can be read', async () => {
    const { units, steps, note, nextSync } = given();
    const noted = note(1);
    const sync = await nextSync();
    await turn();
    expect(await kept()).toEqual([1]);
    expect([steps, units.pending]).toEqual([[], 1]);
    sync.resolve();
    await noted;
    expect([steps, units.pending]).toEqual([['event 1', 'result 1'], 0]);
    await units.close();
  });

  test('holds up no other: those that come meanwhile run, and share the next commit and sync', async () => {
    const { units, ran, steps, syncs, note, nextSync } = given();
    const first = note(1);
    const sync = await nextSync();
    const others = [];
    for (const id of [2, 3, 4]) {
      others.push(note(id));
      await turn();
      await turn();
    }
    expect([ran, steps, syncs]).toEqual([[1, 2, 3, 4], [], []]);
    sync.resolve();
    await first;
    const second = await nextSync();
    expect(steps).toEqual(['event 1', 'result 1']);
    expect(await kept()).toEqual([1, 2, 3, 4]);
    second.resolve();
    await Promise.all(others);
    expect(steps.filter((step) => step.startsWith('event'))).toEqual(['event 1', 'event 2', 'event 3', 'event 4']);
    expect(syncs).toEqual([]);
    await units.close();
  });

  test('is waited for when the units are closed', async () => {
    const { units, steps, note, nextSync } = given();
    const noted = note(1);
    const sync = await nextSync();
    const closed = units.close().then(() => steps.push('closed'));
    await turn();
    sync.resolve();
    await Promise.all([noted, closed]);
    expect(steps).toEqual(['event 1', 'result 1', 'closed']);
  });
});

describe('a unit that has written nothing', () => {
  test('needs no sync', async () => {
    const { units, syncs } = given();
    expect(await units.run('look', ({ db }) => db.select().from(notes))).toEqual([]);
    expect(syncs).toEqual([]);
    await units.close();
  });

  test('has its result after those whose writing it may have read', async () => {
    const { units, steps, syncs, note, nextSync } = given();
    const noted = note(1);
    const sync = await nextSync();
    const looked = units
      .run('look', ({ db }) => db.select().from(notes))
      .then((rows) => void steps.push(`saw ${rows.length}`));
    await turn();
    await turn();
    expect(steps).toEqual([]);
    sync.resolve();
    await Promise.all([noted, looked]);
    expect(steps).toEqual(['event 1', 'result 1', 'saw 1']);
    expect(syncs).toEqual([]);
    await units.close();
  });
});

test('after a failed sync nothing is acknowledged any more: not what waited for it, not what waits behind it, not what comes', async () => {
  const { units, steps, failures, syncs, note, nextSync } = given();
  const first = note(1);
  const sync = await nextSync();
  const behind = note(2);
  await turn();
  await turn();
  sync.reject(new Error('EIO'));
  const sentences = await Promise.all(
    [first, behind, note(3)].map((one) => one.catch(({ message }: Error) => message)),
  );
  expect(new Set(sentences)).toEqual(new Set(['The database cannot be brought to the disk, so the server stops']));
  expect(failures).toEqual([new Error('EIO')]);
  expect([steps, syncs, units.pending]).toEqual([[], [], 0]);
  await units.close();
});

describe('the log', () => {
  test('is synced where SQLite writes: from its start, after a restart, and when it is another file', async () => {
    const log = new LogSync(path);
    const writer = openSqlite(path);
    const add = () => writer.run("insert into notes (body) values ('x')");
    add();
    await log.run();
    writer.run('pragma wal_checkpoint(truncate)');
    expect(statSync(`${path}-wal`).size).toBe(0);
    await log.run();
    add();
    await log.run();
    unlinkSync(`${path}-wal`);
    await expect(async () => log.run()).toThrow('ENOENT');
    await Bun.write(`${path}-wal`, 'another');
    await log.run();
    log.close();
    truncateSync(`${path}-wal`);
    writer.close();
  });
});
