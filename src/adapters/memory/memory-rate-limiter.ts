import type { Clock } from '../../core/clock.ts';
import { MINUTE_MS } from '../../core/durations.ts';
import type { RateLimiter, RateRule, RateState } from '../../ports/rate-limiter.ts';

type Window = { times: number[]; windowMs: number };

/** Rate windows in memory, for one process. A call sweeps empty buckets once a minute. */
export class MemoryRateLimiter implements RateLimiter {
  readonly #clock: Clock;
  readonly #windows = new Map<string, Window>();
  #sweptAt = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async consume(bucket: string, rule: RateRule): Promise<RateState> {
    const now = this.#clock.elapsed();
    this.#sweep(now);
    const window = this.#windows.get(bucket) ?? { times: [], windowMs: rule.windowMs };
    dropOld(window, now);
    const allowed = window.times.length < rule.limit;
    if (allowed) window.times.push(now);
    this.#windows.set(bucket, window);
    return stateOf(window, rule, now, allowed);
  }

  async peek(bucket: string, rule: RateRule): Promise<RateState> {
    const now = this.#clock.elapsed();
    const window = this.#windows.get(bucket) ?? { times: [], windowMs: rule.windowMs };
    dropOld(window, now);
    return stateOf(window, rule, now, window.times.length < rule.limit);
  }

  async refund(bucket: string): Promise<void> {
    this.#windows.get(bucket)?.times.pop();
  }

  async countBuckets(): Promise<number> {
    return this.#windows.size;
  }

  #sweep(now: number): void {
    if (now - this.#sweptAt < MINUTE_MS) return;
    this.#sweptAt = now;
    for (const [bucket, window] of this.#windows) {
      dropOld(window, now);
      if (window.times.length === 0) this.#windows.delete(bucket);
    }
  }
}

function dropOld(window: Window, now: number): void {
  const { times, windowMs } = window;
  let old = 0;
  while (old < times.length && (times[old] as number) <= now - windowMs) old++;
  if (old > 0) times.splice(0, old);
}

function stateOf({ times }: Window, rule: RateRule, now: number, allowed: boolean): RateState {
  const oldest = times[0];
  return {
    allowed,
    remaining: Math.max(0, rule.limit - times.length),
    resetMs: oldest === undefined ? 0 : Math.min(rule.windowMs, Math.max(0, oldest + rule.windowMs - now)),
  };
}
