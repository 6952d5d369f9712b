import { MmdbGeo } from '../adapters/geo/mmdb-geo.ts';
import { MemoryLeases } from '../adapters/memory/memory-lease.ts';
import { MemoryMatchQueue } from '../adapters/memory/memory-match-queue.ts';
import { MemoryOnline } from '../adapters/memory/memory-online.ts';
import { MemoryPresence } from '../adapters/memory/memory-presence.ts';
import { MemoryRateLimiter } from '../adapters/memory/memory-rate-limiter.ts';
import { SocketioRealtime } from '../adapters/socketio/socketio-realtime.ts';
import type { Config } from '../config/settings.ts';
import type { Timers } from '../core/clock.ts';
import { SECOND_MS } from '../core/durations.ts';
import type { Logger } from '../core/logger.ts';
import type { Queue } from '../modules/chats/match/searching.ts';
import type { BrowserEngine, EngineChoice } from '../ports/browser-engine.ts';
import type { Geo } from '../ports/geo.ts';
import type { Leases } from '../ports/lease.ts';
import type { Online } from '../ports/online.ts';
import type { Presence } from '../ports/presence.ts';
import type { RateLimiter } from '../ports/rate-limiter.ts';

type Deps = {
  config: Pick<Config, 'browser' | 'geo' | 'match'>;
  timers: Timers;
  logger: Logger;
  /** Stands in for the engine of the settings; null: there is none. */
  engine?: BrowserEngine | null | undefined;
};

/** The implementations of the ports. `realtime` reaches sockets once a transport is attached. */
export type Adapters = {
  presence: Presence;
  online: Online;
  limiter: RateLimiter;
  leases: Leases;
  realtime: SocketioRealtime;
  geo: Geo;
  matchQueue: Queue;
  engineChoice: EngineChoice;
};

/** Chooses the adapters. No other file names them. */
export function createAdapters({ config, timers, logger, engine }: Deps): Adapters {
  return {
    presence: new MemoryPresence(),
    online: new MemoryOnline(),
    limiter: new MemoryRateLimiter(timers),
    leases: new MemoryLeases(timers),
    realtime: new SocketioRealtime(),
    matchQueue: new MemoryMatchQueue(timers, {
      ttlMs: config.match.ttlSeconds * SECOND_MS,
      graceMs: config.match.disconnectGraceSeconds * SECOND_MS,
    }),
    geo: new MmdbGeo({ path: config.geo.database, logger }),
    engineChoice: engine ? { engine } : chooseEngine(config.browser),
  };
}

const NOT_FOUND =
  'No Chromium was found: install chromium-headless-shell or chromium, or set PORTAL_BROWSER_CHROMIUM to its path';

/** What runs the shared browsers. */
function chooseEngine({ engine }: Config['browser']): EngineChoice {
  if (engine === 'none') return { engine: null, why: 'This server has no shared browsers', isFault: false };
  return { engine: null, why: NOT_FOUND, isFault: engine === 'local' };
}
