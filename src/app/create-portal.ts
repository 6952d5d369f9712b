import type { Config } from '../config/settings.ts';
import { createBeat, ownTimers, type Timers } from '../core/clock.ts';
import { SECOND_MS } from '../core/durations.ts';
import { type DomainEvent, EventBus } from '../core/events.ts';
import type { Logger } from '../core/logger.ts';
import type { Random } from '../core/random.ts';
import { Scheduler } from '../core/scheduler.ts';
import { openDatabase } from '../db/database.ts';
import { type DataDir, instanceSecret, isSecretLost } from '../db/sqlite/data-dir.ts';
import { dockerName } from '../db/sqlite/docker-name.ts';
import { createClientIps } from '../http/client-ip.ts';
import { createOrigins } from '../http/origins.ts';
import type { WebFiles } from '../http/web-files.ts';
import { createMetrics } from '../modules/instance/monitoring/metrics.ts';
import type { BrowserEngine } from '../ports/browser-engine.ts';
import { holding } from '../ports/lease.ts';
import { guardHandlers } from '../realtime/handlers.ts';
import { createAdapters } from './adapters.ts';
import { assembleChats } from './chats.ts';
import { createHttp } from './http.ts';
import { assembleInstance } from './instance.ts';
import { assemblePeople } from './people.ts';
import type { Platform } from './platform.ts';
import { createSockets } from './sockets.ts';

export type PortalOptions = {
  config: Config;
  dir: DataDir;
  logger: Logger;
  timers: Timers;
  random: Random;
  web: WebFiles;
  /** Stands in for the browser engine of the settings. */
  engine?: BrowserEngine | undefined;
};

export type Portal = Awaited<ReturnType<typeof createPortal>>;

/** Assembles the whole program in one place. It does not listen yet: see serve.ts. */
export async function createPortal({ config, dir, logger, timers: outer, random, web, engine }: PortalOptions) {
  const timers = ownTimers(outer);
  const startedAt = timers.now();
  const isLost = isSecretLost(dir, config.server.secret);
  const closing = new AsyncDisposableStack();
  closing.defer(() => dir.release());
  // Last of all but the lock: what ends before may still set alarms.
  closing.defer(() => timers.end());

  const events = new EventBus<DomainEvent>(logger);
  const metrics = createMetrics({ startedAt, clock: timers });
  const database = openDatabase<DomainEvent>({
    dir,
    dispatch: events.dispatch,
    logger,
    sync: config.database.sync,
    onUnit: metrics.unitDone,
  });
  closing.defer(() => database.close());
  // Only now: a failed start must not create a new secret, which would hide the loss of the old one.
  if (isLost) logger.warn('the secret is missing beside the database: a new one is made, and with it a new public key');
  const secret = instanceSecret(dir, config.server.secret, random.bytes);

  const nameInDocker = () => dockerName(dir.path, secret, random.bytes);
  const adapters = await createAdapters({ config, dockerName: nameInDocker, timers, random, logger, engine });
  const { read, units } = database;
  const time = { timers, clock: timers, beat: createBeat({ timers }) };
  const platform: Platform = { config, read, units, ...time, random, secret, logger, startedAt, ...adapters };

  const people = await assemblePeople(platform);
  const chats = assembleChats({ ...platform, ...people.services, emit: events.dispatch });
  const origins = createOrigins({ publicUrl: config.server.publicUrl, allowed: config.server.allowedOrigins });
  const { transport, ...sockets } = createSockets({
    ...platform,
    ...people.services,
    ...chats.services,
    origins,
    emit: events.dispatch,
  });
  const instance = assembleInstance({
    ...platform,
    ...people.services,
    ...chats.services,
    metrics,
    databaseStats: database.stats,
    databaseProblem: database.problem,
    liveStats: async () => ({ keys: await adapters.limiter.countBuckets(), sockets: transport.stats().sockets }),
  });
  metrics.watch(async () => {
    const { sizeBytes: databaseBytes, pendingUnits } = database.stats();
    const [rooms, searching] = [await adapters.presence.countChats(), await adapters.matchQueue.countPeople()];
    const browsers = chats.services.running.count;
    return { ...transport.stats(), rooms, searching, browsers, databaseBytes, pendingUnits };
  });

  const all = [...people.modules, ...chats.modules, ...instance.modules];
  for (const { listen } of all) listen?.(events);
  const handlers = all.flatMap((module) => module.handlers ?? []);
  transport.on(guardHandlers({ principalOf: people.services.sessions.requireById }, handlers));
  const http = createHttp({ ...platform, ...people.services, modules: all, origins, metrics, web });
  for (const { stop } of all) if (stop) closing.defer(stop);
  const oneAtATime = holding(adapters.leases, timers, { ttlMs: 30 * SECOND_MS, renewMs: 10 * SECOND_MS });
  const scheduler = new Scheduler({ timers, logger, oneAtATime });

  async function disconnect(): Promise<void> {
    sockets.silence();
    // As in closing: what builds upon the others first, so that pages hear of the server's end and not of their browser's.
    for (const { silence } of all.toReversed()) silence?.();
    await transport.close();
  }
  closing.defer(disconnect);
  closing.defer(() => scheduler.stop());

  return {
    config,
    logger,
    events,
    adapters,
    database,
    modules: { ...people.services, ...chats.services, ...instance.services },
    transport,
    realtime: adapters.realtime,
    http,
    origins,
    clientIps: createClientIps(config.server.trustProxy, logger),

    /** Starts the background work of a running server. */
    async start(): Promise<void> {
      for (const { start } of all) await start?.();
      scheduler.start(all.flatMap(({ jobs = [] }) => jobs));
    },

    /** Tells sockets to reconnect later and waits until all are gone. Their departure has no consequences. */
    disconnect,

    /** Finishes work in progress and closes the database, in reverse order of creation. */
    close: () => closing.disposeAsync(),
  };
}
