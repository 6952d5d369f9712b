import { expect, test } from 'bun:test';
import { MemoryRateLimiter } from '../../src/adapters/memory/memory-rate-limiter.ts';
import { MINUTE_MS } from '../../src/core/durations.ts';
import { TestTimers } from '../support/test-timers.ts';
import { rateLimiterPromises } from './rate-limiter.suite.ts';

rateLimiterPromises('in memory', (timers) => new MemoryRateLimiter(timers));

test('buckets that have run empty are swept away, others are kept', async () => {
  const timers = new TestTimers();
  const limiter = new MemoryRateLimiter(timers);
  for (let bucket = 0; bucket < 1000; bucket++) await limiter.consume(`b${bucket}`, { limit: 1, windowMs: 1000 });
  await limiter.consume('long', { limit: 1, windowMs: 10 * MINUTE_MS });
  expect(await limiter.countBuckets()).toBe(1001);
  timers.jump(MINUTE_MS);
  await limiter.consume('late', { limit: 1, windowMs: 1000 });
  expect(await limiter.countBuckets()).toBe(2);
});

test('buckets are swept although the machine’s clock has been set back', async () => {
  const timers = new TestTimers();
  const limiter = new MemoryRateLimiter(timers);
  await limiter.consume('early', { limit: 1, windowMs: 1000 });
  timers.setWallClock(-60 * MINUTE_MS);
  timers.jump(MINUTE_MS);
  await limiter.consume('late', { limit: 1, windowMs: 1000 });
  expect(await limiter.countBuckets()).toBe(1);
});
