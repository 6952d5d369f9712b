import { describe, expect, test } from 'bun:test';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../src/core/durations.ts';
import { MATCH_TIMES } from '../../src/ports/match-queue.ts';
import { nameOf, person, searchBy } from '../support/searches.ts';
import { matchQueueSeparationPromises } from './match-queue-apart.suite.ts';
import { givenQueue, type MakeQueue } from './match-queue-given.ts';
import { matchQueueRacePromises } from './match-queue-races.suite.ts';
import { matchQueueTimerPromises } from './match-queue-timer.suite.ts';

/** The contract of every match queue. */
export function matchQueuePromises(adapter: string, make: MakeQueue): void {
  matchQueueSeparationPromises(adapter, make);
  matchQueueRacePromises(adapter, make);
  matchQueueTimerPromises(adapter, make);

  describe(`the match queue: ${adapter}`, () => {
    const given = () => givenQueue(make);

    test('pairs two who share a tag, and tells each the other, the shared tags and how long they waited', async () => {
      const { timers, queue } = await given();
      const first = searchBy(7, ['chess', 'music'], { isConnected: true, note: { country: 'SK' } });
      const second = searchBy(8, ['films', 'music', 'chess']);
      await queue.enqueue(first);
      timers.jump(3 * SECOND_MS);
      expect(await queue.enqueue(second)).toEqual({
        state: 'paired',
        pair: {
          first: {
            searcher: 'session-7',
            person: person(7),
            tags: ['chess', 'music'],
            note: { country: 'SK' },
            isConnected: true,
            waitedMs: 3 * SECOND_MS,
            expiresInMs: MATCH_TIMES.ttlMs,
          },
          second: {
            searcher: 'session-8',
            person: person(8),
            tags: ['films', 'music', 'chess'],
            note: { country: null },
            isConnected: false,
            waitedMs: 0,
            expiresInMs: MATCH_TIMES.ttlMs,
          },
          sharedTags: ['music', 'chess'],
          ended: [],
        },
      });
    });

    test('holds nothing of a pair, of who left and of who fell', async () => {
      const { timers, queue, held, enqueue, due } = await given();
      await enqueue(7, 'a b', { earlierPeers: [{ person: person(9), endedMsAgo: 0 }] });
      await enqueue(9, 'c');
      await enqueue(8, 'b');
      await queue.dequeue('session-9');
      await enqueue(5, 'd', { isConnected: true });
      await enqueue(6, 'd', { earlierPeers: [{ person: person(5), endedMsAgo: 0 }] });
      await queue.disconnected('session-5');
      await queue.dequeue('session-6');
      timers.jump(MATCH_TIMES.graceMs);
      expect(await due()).toEqual(['5 gone']);
      expect(await held()).toBe(0);
      expect(await queue.nextDueInMs()).toBeUndefined();
    });

    test('takes the longest-waiting over all shared tags, at equal times the first to come', async () => {
      const { timers, enqueue, isWaiting } = await given();
      for (const [name, tag] of [
        [1, 'c'],
        [2, 'b'],
        [3, 'a'],
      ] as const)
        await enqueue(name, tag);
      timers.jump(SECOND_MS);
      await enqueue(4, 'd');
      expect(await enqueue(5, 'a b')).toBe('2+5');
      expect(await enqueue(6, 'd a c')).toBe('1+6');
      expect(await enqueue(7, 'x d a')).toBe('3+7');
      expect(await isWaiting(4)).toBe(true);
    });

    test('takes a pair out of every queue at once', async () => {
      const { enqueue, queue } = await given();
      await enqueue(7, 'a b c');
      expect(await enqueue(8, 'b')).toBe('7+8');
      for (const [name, tag] of [...'abc'].entries()) expect(await enqueue(name + 20, tag)).toBe('waiting');
      expect(await queue.dequeue('session-7')).toBeUndefined();
      expect(await queue.dequeue('session-8')).toBeUndefined();
    });

    test('who has left is not found any more, and leaving again changes nothing', async () => {
      const { queue, enqueue } = await given();
      await enqueue(7, 'a');
      expect(await queue.dequeue('session-7')).toMatchObject({ searcher: 'session-7', tags: ['a'] });
      expect(await queue.dequeue('session-7')).toBeUndefined();
      expect(await enqueue(8, 'a')).toBe('waiting');
    });

    test('a session searches once: the second time it hears what is running, and keeps its place and time', async () => {
      const { timers, queue, enqueue } = await given();
      await enqueue(7, 'a');
      await enqueue(6, 'b');
      timers.jump(MINUTE_MS);
      expect(await queue.enqueue(searchBy(7, ['b'], { isConnected: true }))).toMatchObject({
        state: 'already',
        search: { tags: ['a'], isConnected: false, expiresInMs: MATCH_TIMES.ttlMs - MINUTE_MS },
      });
      expect(await queue.find('session-6')).toBeDefined();
      expect(await enqueue(8, 'b a')).toBe('7+8');
    });

    test('two sessions of one person wait side by side, and a pair of one ends the search of the other', async () => {
      const { queue, enqueue, held } = await given();
      await enqueue(7, 'a');
      expect(await enqueue(7, 'a b', { searcher: 'session-7-phone' })).toBe('waiting');
      expect((await queue.searchesOf(person(7))).map(nameOf)).toEqual(['7', '7-phone']);
      expect(await queue.enqueue(searchBy(8, ['b']))).toMatchObject({
        state: 'paired',
        pair: { first: { searcher: 'session-7-phone' }, ended: [{ searcher: 'session-7', tags: ['a'] }] },
      });
      expect(await held()).toBe(0);
    });

    test('a person is counted once, by tag and in all', async () => {
      const { queue, enqueue } = await given();
      await enqueue(7, 'a b');
      await enqueue(7, 'b c', { searcher: 'session-7-phone' });
      expect(await queue.countPeople()).toBe(1);
      expect(await queue.topTags(10, 2)).toEqual([]);
      await queue.dequeue('session-7');
      const counts = await queue.topTags(10, 1);
      expect(counts.sort((a, b) => a.tag.localeCompare(b.tag))).toEqual([
        { tag: 'b', waiting: 1 },
        { tag: 'c', waiting: 1 },
      ]);
    });

    test('the tags most searched for come first, as many as asked for, and none below the least', async () => {
      const { queue, enqueue } = await given();
      const together = { keys: ['club'], avoids: ['club'] };
      for (const [name, tags] of ['a b c', 'b c', 'c', 'd', 'c', 'b e'].entries())
        await enqueue(name + 1, tags, together);
      expect(await queue.topTags(10, 2)).toEqual([
        { tag: 'c', waiting: 4 },
        { tag: 'b', waiting: 3 },
      ]);
      expect(await queue.topTags(1, 1)).toEqual([{ tag: 'c', waiting: 4 }]);
      await queue.dequeue('session-2');
      await queue.dequeue('session-3');
      expect(await queue.topTags(10, 2)).toHaveLength(2);
      await queue.dequeue('session-6');
      expect(await queue.topTags(10, 2)).toEqual([{ tag: 'c', waiting: 2 }]);
    });

    test('all searches of a person end at once', async () => {
      const { queue, enqueue, held } = await given();
      await enqueue(7, 'a');
      await enqueue(7, 'b', { searcher: 'session-7-phone' });
      expect((await queue.dequeuePerson(person(7))).map(nameOf)).toEqual(['7', '7-phone']);
      expect(await queue.dequeuePerson(person(7))).toEqual([]);
      expect(await held()).toBe(0);
    });

    test('of some sessions, those that wait can be told', async () => {
      const { queue, enqueue } = await given();
      await enqueue(7, 'a');
      await enqueue(8, 'b');
      expect(await queue.among(['session-8', 'session-9', 'session-7'])).toEqual(new Set(['session-7', 'session-8']));
      expect(await queue.among([])).toEqual(new Set());
    });

    test('any text is a session, a tag and a key', async () => {
      const { queue, held } = await given();
      for (const odd of ['', ' ', '::', '__proto__', 'constructor', '\u0000', '😀', 'x'.repeat(5000)]) {
        const search = searchBy(7, [odd], { searcher: odd, keys: [odd] });
        expect(await queue.enqueue(search)).toMatchObject({ state: 'waiting' });
        expect(await queue.enqueue(searchBy(8, [odd], { avoids: [odd] }))).toMatchObject({ state: 'waiting' });
        expect(await queue.dequeue(odd)).toMatchObject({ tags: [odd] });
        await queue.dequeue('session-8');
      }
      expect(await held()).toBe(0);
    });

    describe('how long a search lasts', () => {
      const { ttlMs, graceMs } = MATCH_TIMES;

      test('without a socket it expires at its time, not before, is reported once and never paired after', async () => {
        const { timers, queue, enqueue, due } = await given();
        await enqueue(7, 'a');
        expect(await queue.nextDueInMs()).toBe(ttlMs);
        timers.jump(ttlMs - 1);
        expect(await due()).toEqual([]);
        expect(await queue.find('session-7')).toMatchObject({ expiresInMs: 1 });
        timers.jump(1);
        expect(await queue.find('session-7')).toBeUndefined();
        expect(await enqueue(8, 'a')).toBe('waiting');
        expect(await due()).toEqual(['7 expired']);
        expect(await due()).toEqual([]);
      });

      test('with a socket it lasts, however long', async () => {
        const { timers, queue, enqueue, due } = await given();
        await enqueue(7, 'a', { isConnected: true });
        expect(await queue.nextDueInMs()).toBeUndefined();
        timers.jump(5 * HOUR_MS);
        expect(await due()).toEqual([]);
        expect(await queue.find('session-7')).toMatchObject({ isConnected: true, expiresInMs: ttlMs });
        expect(await enqueue(8, 'a')).toBe('7+8');
      });

      test('it falls when the last socket has been gone for the grace, and not before', async () => {
        const { timers, queue, enqueue, due } = await given();
        await enqueue(7, 'a', { isConnected: true });
        timers.jump(HOUR_MS);
        expect(await queue.disconnected('session-7')).toMatchObject({ isConnected: false, expiresInMs: graceMs });
        timers.jump(graceMs - 1);
        expect(await due()).toEqual([]);
        expect(await queue.disconnected('session-7')).toMatchObject({ expiresInMs: 1 });
        timers.jump(1);
        expect(await queue.connected('session-7')).toBeUndefined();
        expect(await due()).toEqual(['7 gone']);
      });

      test('back within the grace it keeps its place, and the next grace is a whole one', async () => {
        const { timers, queue, enqueue, due } = await given();
        await enqueue(7, 'a', { isConnected: true, ...{ keys: ['club'], avoids: ['club'] } });
        await enqueue(6, 'a', { isConnected: true, ...{ keys: ['club'], avoids: ['club'] } });
        for (let times = 0; times < 3; times++) {
          await queue.disconnected('session-7');
          timers.jump(graceMs - 1);
          expect(await queue.connected('session-7')).toMatchObject({ searcher: 'session-7' });
        }
        timers.jump(HOUR_MS);
        expect(await due()).toEqual([]);
        expect(await enqueue(8, 'a')).toBe('7+8');
      });

      test('a search that never had a socket keeps its time when one is said to be gone', async () => {
        const { timers, queue, enqueue, due } = await given();
        await enqueue(7, 'a');
        await queue.disconnected('session-7');
        timers.jump(ttlMs - 1);
        expect(await due()).toEqual([]);
        await queue.connected('session-7');
        timers.jump(HOUR_MS);
        expect(await due()).toEqual([]);
      });

      test('within the grace it is still paired', async () => {
        const { queue, enqueue } = await given();
        await enqueue(7, 'a', { isConnected: true });
        await queue.disconnected('session-7');
        expect(await enqueue(8, 'a')).toBe('7+8');
      });

      test('who searches again after the fall hears nothing more of the old search', async () => {
        const { timers, enqueue, due, isWaiting } = await given();
        await enqueue(7, 'a');
        timers.jump(ttlMs);
        expect(await enqueue(7, 'b')).toBe('waiting');
        expect(await due()).toEqual([]);
        expect(await isWaiting(7)).toBe(true);
      });

      test('much that is due is taken in parts, and the next call is due at once', async () => {
        const { timers, queue, enqueue, held } = await given();
        for (let name = 1; name <= 25; name++) await enqueue(name, `tag-${name}`);
        timers.jump(ttlMs);
        const names: string[] = [];
        for (let parts = 0; parts < 3; parts++) {
          const { fallen, nextInMs } = await queue.takeDue(10);
          expect(nextInMs).toBe(parts < 2 ? 0 : undefined);
          names.push(...fallen.map(nameOf));
        }
        expect(new Set(names).size).toBe(25);
        expect(await held()).toBe(0);
      });

      test.each([-60, 60])('it is as long when the machine’s clock is set by %d minutes', async (minutes) => {
        const { timers, enqueue, due } = await given();
        await enqueue(7, 'a');
        timers.setWallClock(minutes * MINUTE_MS);
        timers.jump(ttlMs - 1);
        expect(await due()).toEqual([]);
        timers.jump(1);
        expect(await due()).toEqual(['7 expired']);
      });
    });
  });
}
