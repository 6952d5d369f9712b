import { MemoryPresence } from '../adapters/memory/memory-presence.ts';
import { MemoryRateLimiter } from '../adapters/memory/memory-rate-limiter.ts';
import type { Clock } from '../core/clock.ts';

/** What live state is kept in. The one place that decides it. */
export function createAdapters(clock: Clock) {
  return { presence: new MemoryPresence(), limiter: new MemoryRateLimiter(clock) };
}

export type Adapters = ReturnType<typeof createAdapters>;
