import { describe, expect, test } from 'bun:test';
import { PortalError } from '../../src/client/errors.ts';
import { Signal } from '../../src/client/link/signal.ts';
import { DEFAULT_TIMING } from '../../src/client/link/timing.ts';
import { HistorySync, type Stretch } from '../../src/client/room/history-sync.ts';
import { compareMessageIds } from '../../src/client/room/message-id.ts';
import type { HistoryEntry, HistoryQuery } from '../../src/client/wire.ts';
import { PATIENCE_MS } from '../support/waiting.ts';

const entry = (at: number, previous: number | null = at - 1) =>
  ({ id: `1-${at}`, prev_id: previous === null ? null : `1-${previous}` }) as HistoryEntry;
const entries = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => entry(from + at));

/** A HistorySync whose pages the test answers. `repairDelayMs` is 0: a gap is requested in the next turn. */
function sync() {
  const released: string[] = [];
  const errors: unknown[] = [];
  const stretches: Stretch[] = [];
  const queries: HistoryQuery[] = [];
  const refusals: ((error: unknown) => void)[] = [];
  const asked: ((page: HistoryEntry[]) => void)[] = [];
  const signal = new Signal();
  const history = new HistorySync({
    fetchPage: (query) =>
      new Promise((resolve, reject) => {
        asked.push(resolve);
        refusals.push(reject);
        queries.push(query);
        signal.notify();
      }),
    // As a room's log does: known messages are not emitted again.
    release: (list) => {
      for (const { id } of list) if (!released.includes(id)) released.push(id);
      signal.notify();
    },
    back(upTo, count) {
      const known = released.filter((id) => compareMessageIds(id, upTo) <= 0);
      return known.at(-1 - count) ?? known[0];
    },
    reconcile: (stretch) => stretches.push(stretch),
    onError: (error) => errors.push(error),
    timing: { ...DEFAULT_TIMING, repairDelayMs: 0 },
  });
  /** Waits for the next request and answers it. */
  const answer = async (page: HistoryEntry[]) => {
    expect(await signal.until(() => asked.length > 0, PATIENCE_MS)).toBe(true);
    asked.shift()?.(page);
    refusals.shift();
  };
  const fail = async (error: unknown) => {
    expect(await signal.until(() => asked.length > 0, PATIENCE_MS)).toBe(true);
    asked.shift();
    refusals.shift()?.(error);
  };
  const untilReleased = async (...numbers: number[]) => {
    await signal.until(() => released.length >= numbers.length, PATIENCE_MS);
    expect(released).toEqual(ids(...numbers));
  };
  return { history, released, stretches, errors, asked, queries, answer, fail, untilReleased };
}

const ids = (...numbers: number[]) => numbers.map((at) => `1-${at}`);

describe('making the history whole', () => {
  test('in a chat loaded empty, a first message that has one before it asks for that', async () => {
    const { history, released, answer, untilReleased } = sync();
    const loading = history.loadLatest(100);
    await answer([]);
    await loading;
    history.take(entry(2));
    expect(released).toEqual([]);
    await answer(entries(1, 2));
    await untilReleased(1, 2);
  });

  test('what is told while a page is on its way is held, and a hole behind the page is seen', async () => {
    const { history, released, answer, asked, untilReleased } = sync();
    const loading = history.loadLatest(100);
    history.take(entry(3));
    history.take(entry(6));
    expect(released).toEqual([]);
    await answer(entries(1, 4));
    await loading;
    expect(released).toEqual(ids(1, 2, 3, 4));
    await answer(entries(1, 6));
    await untilReleased(1, 2, 3, 4, 5, 6);
    expect(asked).toEqual([]);
  });

  test('a page that was asked for before a clearing does not come back after it', async () => {
    const { history, released, answer } = sync();
    const loading = history.loadLatest(100);
    history.clear();
    await answer(entries(1, 3));
    await answer([entry(4, null)]);
    await loading;
    expect(released).toEqual(ids(4));

    const mending = history.catchUp();
    history.clear();
    await answer(entries(5, 6));
    await answer([entry(7, null)]);
    await mending;
    expect(released).toEqual(ids(4, 7));

    const older = history.loadOlder('1-4', 10);
    history.clear();
    await answer(entries(1, 3));
    expect(await older).toEqual([]);
  });

  test('catching up while another repair runs asks once more after it: its page may be from before the loss', async () => {
    const { history, released, answer } = sync();
    history.take(entry(1, null));
    const [first, second] = [history.catchUp(), history.catchUp()];
    await answer([entry(1)]);
    await first;
    await answer(entries(1, 3));
    await second;
    expect(released).toEqual(ids(1, 2, 3));
  });

  test('a message deleted while it is fetched stays deleted', async () => {
    const { history, released, answer } = sync();
    history.take(entry(1, null));
    history.take(entry(4));
    history.forget(['1-3', '1-4']);
    const mending = history.catchUp();
    await answer(entries(1, 5));
    await mending;
    history.take(entry(3));
    expect(released).toEqual(ids(1, 2, 5));
  });

  test('a gap that the history does not know of either holds nothing up for ever', async () => {
    const { history, answer, asked, untilReleased } = sync();
    history.take(entry(1, null));
    history.take(entry(9, 8));
    await answer([entry(1)]);
    await untilReleased(1, 9);
    history.take(entry(10));
    await untilReleased(1, 9, 10);
    expect(asked).toEqual([]);
  });

  test('a stopped one asks and tells nothing more', async () => {
    const { history, released, asked, answer, errors } = sync();
    history.take(entry(1, null));
    const mending = history.catchUp();
    history.stop();
    await answer(entries(1, 2));
    await mending;
    history.take(entry(3));
    await history.catchUp();
    expect([released, asked, errors]).toEqual([ids(1), [], []]);
  });
});

