import { MmdbGeo } from '../adapters/geo/mmdb-geo.ts';
import { MemoryLeases } from '../adapters/memory/memory-lease.ts';
import { MemoryMatchQueue } from '../adapters/memory/memory-match-queue.ts';
import { MemoryOnline } from '../adapters/memory/memory-online.ts';
import { MemoryPresence } from '../adapters/memory/memory-presence.ts';
import { MemoryRateLimiter } from '../adapters/memory/memory-rate-limiter.ts';
import { SocketioRealtime } from '../adapters/socketio/socketio-realtime.ts';
import type { Config } from '../config/settings.ts';
import type { Clock } from '../core/clock.ts';
import { SECOND_MS } from '../core/durations.ts';
import type { Logger } from '../core/logger.ts';
import type { Queue } from '../modules/chats/match/searching.ts';
import type { Geo } from '../ports/geo.ts';
import type { Leases } from '../ports/lease.ts';
import type { Online } from '../ports/online.ts';
import type { Presence } from '../ports/presence.ts';
import type { RateLimiter } from '../ports/rate-limiter.ts';

type Deps = { config: Pick<Config, 'geo' | 'match'>; clock: Clock; logger: Logger };

/** The implementations of the ports. `realtime` reaches sockets once a transport is attached. */
export type Adapters = {
  presence: Presence;
  online: Online;
  limiter: RateLimiter;
  leases: Leases;
  realtime: SocketioRealtime;
  geo: Geo;
  matchQueue: Queue;
};

/** Chooses the adapters. No other file names them. */
export function createAdapters({ config, clock, logger }: Deps): Adapters {
  return {
    presence: new MemoryPresence(),
    online: new MemoryOnline(),
    limiter: new MemoryRateLimiter(clock),
    leases: new MemoryLeases(clock),
    realtime: new SocketioRealtime(),
    matchQueue: new MemoryMatchQueue(clock, {
      ttlMs: config.match.ttlSeconds * SECOND_MS,
      graceMs: config.match.disconnectGraceSeconds * SECOND_MS,
    }),
    geo: new MmdbGeo({ path: config.geo.database, logger }),
  };
}
