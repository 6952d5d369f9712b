import { describe, expect, test } from 'bun:test';
import { secureRandom } from '../../src/client/crypto/random.ts';
import { PortalError } from '../../src/client/errors.ts';
import { Signal } from '../../src/client/link/signal.ts';
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
  /** How long the next repairs must wait. */
  const waits: number[] = [];
  const refused: unknown[] = [];
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
    shown(upTo) {
      const known = released.filter((id) => compareMessageIds(id, upTo) <= 0);
      return known[0] === undefined ? undefined : { from: known[0], count: known.length };
    },
    reconcile: (stretch) => stretches.push(stretch),
    onError: (error) => errors.push(error),
    pace: { take: () => waits.shift() ?? 0, refused: (error) => refused.push(error) },
    timing: { repairDelayMs: 0, retryDelayMs: 1 },
    random: secureRandom,
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
  return { history, released, stretches, errors, asked, queries, waits, refused, answer, fail, untilReleased };
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

const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => from + at);
const refusal = (status: number, code: string, details = {}) =>
  new PortalError({ status, code, message: 'no', details });

/** A history of which `1-1` to `1-<upTo>` are known. */
async function knowing(upTo: number) {
  const scene = sync();
  const loading = scene.history.loadLatest(500);
  await scene.answer(entries(1, upTo));
  await loading;
  scene.queries.length = 0;
  return scene;
}

describe('catching up', () => {
  test('asks for few messages first, and then forward, page by page', async () => {
    const { history, released, queries, answer, asked } = await knowing(450);
    const mending = history.catchUp();
    await answer(entries(451, 500));
    await answer(entries(501, 1000));
    await answer(entries(1001, 1010));
    await mending;
    expect(queries.map(({ limit, after }) => [limit, after])).toEqual([
      [50, '1-450'],
      [500, '1-500'],
      [500, '1-1000'],
    ]);
    expect(released).toEqual(ids(...numbers(1, 1010)));
    expect(asked).toEqual([]);
  });

  test('keeps what came before a failure, and goes on from there at the next try', async () => {
    const { history, released, errors, queries, answer, fail } = await knowing(1);
    history.take(entry(3));
    const mending = history.catchUp();
    await answer(entries(2, 51));
    await fail(refusal(403, 'ERR_FORBIDDEN'));
    await mending;
    const again = history.catchUp();
    await answer([entry(52)]);
    await again;
    expect(queries.map(({ after }) => after)).toEqual(['1-1', '1-51', '1-51']);
    expect([errors.length, released.length]).toEqual([1, 52]);
  });

  test('is tried again by itself after a failure that passes, told once, and holds nothing back until then', async () => {
    const { history, errors, answer, fail, untilReleased } = await knowing(1);
    history.take(entry(3));
    for (let round = 0; round < 2; round += 1)
      for (let at = 0; at < 3; at += 1) await fail(refusal(503, 'ERR_UNAVAILABLE'));
    history.take(entry(4));
    await untilReleased(1, 3, 4);
    await answer(entries(2, 4));
    await untilReleased(1, 3, 4, 2);
    expect(errors).toHaveLength(1);
  });

  test('waits as long as the server asks, without further tries, and tells the other rooms', async () => {
    const { history, asked, errors, refused, fail, untilReleased } = await knowing(1);
    const mending = history.catchUp();
    history.take(entry(3));
    const limited = refusal(429, 'ERR_RATE_LIMITED', { retry_after: 3600 });
    await fail(limited);
    await mending;
    await untilReleased(1, 3);
    history.take(entry(4));
    await history.catchUp();
    await untilReleased(1, 3, 4);
    expect([asked, errors, refused]).toEqual([[], [limited], [limited]]);
    history.stop();
  });

  test('waits for its turn among the rooms, and holds nothing back meanwhile', async () => {
    const { history, waits, answer, untilReleased } = await knowing(1);
    waits.push(1);
    history.take(entry(3));
    await untilReleased(1, 3);
    await answer(entries(2, 3));
    await untilReleased(1, 3, 2);
  });

  test('forgets the next try when the connection is lost: the next join asks', async () => {
    const { history, waits, queries, answer } = await knowing(1);
    waits.push(3_600_000);
    await history.catchUp();
    history.suspend();
    const mending = history.catchUp();
    await answer([]);
    await mending;
    expect(queries).toHaveLength(1);
  });
});

