import { DockerBrowserEngine } from '../adapters/docker-browser/docker-browser-engine.ts';
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
import { MIB, SECOND_MS } from '../core/durations.ts';
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
  config: Pick<Config, 'browser' | 'geo' | 'match' | 'server'>;
  /** What this server is called in Docker; undefined: it has not been started yet. Asked for only where Docker is used. */
  dockerName(): string | undefined;
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
export async function createAdapters({ engine, ...deps }: Deps): Promise<Adapters> {
  const { config, timers, logger } = deps;
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
    engineChoice: engine ? given(engine, config) : await chooseEngine(deps),
  };
}

/** As many browsers run where the settings do not say otherwise. */
const MOST_LOCAL = 4;
const MOST_DOCKER = 16;
/** A browser that is used all day writes a tenth of it. */
const DOCKER_DISK = 2048 * MIB;

const given = (engine: BrowserEngine, { browser }: Deps['config']): EngineChoice => ({
  engine,
  missing: () => undefined,
  isWanted: true,
  maxRunning: browser.maxRunning ?? MOST_LOCAL,
});

/** What runs the shared browsers. A Chromium may be installed or removed, and a daemon come and go, while the server runs. */
export async function chooseEngine(deps: Omit<Deps, 'engine'>): Promise<EngineChoice> {
  const { engine, maxRunning } = deps.config.browser;
  if (engine === 'none') {
    return { engine: null, missing: () => 'This server has no shared browsers', isWanted: false, maxRunning: 0 };
  }
  if (engine !== 'local') {
    const docker = dockerEngine(deps);
    if (engine === 'docker' || (await docker.answers())) {
      return {
        engine: docker,
        missing: () => docker.problem,
        concern: () => (deps.config.browser.unfenced ? UNFENCED : undefined),
        isWanted: true,
        maxRunning: maxRunning ?? MOST_DOCKER,
      };
    }
    await docker.close();
  }
  const { chromium } = deps.config.browser;
  return {
    engine: localEngine(deps),
    missing: () => whyMissing(chromium),
    isWanted: engine === 'local',
    maxRunning: maxRunning ?? MOST_LOCAL,
  };
}

const UNFENCED =
  'Nothing proves that shared browsers cannot reach the networks of this machine: PORTAL_BROWSER_UNFENCED';

function dockerEngine({ config: { browser, server }, dockerName, timers, random, logger }: Omit<Deps, 'engine'>) {
  const { docker, image, imageUnchecked, memory, cpus, pids, ports, addresses, ice, unfenced, fenceTargets } = browser;
  const [first = 0, last = first] = ports.split('-').map(Number);
  const publicHost = server.publicUrl === undefined ? '127.0.0.1' : new URL(server.publicUrl).hostname;
  return new DockerBrowserEngine({
    ...{ image, cpus, pids, ice, timers, random, logger },
    host: docker,
    instance: dockerName() ?? '',
    isUnchecked: imageUnchecked,
    isUnfenced: unfenced,
    fenceTargets,
    memoryBytes: memory,
    diskBytes: DOCKER_DISK,
    ports: { first, last },
    addresses: addresses.length > 0 ? addresses : [publicHost.replace(/^\[|\]$/g, '')],
    size: sizeOf(browser),
  });
}

function localEngine({ config: { browser }, timers, random, logger }: Omit<Deps, 'engine'>) {
  const { chromium, allowHosts, sandbox, profiles, memory: memoryBytes, cpus } = browser;
  return new LocalBrowserEngine({
    ...{ chromium, sandbox, profiles, memoryBytes, cpus, timers, logger },
    size: sizeOf(browser),
    fence: new EgressFence({ allowHosts, timers, random }),
  });
}

function sizeOf({ size }: Config['browser']) {
  const [width = 0, height = 0, fps = 0] = size.split(/[x@]/).map(Number);
  return { width, height, fps };
}

function whyMissing(chromium: string | undefined): string | undefined {
  try {
    findChromium(chromium);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
