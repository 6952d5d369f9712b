import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eq, sql } from 'drizzle-orm';
import { sqliteTable } from 'drizzle-orm/sqlite-core';
import { count, text } from '../../src/db/columns.ts';
import type { Engine } from '../../src/db/engine.ts';
import type { Queries } from '../../src/db/queries.ts';
import { openSqlite, openSqliteReader, sqliteEngine } from '../../src/db/sqlite/sqlite.ts';
import { Units, UnitTimeout } from '../../src/db/units.ts';
import { turn } from '../support/waiting.ts';

const notes = sqliteTable('notes', { id: count().primaryKey(), body: text().notNull() });
const counters = sqliteTable('counters', { name: text().primaryKey(), value: count().notNull() });

type Event = { name: string };

let folder: string;
let path: string;
let reader: ReturnType<typeof openSqliteReader>;
let told: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portal-units-'));
  path = join(folder, 'test.db');
  const connection = openSqlite(path);
  connection.run('create table notes (id integer primary key, body text not null) strict');
  connection.run('create table counters (name text primary key, value integer not null) strict');
  connection.close();
  reader = openSqliteReader(path);
  told = [];
});
afterEach(() => {
  reader.connection.close();
  rmSync(folder, { recursive: true });
});

type Options = { engine?: Engine; timeoutMs?: number; waitMs?: number; onProblem?: (sentence: string) => void };

function unitsWith(options: Options = {}) {
  return new Units<Event>({ engine: sqliteEngine(path), dispatch: ({ name }) => void told.push(name), ...options });
}

/** SQLite that notes each statement of the unit itself. */
function watched(steps: string[]): Engine {
  const real = sqliteEngine(path);
  return {
    ...real,
    async open() {
      const lane = await real.open();
      const run = (statement: string) => {
        steps.push(statement);
        return lane.run(statement);
      };
      return { ...lane, run };
    },
  };
}

const write = (db: Queries, id: number, body = 'x') => db.insert(notes).values({ id, body }).returning();
const kept = async () => (await reader.db.select().from(notes)).map(({ id }) => id);

async function bump(db: Queries): Promise<number> {
  const [row] = await db
    .insert(counters)
    .values({ name: 'n', value: 1 })
    .onConflictDoUpdate({ target: counters.name, set: { value: sql`${counters.value} + 1` } })
    .returning();
  return row?.value ?? 0;
}

describe('a unit of work', () => {
  test('is kept as a whole and gives its result back', async () => {
    const units = unitsWith();
    const result = await units.run('two notes', async ({ db }) => {
      await write(db, 1);
      await turn();
      await write(db, 2);
      return 'done';
    });
    expect(result).toBe('done');
    expect(await kept()).toEqual([1, 2]);
    await units.close();
  });

  test('is undone as a whole when it fails after having waited', async () => {
    const units = unitsWith();
    const failing = units.run('fails late', async ({ db }) => {
      await write(db, 1);
      await turn();
      await write(db, 2);
      await turn();
      throw new Error('changed my mind');
    });
    expect(failing).rejects.toThrow('changed my mind');
    await failing.catch(() => undefined);
    expect(await kept()).toEqual([]);
    await units.run('the next', ({ db }) => write(db, 3));
    expect(await kept()).toEqual([3]);
    await units.close();
  });

  test('is undone when the database refuses a write in it', async () => {
    const units = unitsWith();
    const failing = units.run('conflict', async ({ db }) => {
      await write(db, 1);
      await write(db, 1);
    });
    const error = await failing.catch((thrown: Error) => thrown);
    expect(error).toBeInstanceOf(Error);
    expect(await kept()).toEqual([]);
    await units.close();
  });

  test('is seen by others only once it is committed', async () => {
    const units = unitsWith();
    await units.run('unseen', async ({ db }) => {
      await write(db, 1);
      await turn();
      expect(await kept()).toEqual([]);
      expect(await db.select().from(notes)).toHaveLength(1);
    });
    expect(await kept()).toEqual([1]);
    await units.close();
  });

  test('started within another one is refused by name, and the outer one fails whole', async () => {
    const units = unitsWith();
    const nested = units.run('outer', async ({ db }) => {
      await write(db, 1);
      await units.run('inner', ({ db: other }) => write(other, 2));
    });
    expect(nested).rejects.toThrow('unit of work "inner" started inside "outer"');
    await nested.catch(() => undefined);
    expect(await kept()).toEqual([]);
    await units.close();
  });

  test('may be started by what an earlier one left running behind it', async () => {
    const units = unitsWith();
    let later: Promise<unknown> = Promise.resolve();
    await units.run('first', async () => {
      later = turn()
        .then(turn)
        .then(() => units.run('later', ({ db }) => write(db, 1)));
    });
    await later;
    expect(await kept()).toEqual([1]);
    await units.close();
  });
});

