import type { Config } from '../config/settings.ts';
import type { Timers } from '../core/clock.ts';
import { EventBus } from '../core/events.ts';
import type { Logger } from '../core/logger.ts';
import type { Random } from '../core/random.ts';
import { Scheduler } from '../core/scheduler.ts';
import { SECOND_MS } from '../core/units.ts';
import { type OpenDatabase, openDatabase } from '../db/database.ts';
import { type DataDir, instanceSecret, isSecretLost } from '../db/sqlite/data-dir.ts';
import { createClientIps } from '../http/client-ip.ts';
import { createOrigins } from '../http/origins.ts';
import type { WebFiles } from '../http/web-files.ts';
import { createMetrics, type LiveFigures } from '../modules/instance/monitoring/metrics.ts';
import { createMonitoring } from '../modules/instance/monitoring/monitoring.service.ts';
import { createStatistics } from '../modules/instance/statistics/statistics.service.ts';
import { holding } from '../ports/lease.ts';
import { type Adapters, createAdapters, createRealtime } from './adapters.ts';
import type { PortalEvent } from './events.ts';
import { createHttp } from './http.ts';
import { createJobs } from './jobs.ts';
import { addListeners } from './listeners.ts';
import { createModules } from './modules.ts';
import { addHandlers, createSockets } from './sockets.ts';

export type PortalOptions = {
  config: Config;
  dir: DataDir;
  logger: Logger;
  timers: Timers;
  random: Random;
  web: WebFiles;
};

export type Portal = Awaited<ReturnType<typeof createPortal>>;

/** Puts the whole program together, once and in sight. It listens to nothing yet: see serve.ts. */
export async function createPortal({ config, dir, logger, timers, random, web }: PortalOptions) {
  const startedAt = timers.now();
  if (isSecretLost(dir, config.server.secret))
    logger.warn('the secret is missing beside the database: a new one is made, and with it a new public key');
  const secret = instanceSecret(dir, config.server.secret, random.bytes);
  const events = new EventBus<PortalEvent>(logger);
  const metrics = createMetrics({ startedAt, live: () => liveFigures(database, adapters, transport) });
  const dispatch = (event: PortalEvent) => events.dispatch(event);
  const database = openDatabase<PortalEvent>({
    dir,
    dispatch,
    logger,
    sync: config.database.sync,
    onUnit: metrics.unitDone,
  });
  const adapters = createAdapters({ config, clock: timers, logger });
  const origins = createOrigins({ publicUrl: config.server.publicUrl, allowed: config.server.allowedOrigins });
  const transport = createSockets({ config, logger, origins, online: adapters.online, modules: () => modules });

  const { read, units } = database;
  const realtime = createRealtime(transport);
  const platform = { config, read, units, timers, clock: timers, random, secret, logger, realtime, ...adapters };
  const modules = await createModules(platform);
  addListeners({ events, realtime, presence: adapters.presence, read, modules });
  events.on('message.sent', metrics.messageSent);
  addHandlers(transport, config, adapters, modules);

  const monitoring = createMonitoring({
    ...platform,
    startedAt,
    databaseStats: database.stats,
    liveStats: () => ({ keys: adapters.limiter.size, sockets: transport.stats().sockets }),
  });
  const statistics = createStatistics({ ...platform, startedAt });
  const http = createHttp({ ...platform, origins, modules, monitoring, statistics, metrics, startedAt, web });
  const oneAtATime = holding(adapters.leases, timers, { ttlMs: 30 * SECOND_MS, renewMs: 10 * SECOND_MS });
  const scheduler = new Scheduler({ timers, logger, oneAtATime });

  async function disconnect(): Promise<void> {
    modules.distribution.stop();
    modules.chatStatus.stop();
    modules.crowds.stop();
    await transport.close();
  }

  return {
    config,
    logger,
    events,
    adapters,
    database,
    modules,
    transport,
    realtime,
    http,
    clientIps: createClientIps(config.server.trustProxy, logger),

    /** Begins what a running server does besides answering. */
    async start(): Promise<void> {
      await modules.rooms.closeVisits();
      scheduler.start(createJobs(modules));
      await modules.wipeTimer.plan();
      metrics.start();
    },

    /** Tells sockets to come back later, and waits until all have gone. That everybody goes has no consequences. */
    disconnect,

    /** Finishes what is under way and closes the database. */
    async close(): Promise<void> {
      metrics.stop();
      await scheduler.stop();
      await modules.wipeTimer.stop();
      await disconnect();
      await modules.sessions.writeActivity();
      await modules.bots.writeActivity();
      await database.close();
      dir.release();
    },
  };
}

/** What /metrics asks for. */
function liveFigures(
  database: OpenDatabase<PortalEvent>,
  { presence }: Adapters,
  transport: ReturnType<typeof createSockets>,
): LiveFigures {
  const { sizeBytes, pendingUnits } = database.stats();
  return { ...transport.stats(), rooms: presence.size, databaseBytes: sizeBytes, pendingUnits };
}
