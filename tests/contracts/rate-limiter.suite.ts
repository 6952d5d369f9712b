import { describe, expect, test } from 'bun:test';
import { MINUTE_MS, SECOND_MS } from '../../src/core/durations.ts';
import type { RateLimiter } from '../../src/ports/rate-limiter.ts';
import { TestTimers } from '../support/test-timers.ts';

type Make = (timers: TestTimers) => RateLimiter | Promise<RateLimiter>;

/** The contract of every rate limiter. Each run uses its own buckets. */
export function rateLimiterPromises(adapter: string, make: Make): void {
  describe(`the rate limiter: ${adapter}`, () => {
    const rule = { limit: 3, windowMs: 10 * SECOND_MS };
    let buckets = 0;

    async function given() {
      const timers = new TestTimers();
      const limiter = await make(timers);
      const bucket = `bucket-${process.pid}-${++buckets}`;
      return { timers, limiter, bucket, consume: () => limiter.consume(bucket, rule) };
    }

    test('lets so many through in the window, and counts down', async () => {
      const { consume } = await given();
      const states = [await consume(), await consume(), await consume(), await consume()];
      expect(states.map(({ allowed, remaining }) => [allowed, remaining])).toEqual([
        [true, 2],
        [true, 1],
        [true, 0],
        [false, 0],
      ]);
    });

    test('says when one more is allowed than now, and then it is', async () => {
      const { timers, consume } = await given();
      await consume();
      timers.jump(4 * SECOND_MS);
      await consume();
      await consume();
      expect(await consume()).toEqual({ allowed: false, remaining: 0, resetMs: 6 * SECOND_MS });
      timers.jump(6 * SECOND_MS);
      expect(await consume()).toMatchObject({ allowed: true, remaining: 0, resetMs: 4 * SECOND_MS });
      expect((await consume()).allowed).toBe(false);
    });

    test('slides: no moment sees more than the limit within one window', async () => {
      const { timers, consume } = await given();
      const allowed: number[] = [];
      for (let second = 0; second < 60; second++) {
        if ((await consume()).allowed) allowed.push(second);
        timers.jump(SECOND_MS);
      }
      for (const at of allowed)
        expect(allowed.filter((other) => other >= at && other < at + 10).length).toBeLessThanOrEqual(3);
      expect(allowed).toHaveLength(18);
    });

    test('counts nothing for who was refused', async () => {
      const { timers, consume } = await given();
      for (let call = 0; call < 3; call++) await consume();
      timers.jump(9 * SECOND_MS);
      for (let call = 0; call < 50; call++) expect((await consume()).allowed).toBe(false);
      timers.jump(SECOND_MS);
      expect((await consume()).allowed).toBe(true);
    });

    test('a look counts nothing and tells the same', async () => {
      const { limiter, bucket, consume } = await given();
      expect(await limiter.peek(bucket, rule)).toEqual({ allowed: true, remaining: 3, resetMs: 0 });
      await consume();
      for (let look = 0; look < 9; look++)
        expect(await limiter.peek(bucket, rule)).toEqual({ allowed: true, remaining: 2, resetMs: rule.windowMs });
      await consume();
      await consume();
      expect(await limiter.peek(bucket, rule)).toMatchObject({ allowed: false, remaining: 0 });
    });

    test('a refund takes the latest count back, and only that', async () => {
      const { timers, limiter, bucket, consume } = await given();
      await limiter.refund(bucket);
      await consume();
      timers.jump(4 * SECOND_MS);
      await consume();
      await consume();
      await limiter.refund(bucket);
      expect(await limiter.peek(bucket, rule)).toEqual({ allowed: true, remaining: 1, resetMs: 6 * SECOND_MS });
      await consume();
      expect((await consume()).allowed).toBe(false);
    });

    test('of many callers at once who take theirs back, none is counted', async () => {
      const { limiter, bucket } = await given();
      const many = { limit: 50, windowMs: SECOND_MS };
      const turn = async () => {
        const { allowed } = await limiter.consume(bucket, many);
        if (allowed) await limiter.refund(bucket);
      };
      await Promise.all(Array.from({ length: 200 }, turn));
      expect((await limiter.peek(bucket, many)).remaining).toBe(50);
    });

    test('keeps buckets apart', async () => {
      const { limiter, bucket, consume } = await given();
      for (let call = 0; call < 4; call++) await consume();
      expect((await limiter.consume(`${bucket}:other`, rule)).allowed).toBe(true);
    });

    test('takes any text for a bucket', async () => {
      const { limiter, bucket } = await given();
      for (const odd of ['', ' ', '::', '__proto__', 'constructor', '\u0000', '😀', 'x'.repeat(5000)])
        expect((await limiter.consume(`${bucket}${odd}`, { limit: 2, windowMs: 1000 })).remaining).toBe(1);
    });

    test.each([-60, -1, 1, 60])('does not care when the machine’s clock is set by %d minutes', async (minutes) => {
      const { timers, consume } = await given();
      for (let call = 0; call < 3; call++) await consume();
      timers.setWallClock(minutes * MINUTE_MS);
      expect(await consume()).toEqual({ allowed: false, remaining: 0, resetMs: rule.windowMs });
      timers.jump(rule.windowMs);
      expect((await consume()).allowed).toBe(true);
    });

    test('of many callers at once lets exactly the limit through', async () => {
      const { limiter, bucket } = await given();
      const many = { limit: 37, windowMs: SECOND_MS };
      const states = await Promise.all(Array.from({ length: 500 }, () => limiter.consume(bucket, many)));
      expect(states.filter(({ allowed }) => allowed)).toHaveLength(37);
      const left = states.filter(({ allowed }) => allowed).map(({ remaining }) => remaining);
      expect(left.sort((a, b) => a - b)).toEqual(Array.from({ length: 37 }, (_, index) => index));
    });

    test('lets through again as many as have left the window', async () => {
      const { timers, limiter, bucket } = await given();
      const many = { limit: 20, windowMs: 10 * SECOND_MS };
      const burst = (size: number) =>
        Promise.all(Array.from({ length: size }, () => limiter.consume(bucket, many))).then(
          (states) => states.filter(({ allowed }) => allowed).length,
        );
      expect(await burst(12)).toBe(12);
      timers.jump(5 * SECOND_MS);
      expect(await burst(50)).toBe(8);
      timers.jump(5 * SECOND_MS);
      expect(await burst(50)).toBe(12);
    });
  });
}
