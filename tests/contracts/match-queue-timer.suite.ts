import { describe, expect, test } from 'bun:test';
import { MATCH_TIMES } from '../../src/ports/match-queue.ts';
import { Chance } from '../support/fuzz.ts';
import { namesOf, person } from '../support/searches.ts';
import { givenQueue, type MakeQueue } from './match-queue-given.ts';

const { apartMs } = MATCH_TIMES;
const COUPLES = 300;

/** When the timer is due, with many deadlines of all kinds. */
export function matchQueueTimerPromises(adapter: string, make: MakeQueue): void {
  describe(`the timer of the match queue: ${adapter}`, () => {
    /** Couples with a tag of their own, connected, who parted at random moments of the last half minute. */
    async function givenCouples(chance: Chance) {
      const given = await givenQueue(make);
      const dueAt = new Map<string, number>();
      for (let couple = 1; couple <= COUPLES; couple++) {
        const [one, other] = [2 * couple, 2 * couple + 1];
        const endedMsAgo = chance.below(apartMs);
        await given.enqueue(one, `tag${couple}`, { isConnected: true });
        const earlierPeers = [{ person: person(one), endedMsAgo }];
        await given.enqueue(other, `tag${couple}`, { isConnected: true, earlierPeers });
        dueAt.set(`${one}+${other}`, apartMs - endedMsAgo);
      }
      return { ...given, dueAt };
    }

    test.each([1, 2, 3])('wakes exactly for each of many couples, also when others leave (seed %d)', async (seed) => {
      const chance = new Chance(seed);
      const { timers, queue, dueAt, held } = await givenCouples(chance);
      for (let now = 0; dueAt.size > 0; ) {
        const names = chance.pick([...dueAt.keys()]);
        if (chance.happens(0.5)) {
          dueAt.delete(names);
          for (const name of names.split('+')) await queue.dequeue(`session-${name}`);
        }
        const nextAt = Math.min(...dueAt.values());
        const nextInMs = await queue.nextDueInMs();
        expect(nextInMs).toBe(dueAt.size > 0 ? nextAt - now : undefined);
        if (nextInMs === undefined) break;
        timers.jump(nextInMs);
        now += nextInMs;
        const expected = [...dueAt].filter(([, at]) => at === nextAt).map(([couple]) => couple);
        const { pairs } = await queue.takeDue();
        expect(new Set(pairs.map(namesOf))).toEqual(new Set(expected));
        for (const couple of expected) dueAt.delete(couple);
      }
      expect(await held()).toBe(0);
    });

    test('takes as many pairs as asked for, the first due first, and is due at once for the rest', async () => {
      const { timers, queue, dueAt, held } = await givenCouples(new Chance(4));
      timers.jump(apartMs);
      const order: number[] = [];
      for (let left = COUPLES; left > 0; left -= 50) {
        const { pairs, nextInMs } = await queue.takeDue(50);
        expect(pairs).toHaveLength(50);
        expect(nextInMs).toBe(left > 50 ? 0 : undefined);
        order.push(...pairs.map((pair) => dueAt.get(namesOf(pair)) ?? Number.NaN));
      }
      expect(order).toEqual([...dueAt.values()].toSorted((a, b) => a - b));
      expect(await held()).toBe(0);
    });

    test('falls and pairs share the limit, falls first', async () => {
      const { timers, queue, enqueue } = await givenQueue(make);
      for (let name = 1; name <= 3; name++) await enqueue(name, `own${name}`, { isConnected: true });
      for (let name = 1; name <= 3; name++) await queue.disconnected(`session-${name}`);
      await enqueue(8, 'a', { isConnected: true });
      await enqueue(9, 'a', { isConnected: true, earlierPeers: [{ person: person(8), endedMsAgo: 0 }] });
      timers.jump(apartMs);
      const counts: number[][] = [];
      for (let calls = 0; calls < 3; calls++) {
        const { fallen, pairs } = await queue.takeDue(2);
        counts.push([fallen.length, pairs.length]);
      }
      expect(counts).toEqual([
        [2, 0],
        [1, 1],
        [0, 0],
      ]);
    });

    test('a pair falls due in time for the sooner of two parted peers', async () => {
      const { timers, queue, enqueue, due } = await givenQueue(make);
      await enqueue(7, 'a', { isConnected: true });
      await enqueue(8, 'b', { isConnected: true });
      const earlierPeers = [
        { person: person(7), endedMsAgo: 1000 },
        { person: person(8), endedMsAgo: 2000 },
      ];
      await enqueue(9, 'a b', { isConnected: true, earlierPeers });
      expect(await queue.nextDueInMs()).toBe(apartMs - 2000);
      await queue.dequeue('session-8');
      timers.jump(apartMs - 2000);
      expect(await due()).toEqual([]);
      expect(await queue.nextDueInMs()).toBe(1000);
      timers.jump(1000);
      expect(await due()).toEqual(['7+9']);
    });

    test('a chat that ends later postpones nothing that was due sooner, and one that is due sooner is not late', async () => {
      const { timers, queue, enqueue, due } = await givenQueue(make);
      const left = (name: number, endedMsAgo: number | null) => ({ person: person(name), endedMsAgo });
      for (const [name, tag] of [
        [7, 'a'],
        [8, 'b'],
        [6, 'c'],
      ] as const)
        await enqueue(name, tag, { isConnected: true });
      await enqueue(5, 'd', { isConnected: true });
      await enqueue(4, 'd', { isConnected: true, earlierPeers: [left(5, 0)] });
      await enqueue(9, 'a b c', { isConnected: true, earlierPeers: [left(7, 20_000), left(8, null), left(6, null)] });
      expect(await queue.nextDueInMs()).toBe(apartMs - 20_000);
      await queue.parted(person(9), person(8));
      expect(await queue.nextDueInMs()).toBe(apartMs - 20_000);
      timers.jump(apartMs - 20_000);
      expect(await due()).toEqual(['7+9']);
      expect(await queue.nextDueInMs()).toBe(20_000);
    });

    test('a chat that ends brings forward the next look of one who waits for another', async () => {
      const { timers, queue, enqueue, due } = await givenQueue(make);
      await enqueue(7, 'a', { isConnected: true });
      await enqueue(8, 'b', { isConnected: true });
      const earlierPeers = [
        { person: person(7), endedMsAgo: -5000 },
        { person: person(8), endedMsAgo: null },
      ];
      await enqueue(9, 'a b', { isConnected: true, earlierPeers });
      expect(await queue.nextDueInMs()).toBe(apartMs + 5000);
      await queue.parted(person(9), person(8));
      expect(await queue.nextDueInMs()).toBe(apartMs);
      timers.jump(apartMs);
      expect(await due()).toEqual(['8+9']);
    });

    test('who was back and is gone again falls after the others, in order', async () => {
      const { timers, queue, enqueue, due, held } = await givenQueue(make);
      for (const name of [1, 2, 3]) await enqueue(name, `own${name}`, { isConnected: true });
      for (const name of [1, 2, 3]) await queue.disconnected(`session-${name}`);
      timers.jump(1000);
      await queue.connected('session-2');
      await queue.disconnected('session-2');
      timers.jump(MATCH_TIMES.graceMs - 1000);
      expect(await due()).toEqual(['1 gone', '3 gone']);
      expect(await queue.nextDueInMs()).toBe(1000);
      timers.jump(1000);
      expect(await due()).toEqual(['2 gone']);
      expect(await held()).toBe(0);
    });

    test('no call reports more than was asked for', async () => {
      const { timers, queue, enqueue } = await givenQueue(make);
      for (const name of [1, 2, 3]) await enqueue(name, `own${name}`);
      timers.jump(MATCH_TIMES.ttlMs);
      for (const name of [1, 2, 3]) expect(await queue.find(`session-${name}`)).toBeUndefined();
      expect(await queue.nextDueInMs()).toBe(0);
      const counts: number[] = [];
      for (let calls = 0; calls < 3; calls++) counts.push((await queue.takeDue(2)).fallen.length);
      expect(counts).toEqual([2, 1, 0]);
    });
  });
}
