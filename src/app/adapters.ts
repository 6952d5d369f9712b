import { MmdbGeo } from '../adapters/geo/mmdb-geo.ts';
import { MemoryLeases } from '../adapters/memory/memory-lease.ts';
import { MemoryOnline } from '../adapters/memory/memory-online.ts';
import { MemoryPresence } from '../adapters/memory/memory-presence.ts';
import { MemoryRateLimiter } from '../adapters/memory/memory-rate-limiter.ts';
import { createSocketIoRealtime, type SocketRooms } from '../adapters/socketio/socketio-realtime.ts';
import type { Config } from '../config/settings.ts';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import type { Geo } from '../ports/geo.ts';
import type { Realtime } from '../ports/realtime.ts';

type Deps = { config: Pick<Config, 'geo'>; clock: Clock; logger: Logger };

/** What live state is kept in, and where places come from. The one place that decides it. */
export function createAdapters({ config, clock, logger }: Deps) {
  const geo: Geo = new MmdbGeo({ path: config.geo.database, logger });
  return {
    presence: new MemoryPresence(),
    online: new MemoryOnline(),
    limiter: new MemoryRateLimiter(clock),
    leases: new MemoryLeases(clock),
    geo,
  };
}

export type Adapters = ReturnType<typeof createAdapters>;

/** How clients are reached: through the sockets of this process. Apart, as sockets need the adapters above. */
export const createRealtime = (transport: SocketRooms): Realtime => createSocketIoRealtime(transport);
