import type { Config } from '../config/settings.ts';
import type { Timers } from '../core/clock.ts';
import { EventBus } from '../core/events.ts';
import type { Logger } from '../core/logger.ts';
import type { Random } from '../core/random.ts';
import { Scheduler } from '../core/scheduler.ts';
import { type DataDir, instanceSecret } from '../db/data-dir.ts';
import { openDatabase } from '../db/database.ts';
import { createClientIps } from '../http/client-ip.ts';
import { createOrigins } from '../http/origins.ts';
import { createMonitoring } from '../modules/monitoring/monitoring.service.ts';
import { createAdapters } from './adapters.ts';
import type { PortalEvent } from './events.ts';
import { createHttp } from './http.ts';
import { createJobs } from './jobs.ts';
import { addListeners } from './listeners.ts';
import { createModules } from './modules.ts';
import { addHandlers, createSockets } from './sockets.ts';

export type PortalOptions = { config: Config; dir: DataDir; logger: Logger; timers: Timers; random: Random };

export type Portal = Awaited<ReturnType<typeof createPortal>>;

/** Puts the whole program together, once and in sight. It listens to nothing yet: see serve.ts. */
export async function createPortal({ config, dir, logger, timers, random }: PortalOptions) {
  const startedAt = timers.now();
  const secret = instanceSecret(dir, config.server.secret, random.bytes);
  const events = new EventBus<PortalEvent>(logger);
  const database = openDatabase<PortalEvent>({ dir, dispatch: (event) => events.dispatch(event), logger });
  const adapters = createAdapters(timers);
  const origins = createOrigins({ publicUrl: config.server.publicUrl, allowed: config.server.allowedOrigins });
  const transport = createSockets({ config, logger, origins, modules: () => modules });

  const { read, units } = database;
  const { realtime } = transport;
  const platform = { config, read, units, timers, clock: timers, random, secret, logger, realtime, ...adapters };
  const modules = await createModules(platform);
  addListeners({ events, realtime, presence: adapters.presence, read, modules });
  addHandlers(transport, config, adapters, modules);

  const monitoring = createMonitoring({
    ...platform,
    startedAt,
    databaseStats: database.stats,
    liveStats: () => ({ keys: adapters.limiter.size, sockets: transport.stats().sockets }),
  });
  const http = createHttp({ ...platform, origins, modules, monitoring, startedAt });
  const scheduler = new Scheduler(timers, logger);

  return {
    config,
    logger,
    events,
    adapters,
    database,
    modules,
    transport,
    http,
    clientIps: createClientIps(config.server.trustProxy, logger),

    /** Begins what a running server does besides answering. */
    async start(): Promise<void> {
      await modules.rooms.closeVisits();
      scheduler.start(createJobs(modules));
    },

    /** Finishes what is under way and closes the database. */
    async close(): Promise<void> {
      await scheduler.stop();
      await transport.close();
      await modules.sessions.writeActivity();
      await database.close();
      dir.release();
    },
  };
}