describe('events', () => {
  test('go out after the commit, in their order', async () => {
    const seen: number[][] = [];
    const units = new Units<Event>({
      engine: sqliteEngine(path),
      dispatch: ({ name }) => {
        told.push(name);
        seen.push(reader.connection.query('select id from notes').values().flat() as number[]);
      },
    });
    await units.run('tells', async ({ db, emit }) => {
      emit({ name: 'first' });
      await write(db, 1);
      await turn();
      emit({ name: 'second' });
      expect(told).toEqual([]);
    });
    expect(told).toEqual(['first', 'second']);
    expect(seen).toEqual([[1], [1]]);
    await units.close();
  });

  test('of a failed unit do not go out', async () => {
    const units = unitsWith();
    await units
      .run('fails', async ({ emit }) => {
        emit({ name: 'never' });
        await turn();
        throw new Error('no');
      })
      .catch(() => undefined);
    expect(told).toEqual([]);
    await units.close();
  });

  test('of many units go out in the order of the commits', async () => {
    const units = unitsWith();
    await Promise.all(
      Array.from({ length: 30 }, (_, number) =>
        units.run(`unit ${number}`, async ({ db, emit }) => {
          if (number % 3 === 0) await turn();
          emit({ name: String(await bump(db)) });
        }),
      ),
    );
    expect(told).toEqual(Array.from({ length: 30 }, (_, number) => String(number + 1)));
    await units.close();
  });
});

