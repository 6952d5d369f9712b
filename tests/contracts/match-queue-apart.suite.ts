import { describe, expect, test } from 'bun:test';
import { MINUTE_MS, SECOND_MS } from '../../src/core/durations.ts';
import { MATCH_TIMES } from '../../src/ports/match-queue.ts';
import { person } from '../support/searches.ts';
import { givenQueue, type MakeQueue } from './match-queue-given.ts';

const { apartMs, lastResortMs } = MATCH_TIMES;

/** Which people are not paired, and for how long. */
export function matchQueueSeparationPromises(adapter: string, make: MakeQueue): void {
  describe(`who is kept apart in the match queue: ${adapter}`, () => {
    const given = () => givenQueue(make);
    /** Chats of both with each other that ended so long ago; null: the chat is live. */
    const talkedTo = (name: number, endedMsAgo: number | null) => ({
      earlierPeers: [{ person: person(name), endedMsAgo }],
    });

    test.each([
      ['the one who comes avoids the one who waits', ['key-8'], []],
      ['the one who waits avoids the one who comes', [], ['key-9']],
      ['they avoid each other', ['key-8'], ['key-9']],
      ['there are other keys too', ['x', 'key-8', 'y'], ['z']],
    ])('two are never paired if %s', async (_, avoidsOfComer, avoidsOfWaiting) => {
      const { timers, enqueue, due } = await given();
      await enqueue(8, 'a b', { avoids: avoidsOfWaiting, isConnected: true });
      expect(await enqueue(9, 'b a', { avoids: avoidsOfComer, isConnected: true })).toBe('waiting');
      timers.jump(lastResortMs);
      expect(await due()).toEqual([]);
      expect(await enqueue(7, 'a')).toBe('8+7');
    });

    test.each([1, 8, 9, 300])('with %d keys to avoid and up to five keys, each counts, and no other', async (count) => {
      const { enqueue, queue } = await given();
      const avoids = Array.from({ length: count }, (_, index) => `bad-${index}`);
      const good = ['good-1', 'good-2', 'good-3', 'good-4'];
      for (let place = 0; place <= good.length; place++)
        for (const bad of new Set([avoids.at(0), avoids.at(-1)])) {
          const keys = good.toSpliced(place, 0, bad ?? '');
          await enqueue(7, 'a', { keys });
          expect([place, await enqueue(8, 'a', { avoids })]).toEqual([place, 'waiting']);
          await queue.dequeue('session-7');
          expect([place, await enqueue(7, 'a', { keys })]).toEqual([place, 'waiting']);
          await queue.dequeue('session-7');
          expect(await enqueue(7, 'a', { keys: good.slice(0, place) })).toBe('8+7');
        }
    });

    test('each of a person’s keys counts, such as that of the address', async () => {
      const { enqueue } = await given();
      await enqueue(8, 'a', { keys: ['key-8', 'address-1'] });
      expect(await enqueue(9, 'a', { avoids: ['address-1'] })).toBe('waiting');
      await enqueue(6, 'b', { keys: ['key-6', 'address-2', 'network-1'] });
      expect(await enqueue(5, 'b', { avoids: ['network-1'] })).toBe('waiting');
      expect(await enqueue(7, 'a', { keys: ['address-1'] })).toBe('8+7');
    });

    test('whoever comes takes the next, if the longest-waiting is to be avoided', async () => {
      const { enqueue } = await given();
      await enqueue(7, 'a', { keys: ['club'], avoids: ['club'] });
      await enqueue(8, 'a', { keys: ['club'], avoids: ['club'] });
      expect(await enqueue(9, 'a', { avoids: ['key-7', 'club-2'], keys: ['club'] })).toBe('waiting');
      expect(await enqueue(6, 'a', talkedTo(7, 0))).toBe('8+6');
    });

    test('a report keeps apart those who wait already, also when their chat ends after it', async () => {
      const { timers, queue, enqueue, due } = await given();
      await enqueue(7, 'a', { isConnected: true });
      await queue.keepApart(person(8), person(7));
      await queue.parted(person(7), person(8));
      expect(await enqueue(8, 'a', { isConnected: true })).toBe('waiting');
      timers.jump(lastResortMs);
      expect(await due()).toEqual([]);
      expect(await enqueue(9, 'a')).toBe('7+9');
    });

    test('a report ends the wait of two who have just parted', async () => {
      const { timers, queue, enqueue, due } = await given();
      await enqueue(7, 'a');
      await enqueue(8, 'a', talkedTo(7, 0));
      await queue.keepApart(person(7), person(8));
      timers.jump(lastResortMs);
      expect(await due()).toEqual([]);
      expect(await queue.nextDueInMs()).toBe(MATCH_TIMES.ttlMs - lastResortMs);
    });

    describe('those who have just parted', () => {
      test.each([
        ['the second knows', {}, talkedTo(7, 0)],
        ['the first knows', talkedTo(8, 0), {}],
        ['both know', talkedTo(8, 0), talkedTo(7, 0)],
      ])('are paired by the timer when they have been apart for long enough, and not before: %s', async (_, a, b) => {
        const { timers, queue, enqueue, due } = await given();
        await enqueue(7, 'a', a);
        expect(await enqueue(8, 'a', b)).toBe('waiting');
        expect(await queue.nextDueInMs()).toBe(apartMs);
        timers.jump(apartMs - 1);
        expect(await due()).toEqual([]);
        timers.jump(1);
        expect(await due()).toEqual(['7+8']);
        expect(await due()).toEqual([]);
      });

      test('the time runs from the end of the chat, not from the search', async () => {
        const { timers, queue, enqueue, due } = await given();
        await enqueue(7, 'a', talkedTo(8, 10 * SECOND_MS));
        timers.jump(5 * SECOND_MS);
        await enqueue(8, 'a', talkedTo(7, 15 * SECOND_MS));
        expect(await queue.nextDueInMs()).toBe(apartMs - 15 * SECOND_MS);
        timers.jump(apartMs - 15 * SECOND_MS);
        expect(await due()).toEqual(['7+8']);
      });

      test('a third who comes meanwhile is taken at once, and the other waits on', async () => {
        const { timers, enqueue, due, isWaiting } = await given();
        await enqueue(7, 'a');
        await enqueue(8, 'a', talkedTo(7, 0));
        timers.jump(apartMs - 1);
        expect(await enqueue(9, 'a')).toBe('7+9');
        timers.jump(1);
        expect(await due()).toEqual([]);
        expect(await isWaiting(8)).toBe(true);
      });

      test('a third who waits already is preferred, even to one who has waited longer', async () => {
        const { enqueue } = await given();
        await enqueue(7, 'a');
        await enqueue(9, 'b');
        expect(await enqueue(8, 'a b', talkedTo(7, 2 * MINUTE_MS))).toBe('9+8');
      });

      test('later in the five minutes they are paired at once if there is nobody else', async () => {
        const { enqueue } = await given();
        await enqueue(7, 'a');
        expect(await enqueue(8, 'a', talkedTo(7, apartMs))).toBe('7+8');
      });

      test('after the five minutes they are people like others', async () => {
        const { enqueue } = await given();
        await enqueue(7, 'a');
        await enqueue(9, 'b');
        expect(await enqueue(8, 'b a', talkedTo(7, lastResortMs))).toBe('7+8');
        await enqueue(5, 'c');
        await enqueue(6, 'd');
        expect(await enqueue(4, 'd c', talkedTo(5, lastResortMs - 1))).toBe('6+4');
      });

      test('who leaves or falls meanwhile is not paired', async () => {
        const { timers, queue, enqueue, due, held } = await given();
        await enqueue(7, 'a', { isConnected: true });
        await enqueue(8, 'a', talkedTo(7, 0));
        await queue.disconnected('session-7');
        timers.jump(MATCH_TIMES.graceMs);
        expect(await due()).toEqual(['7 gone']);
        timers.jump(apartMs);
        expect(await due()).toEqual([]);
        await enqueue(6, 'a', talkedTo(8, 0));
        await queue.dequeue('session-8');
        timers.jump(apartMs);
        expect(await due()).toEqual([]);
        await queue.dequeue('session-6');
        expect(await held()).toBe(0);
      });

      test('a group that has parted is paired one after the other, each with the longest-waiting', async () => {
        const { timers, enqueue, due, isWaiting } = await given();
        await enqueue(7, 'a');
        await enqueue(8, 'a', { earlierPeers: [{ person: person(7), endedMsAgo: 20 * SECOND_MS }] });
        await enqueue(9, 'a', {
          earlierPeers: [
            { person: person(7), endedMsAgo: 5 * SECOND_MS },
            { person: person(8), endedMsAgo: 25 * SECOND_MS },
          ],
        });
        timers.jump(5 * SECOND_MS);
        expect(await due()).toEqual(['8+9']);
        timers.jump(MINUTE_MS);
        expect(await due()).toEqual([]);
        expect(await isWaiting(7)).toBe(true);
      });

      test('a late timer pairs them all the same', async () => {
        const { timers, enqueue, due } = await given();
        await enqueue(7, 'a');
        await enqueue(8, 'a', talkedTo(7, 0));
        timers.jump(2 * MINUTE_MS);
        expect(await due()).toEqual(['7+8']);
      });

      test('without a shared tag they are not', async () => {
        const { timers, queue, enqueue, due } = await given();
        await enqueue(7, 'a');
        await enqueue(8, 'b', talkedTo(7, 0));
        await queue.parted(person(7), person(8));
        timers.jump(lastResortMs);
        expect(await due()).toEqual([]);
      });
    });

    test('two whose chat is live are not paired, and are when they have parted and the time is over', async () => {
      const { timers, queue, enqueue, due } = await given();
      await enqueue(7, 'a', { isConnected: true, ...talkedTo(8, null) });
      await enqueue(8, 'a', { isConnected: true, ...talkedTo(7, null) });
      timers.jump(lastResortMs);
      expect(await due()).toEqual([]);
      expect(await queue.nextDueInMs()).toBeUndefined();
      await queue.parted(person(8), person(7));
      expect(await queue.nextDueInMs()).toBe(apartMs);
      timers.jump(apartMs - 1);
      expect(await due()).toEqual([]);
      timers.jump(1);
      expect(await due()).toEqual(['7+8']);
    });

    test('a chat that ends while one of the two waits keeps the other away when they come', async () => {
      const { timers, queue, enqueue, due } = await given();
      await enqueue(7, 'a', talkedTo(8, null));
      timers.jump(MINUTE_MS);
      await queue.parted(person(7), person(8));
      timers.jump(10 * SECOND_MS);
      expect(await enqueue(8, 'a')).toBe('waiting');
      timers.jump(apartMs - 10 * SECOND_MS);
      expect(await due()).toEqual(['7+8']);
    });

    test('parting and reports of people who do not wait hold nothing', async () => {
      const { queue, held } = await given();
      await queue.parted(person(7), person(8));
      await queue.keepApart(person(7), person(8));
      expect(await held()).toBe(0);
    });

    test.each([-60, 60])('the time apart is as long when the machine’s clock is set by %d minutes', async (minutes) => {
      const { timers, enqueue, due } = await given();
      await enqueue(7, 'a');
      await enqueue(8, 'a', talkedTo(7, 0));
      timers.setWallClock(minutes * MINUTE_MS);
      timers.jump(apartMs - 1);
      expect(await due()).toEqual([]);
      timers.jump(1);
      expect(await due()).toEqual(['7+8']);
    });
  });
}
