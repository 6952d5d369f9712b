import { EgressFence } from '../adapters/egress/fence.ts';
import { MmdbGeo } from '../adapters/geo/mmdb-geo.ts';
import { findChromium } from '../adapters/local-browser/chromium-binary.ts';
import { LocalBrowserEngine } from '../adapters/local-browser/local-browser-engine.ts';
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
import type { Random } from '../core/random.ts';
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
  random: Random;
  logger: Logger;
  /** Stands in for the engine of the settings. */
  engine?: BrowserEngine | undefined;
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
export function createAdapters({ config, timers, random, logger, engine }: Deps): Adapters {
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
    engineChoice: engine
      ? { engine, missing: () => undefined, isWanted: true }
      : chooseEngine({ config, timers, random, logger }),
  };
}

/** What runs the shared browsers. A Chromium may be installed, or removed, while the server runs. */
export function chooseEngine({ config: { browser }, timers, random, logger }: Deps): EngineChoice {
  const { engine, chromium, allowHosts, size } = browser;
  if (engine === 'none') return { engine: null, missing: () => 'This server has no shared browsers', isWanted: false };
  const [width = 0, height = 0, fps = 0] = size.split(/[x@]/).map(Number);
  const { sandbox, profiles, memory: memoryBytes, cpus } = browser;
  const local = new LocalBrowserEngine({
    ...{ chromium, sandbox, profiles, memoryBytes, cpus, timers, logger },
    size: { width, height, fps },
    fence: new EgressFence({ allowHosts, timers, random }),
  });
  return { engine: local, missing: () => whyMissing(chromium), isWanted: engine === 'local' };
}

function whyMissing(chromium: string | undefined): string | undefined {
  try {
    findChromium(chromium);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