describe('looking again', () => {
  /** A history of which `1-1` to `1-<upTo>` are known. */
  async function knowing(upTo: number) {
    const scene = sync();
    const loading = scene.history.loadLatest(500);
    await scene.answer(entries(1, upTo));
    await loading;
    scene.queries.length = 0;
    return scene;
  }

  test('begins among what is known and goes forward, page by page, each told as it comes', async () => {
    const { history, released, queries, answer, asked } = await knowing(450);
    const mending = history.catchUp();
    await answer(entries(51, 550));
    await answer(entries(551, 1050));
    expect(released).toHaveLength(550);
    await answer(entries(1051, 1060));
    await mending;
    expect(queries.map(({ limit, after }) => [limit, after])).toEqual([
      [500, '1-50'],
      [500, '1-550'],
      [500, '1-1050'],
    ]);
    expect(released).toEqual(ids(...Array.from({ length: 1060 }, (_, at) => at + 1)));
    expect(asked).toEqual([]);
  });

  test('what came before a failure is kept, and the next try goes on from there', async () => {
    const { history, released, errors, queries, answer, fail } = await knowing(1);
    history.take(entry(2));
    const mending = history.catchUp();
    await answer(entries(2, 501));
    await fail(new PortalError({ code: 'ERR_FORBIDDEN', message: 'no', status: 403 }));
    await mending;
    const again = history.catchUp();
    await answer(entries(102, 502));
    await again;
    expect(queries.map(({ after }) => after)).toEqual(['1-1', '1-501', '1-101']);
    expect([errors.length, released.length]).toEqual([1, 502]);
  });

  test('says what is there of what was known, back to the message before the page', async () => {
    const { history, stretches, answer } = await knowing(6);
    const mending = history.catchUp();
    await answer([entry(3, 1), entry(4), entry(7, 4)]);
    await mending;
    expect(stretches).toEqual([{ from: '1-1', upTo: '1-6', ids: new Set(ids(1, 3, 4, 7)) }]);
  });

  test('says that everything before the first one is gone', async () => {
    const { history, stretches, answer } = await knowing(4);
    const mending = history.catchUp();
    await answer([entry(2, null), entry(3), entry(5, 3)]);
    await mending;
    expect(stretches).toEqual([{ from: null, upTo: '1-4', ids: new Set(ids(2, 3, 5)) }]);
  });

  test('says nothing of what lies further back than it looks', async () => {
    const { history, stretches, answer } = await knowing(450);
    const mending = history.catchUp();
    await answer(entries(51, 449));
    await mending;
    expect(stretches).toMatchObject([{ from: '1-50', upTo: '1-450' }]);
  });

  test('where nothing is left from there on, the newest page says how far back that goes', async () => {
    const { history, stretches, queries, answer } = await knowing(450);
    const mending = history.catchUp();
    await answer([]);
    await answer(entries(11, 20));
    await mending;
    expect(queries.map(({ after }) => after)).toEqual(['1-50', undefined]);
    expect(stretches).toMatchObject([{ from: '1-10', upTo: '1-450' }]);
  });

  test('in a chat that has been emptied, leaves nothing of what was known', async () => {
    const { history, stretches, answer } = await knowing(4);
    const mending = history.catchUp();
    await answer([]);
    await answer([]);
    await mending;
    expect(stretches).toEqual([{ from: null, upTo: '1-4', ids: new Set() }]);
  });
});