describe('a beginning without messages', () => {
  test('is where the chat stands, so that nothing after it is lost', async () => {
    const { history, queries, released, answer } = sync();
    const loading = history.loadLatest(0);
    await answer([entry(7)]);
    await loading;
    expect([queries, released]).toEqual([[{ limit: 1 }], []]);
    expect(history.position()).toEqual({ after: '1-7', count: 0 });
    const mending = history.catchUp();
    await answer(entries(8, 10));
    await mending;
    expect(released).toEqual(ids(8, 9, 10));
  });

  test('in an empty chat is its beginning', async () => {
    const { history, answer } = sync();
    const loading = history.loadLatest(0);
    await answer([]);
    await loading;
    expect(history.position()).toEqual({ after: '0-0', count: 0 });
  });
});

describe('joining again', () => {
  test('needs no request if the answer brings everything, and takes what the answer brings', async () => {
    const { history, released, asked } = await knowing(3);
    const known = history.position();
    expect(known).toEqual({ after: '1-3', from: '1-1', count: 3 });
    await history.resume(known, { messages: entries(4, 5), more: false, known: 3 });
    history.take(entry(6));
    expect([released, asked]).toEqual([ids(...numbers(1, 6)), []]);
  });

  test('asks for the rest if there is more', async () => {
    const { history, queries, released, answer } = await knowing(3);
    const resuming = history.resume(history.position(), { messages: entries(4, 5), more: true, known: 3 });
    await answer(entries(6, 9));
    await resuming;
    expect(queries).toEqual([{ limit: 50, after: '1-5' }]);
    expect(released).toEqual(ids(...numbers(1, 9)));
  });

  test('compares all that is shown if the server has fewer of it, and what the room lacks comes in', async () => {
    const { history, queries, stretches, released, answer } = await knowing(500);
    history.take(entry(501));
    history.take(entry(502));
    const resuming = history.resume(history.position(), { messages: [], more: false, known: 501 });
    await answer(entries(1, 501).filter(({ id }) => id !== '1-7'));
    await answer([entry(502)]);
    await answer([]);
    await resuming;
    expect(queries.map(({ limit, after }) => [limit, after])).toEqual([
      [500, '1-0'],
      [500, '1-501'],
      [50, '1-502'],
    ]);
    const [first, second] = stretches as [Stretch, Stretch];
    expect([first.after, first.upTo, first.ids.has('1-7'), first.ids.size]).toEqual(['1-0', '1-501', false, 500]);
    expect(second).toEqual({ after: '1-501', upTo: '1-502', ids: new Set(['1-502']) });
    expect(released).toHaveLength(502);
  });

  test('compares in any case with a server that says nothing of what was missed, or if that failed the last time', async () => {
    const { history, stretches, answer, fail } = await knowing(4);
    const resuming = history.resume(history.position(), undefined);
    await fail(refusal(403, 'ERR_FORBIDDEN'));
    await resuming;
    const again = history.resume(history.position(), { messages: [], more: false, known: 4 });
    await answer(entries(2, 4));
    await answer([]);
    await again;
    expect(stretches).toEqual([{ after: '1-0', upTo: '1-4', ids: new Set(ids(2, 3, 4)) }]);
  });

  test('takes nothing of an answer about what was cleared meanwhile', async () => {
    const { history, released } = await knowing(2);
    const known = { after: '1-9', from: '1-1', count: 2 };
    await history.resume(known, { messages: [entry(10)], more: false, known: 2 });
    expect(released).toEqual(ids(1, 2));
  });
});
