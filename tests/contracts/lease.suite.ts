import { describe, expect, test } from 'bun:test';
import { MINUTE_MS, SECOND_MS } from '../../src/core/durations.ts';
import type { Leases } from '../../src/ports/lease.ts';
import { TestTimers } from '../support/test-timers.ts';

type Make = (timers: TestTimers) => Leases | Promise<Leases>;

/** The contract of every lease adapter. Each run uses its own names. */
export function leasePromises(adapter: string, make: Make): void {
  describe(`leases: ${adapter}`, () => {
    const ttlMs = 10 * SECOND_MS;
    let names = 0;

    async function given() {
      const timers = new TestTimers();
      const leases = await make(timers);
      const name = `lease-${process.pid}-${++names}`;
      const take = async () => (await leases.take(name, ttlMs)) ?? 'refused';
      return { timers, leases, name, take };
    }

    test('a name has one holder, until it is given back', async () => {
      const { leases, name, take } = await given();
      const token = await take();
      expect(await take()).toBe('refused');
      await leases.release(name, token);
      expect(await take()).not.toBe('refused');
    });

    test('names are held apart', async () => {
      const { leases, name, take } = await given();
      await take();
      expect(await leases.take(`${name}:other`, ttlMs)).toBeString();
    });

    test('a lease runs out at its time, not before', async () => {
      const { timers, take } = await given();
      await take();
      timers.jump(ttlMs - 1);
      expect(await take()).toBe('refused');
      timers.jump(1);
      expect(await take()).not.toBe('refused');
    });

    test.each([-60, 60])('a lease lasts as long when the machine’s clock is set by %d minutes', async (minutes) => {
      const { timers, take } = await given();
      await take();
      timers.setWallClock(minutes * MINUTE_MS);
      timers.jump(ttlMs - 1);
      expect(await take()).toBe('refused');
      timers.jump(1);
      expect(await take()).not.toBe('refused');
    });

    test('a renewed lease runs from the renewal', async () => {
      const { timers, leases, name, take } = await given();
      const token = await take();
      timers.jump(ttlMs - 1);
      expect(await leases.renew(name, token, ttlMs)).toBe(true);
      timers.jump(ttlMs - 1);
      expect(await take()).toBe('refused');
      timers.jump(1);
      expect(await take()).not.toBe('refused');
    });

    test('a lease that has run out cannot be renewed, taken by another or not', async () => {
      const { timers, leases, name, take } = await given();
      const late = await take();
      timers.jump(ttlMs);
      expect(await leases.renew(name, late, ttlMs)).toBe(false);
      const next = await take();
      expect(await leases.renew(name, late, ttlMs)).toBe(false);
      expect(await leases.renew(name, next, ttlMs)).toBe(true);
    });

    test('a token that has run out gives back nothing of its successor', async () => {
      const { timers, leases, name, take } = await given();
      const late = await take();
      timers.jump(ttlMs);
      await take();
      await leases.release(name, late);
      expect(await take()).toBe('refused');
    });

    test('a token is good once: after its return it neither renews nor returns anything', async () => {
      const { leases, name, take } = await given();
      const token = await take();
      await leases.release(name, token);
      expect(await leases.renew(name, token, ttlMs)).toBe(false);
      const next = await take();
      expect(next).not.toBe(token);
      await leases.release(name, token);
      expect(await take()).toBe('refused');
    });

    test('any text is a name', async () => {
      const { leases, name } = await given();
      for (const odd of ['', ' ', '::', '__proto__', 'constructor', '\u0000', '😀', 'x'.repeat(5000)]) {
        expect(await leases.take(`${name}${odd}`, ttlMs)).toBeString();
        expect(await leases.take(`${name}${odd}`, ttlMs)).toBeUndefined();
      }
    });

    test('of many callers at once exactly one becomes the holder', async () => {
      const { take } = await given();
      const answers = await Promise.all(Array.from({ length: 500 }, take));
      expect(answers.filter((answer) => answer !== 'refused')).toHaveLength(1);
    });

    test('of many that take, renew and give back at once, never two hold it', async () => {
      const { leases, name, take } = await given();
      let holders = 0;
      let most = 0;
      let turns = 0;
      async function compete() {
        while (turns < 300) {
          const token = await take();
          if (token === 'refused') continue;
          most = Math.max(most, ++holders);
          expect(await leases.renew(name, token, ttlMs)).toBe(true);
          turns++;
          holders--;
          await leases.release(name, token);
        }
      }
      await Promise.all(Array.from({ length: 50 }, compete));
      expect([most, holders]).toEqual([1, 0]);
    });
  });
}