describe('many units at once', () => {
  test('never run into each other, however they wait within', async () => {
    const units = unitsWith();
    let running = 0;
    const reads = await Promise.all(
      Array.from({ length: 50 }, (_, number) =>
        units.run(`unit ${number}`, async ({ db }) => {
          expect(++running).toBe(1);
          const [before] = await db.select().from(counters).where(eq(counters.name, 'n'));
          for (let step = 0; step < number % 4; step++) await turn();
          const after = await bump(db);
          expect(after).toBe((before?.value ?? 0) + 1);
          running--;
          return after;
        }),
      ),
    );
    expect(new Set(reads).size).toBe(50);
    expect((await reader.db.select().from(counters))[0]?.value).toBe(50);
    await units.close();
  });

  test('of which some fail keep exactly the others', async () => {
    const units = unitsWith();
    const results = await Promise.allSettled(
      Array.from({ length: 50 }, (_, number) =>
        units.run(`unit ${number}`, async ({ db, emit }) => {
          await write(db, number);
          emit({ name: String(number) });
          await turn();
          if (number % 2 === 1) throw new Error('odd');
        }),
      ),
    );
    const even = Array.from({ length: 25 }, (_, index) => index * 2);
    expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(25);
    expect(await kept()).toEqual(even);
    expect(told).toEqual(even.map(String));
    await units.close();
  });

  test('share a commit: none has its result and none of its events go out before', async () => {
    const steps: string[] = [];
    const units = unitsWith({ engine: watched(steps) });
    const all = [1, 2, 3].map((id) =>
      units
        .run('note', async ({ db, emit }) => {
          await write(db, id);
          emit({ name: String(id) });
          expect(told).toEqual([]);
        })
        .then(() => steps.push(`result ${id}`)),
    );
    await Promise.all(all);
    expect(steps.filter((step) => !step.includes('unit'))).toEqual([
      'begin immediate',
      'commit',
      'result 1',
      'result 2',
      'result 3',
    ]);
    expect(told).toEqual(['1', '2', '3']);
    expect(await kept()).toEqual([1, 2, 3]);
    await units.close();
  });

  test('share a commit when the one comes in a moment after the other, within a turn of the event loop', async () => {
    const steps: string[] = [];
    const units = unitsWith({ engine: watched(steps) });
    const first = units.run('first', ({ db }) => write(db, 1));
    for (let tick = 0; tick < 100; tick++) await Promise.resolve();
    await Promise.all([first, units.run('second', ({ db }) => write(db, 2))]);
    expect(steps.filter((step) => step === 'commit')).toHaveLength(1);
    await units.run('later', ({ db }) => write(db, 3));
    expect(steps.filter((step) => step === 'commit')).toHaveLength(2);
    await units.close();
  });

  test('of which the last is refused by the database keep the others', async () => {
    const units = unitsWith();
    const results = await Promise.allSettled([
      units.run('first', ({ db }) => write(db, 1)),
      units.run('second', ({ db }) => write(db, 2)),
      units.run('same again', async ({ db }) => {
        await write(db, 3);
        await write(db, 1);
      }),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    expect(await kept()).toEqual([1, 2]);
    await units.close();
  });

  test('that check before they write take no savepoint, and leave the others alone when a check fails', async () => {
    const steps: string[] = [];
    const units = unitsWith({ engine: watched(steps) });
    const checked = (id: number) =>
      units.run(
        'checked',
        async ({ db }) => {
          if (id === 2) throw new Error('no');
          await write(db, id);
        },
        { checksFirst: true },
      );
    const results = await Promise.allSettled([1, 2, 3].map(checked));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(steps).toEqual(['begin immediate', 'commit']);
    expect(await kept()).toEqual([1, 3]);
    await units.close();
  });

  test('of which one fails after writing although it promised not to are done again without it', async () => {
    const units = unitsWith();
    const results = await Promise.allSettled([
      units.run('first', async ({ db, emit }) => {
        await write(db, 1);
        emit({ name: '1' });
      }),
      units.run(
        'breaks its promise',
        async ({ db }) => {
          await write(db, 2);
          throw new Error('no');
        },
        { checksFirst: true },
      ),
      units.run('last', ({ db }) => write(db, 3)),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect((await kept()).sort()).toEqual([1, 3]);
    expect(told).toEqual(['1']);
    await units.close();
  });

  test('leave the event loop its turns', async () => {
    const units = unitsWith();
    let turns = 0;
    let isDone = false;
    const loop = (async () => {
      while (!isDone) {
        turns++;
        await turn();
      }
    })();
    await Promise.all(Array.from({ length: 3000 }, (_, id) => units.run('note', ({ db }) => write(db, id))));
    isDone = true;
    await loop;
    expect(turns).toBeGreaterThan(3);
    await units.close();
  });

  test('are counted while they run or wait', async () => {
    const units = unitsWith();
    const all = [1, 2, 3].map((id) => units.run('note', ({ db }) => write(db, id)));
    expect(units.pending).toBe(3);
    await Promise.all(all);
    expect(units.pending).toBe(0);
    await units.close();
  });
});

describe('a unit that takes too long', () => {
  test('fails, is undone, and what it still does reaches no other unit', async () => {
    const units = unitsWith({ timeoutMs: 500 });
    let goOn = () => {};
    const waiting = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    let late: Promise<unknown> = Promise.resolve();
    const slow = units.run('slow', async ({ db, emit }) => {
      await write(db, 1);
      emit({ name: 'never' });
      late = waiting.then(() => write(db, 99));
      await late;
    });
    const error = await slow.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UnitTimeout);
    expect(String(error)).toContain('"slow"');

    const next = units.run('next', async ({ db }) => {
      await write(db, 2);
      goOn();
      await late.catch(() => undefined);
      await turn();
      await write(db, 3);
    });
    await next;

    expect(await late.then(() => 'written').catch(() => 'refused')).toBe('refused');
    expect(await kept()).toEqual([2, 3]);
    expect(told).toEqual([]);
    await units.close();
  });

  test('is undone alone: the units that it shared a commit with are done again', async () => {
    const units = unitsWith({ timeoutMs: 500 });
    const one = units.run('one', async ({ db, emit }) => {
      await write(db, 1);
      emit({ name: 'one' });
      return 'kept';
    });
    const slow = units.run('slow', async ({ db }) => {
      await write(db, 2);
      await new Promise(() => {});
    });
    expect(await slow.catch((thrown: unknown) => thrown)).toBeInstanceOf(UnitTimeout);
    expect(await one).toBe('kept');
    expect(await kept()).toEqual([1]);
    expect(told).toEqual(['one']);
    await units.close();
  });

  test('makes who waits for its turn fail in time, and not for ever after', async () => {
    const units = unitsWith({ waitMs: 200 });
    let release = () => {};
    const held = units.run('holds', () => new Promise<void>((resolve) => (release = resolve)));
    const waiting = await units.run('waits', ({ db }) => write(db, 1)).catch((thrown: unknown) => thrown);
    expect(waiting).toBeInstanceOf(UnitTimeout);
    release();
    await held;
    expect(units.pending).toBe(0);
    await units.run('fine', ({ db }) => write(db, 2));
    expect(await kept()).toEqual([2]);
    await units.close();
  });
});

describe('errors that are nobody’s fault', () => {
  function flaky(failures: number): Engine {
    let left = failures;
    const real = sqliteEngine(path);
    return { ...real, mayRetry: (error) => error instanceof Error && error.message === 'busy' && left-- > 0 };
  }

  test('are tried again, events and writes of the failed tries are gone', async () => {
    const units = unitsWith({ engine: flaky(2) });
    let tries = 0;
    await units.run('third time', async ({ db, emit }) => {
      tries++;
      await write(db, tries);
      emit({ name: `try ${tries}` });
      if (tries < 3) throw new Error('busy');
    });
    expect(await kept()).toEqual([3]);
    expect(told).toEqual(['try 3']);
    await units.close();
  });

  test('are given up after five tries; others are not tried again at all', async () => {
    const units = unitsWith({ engine: flaky(99) });
    let tries = 0;
    const always = units.run('busy', async () => {
      tries++;
      throw new Error('busy');
    });
    expect((await always.catch((error: Error) => error)) as Error).toHaveProperty('message', 'busy');
    expect(tries).toBe(5);
    tries = 0;
    await units
      .run('broken', async () => {
        tries++;
        throw new Error('broken');
      })
      .catch(() => undefined);
    expect(tries).toBe(1);
    await units.close();
  });
});

describe('closing', () => {
  test('waits for what runs and waits, and refuses what comes later', async () => {
    const units = unitsWith();
    const running = [1, 2, 3].map((id) =>
      units.run('note', async ({ db }) => {
        await turn();
        await write(db, id);
      }),
    );
    const closed = units.close();
    const late = await units.run('late', ({ db }) => write(db, 9)).catch((error: Error) => error);
    await closed;
    await Promise.all(running);
    expect(late).toMatchObject({ errorCode: 'ERR_UNAVAILABLE', message: 'The server is stopping' });
    expect(await kept()).toEqual([1, 2, 3]);
  });
});

test('the reading connection cannot write', () => {
  expect(() => reader.connection.run("insert into notes values (1, 'x')")).toThrow(/readonly/i);
});

describe('a disk that is full', () => {
  const large = (db: Queries, id: number) => write(db, id, 'x'.repeat(200_000));

  test('fails what writes with a sentence and 503, keeps the others, and is over when something is written again', async () => {
    const problems: string[] = [];
    const units = unitsWith({ onProblem: (sentence) => void problems.push(sentence) });
    const limit = (pages: number) =>
      units.run('given', async ({ db }) => {
        (db as unknown as { run(query: unknown): unknown }).run(sql.raw(`pragma max_page_count = ${pages}`));
      });
    await limit(20);
    const results = await Promise.allSettled([
      units.run('small', ({ db }) => write(db, 1)),
      units.run('large', ({ db }) => large(db, 2)),
      units.run('look', ({ db }) => db.select().from(notes)),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    const sentence = 'The disk is full: nothing can be saved until there is room';
    expect(results[1]).toMatchObject({ reason: { status: 503, errorCode: 'ERR_UNAVAILABLE', message: sentence } });
    expect(problems).toEqual([sentence]);
    await units.run('large', ({ db }) => large(db, 3)).catch(() => undefined);
    expect(units.problem).toBe(sentence);
    await limit(1000);
    await units.run('large', ({ db }) => large(db, 4));
    expect(units.problem).toBeUndefined();
    expect(await kept()).toEqual([1, 4]);
    await units.close();
  });
});

test('while another process holds the lock, a unit waits for it and the event loop goes on', async () => {
  const units = unitsWith();
  const other = openSqlite(path);
  other.run('begin immediate');
  let isDone = false;
  const writing = units
    .run('write', async ({ db }) => {
      await db.insert(notes).values({ id: 1, body: 'late' });
    })
    .then(() => {
      isDone = true;
    });
  for (let turns = 0; turns < 20; turns++) await turn();
  expect(isDone).toBe(false);
  other.run('commit');
  await writing;
  other.close();
  await units.close();
  expect(await reader.db.select().from(notes)).toEqual([{ id: 1, body: 'late' }]);
});
