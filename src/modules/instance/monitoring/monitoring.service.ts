import { sql } from 'drizzle-orm';
import { type Clock, isoTime } from '../../../core/clock.ts';
import { SECOND_MS } from '../../../core/durations.ts';
import type { Logger } from '../../../core/logger.ts';
import { prepared, type Queries } from '../../../db/queries.ts';
import type { EngineChoice } from '../../../ports/browser-engine.ts';
import type { Online } from '../../../ports/online.ts';
import { instanceFacts } from '../../people/public-key/instance-facts.tables.ts';
import type { Metrics } from './metrics.ts';
import type { AdminHealth, Health } from './monitoring.model.ts';

type Deps = {
  read: Queries;
  clock: Clock;
  logger: Logger;
  startedAt: number;
  databaseStats(): { sizeBytes: number; pendingUnits: number };
  /** Why nothing can be saved at present. */
  databaseProblem(): Promise<string | undefined>;
  /** Figures of the in-memory state. */
  liveStats(): Promise<{ keys: number; sockets: number }>;
  engineChoice: EngineChoice;
  online: Pick<Online, 'countPeople'>;
  /** The shared browsers that run. */
  running: { readonly count: number };
  metrics: Pick<Metrics, 'lastMinute'>;
};

const probe = prepared((db) => db.select({ one: sql<number>`count(*)`.mapWith(Number) }).from(instanceFacts));

const CONNECTIONS = 2;

export type Monitoring = ReturnType<typeof createMonitoring>;

export function createMonitoring({
  read,
  clock,
  logger,
  startedAt,
  databaseStats,
  databaseProblem,
  liveStats,
  engineChoice,
  online,
  running,
  metrics,
}: Deps) {
  const beganAt = clock.elapsed();

  /** The latency of a query in milliseconds; undefined when it fails. */
  async function databaseLatency(): Promise<number | undefined> {
    const began = performance.now();
    try {
      await probe(read, {});
      return Math.round((performance.now() - began) * 1000) / 1000;
    } catch (error) {
      logger.error('health check: the database does not answer', { error });
      return undefined;
    }
  }

  /** Why no shared browser can run, although the settings ask for an engine. */
  const engineProblem = () => (engineChoice.isWanted ? engineChoice.missing() : undefined);

  return {
    /** What is going on at present. */
    async live(): Promise<AdminHealth['live']> {
      const { messages, errors, latencyP95Ms } = metrics.lastMinute();
      return {
        sockets: (await liveStats()).sockets,
        online: await online.countPeople(),
        rooms_running: running.count,
        messages_1m: messages,
        errors_1m: errors,
        latency_p95_ms: latencyP95Ms,
      };
    },

    async health(): Promise<Health> {
      const latency = await databaseLatency();
      const { sizeBytes, pendingUnits } = databaseStats();
      const { keys, sockets } = await liveStats();
      const isUp = latency !== undefined;
      const problems = [
        isUp ? await databaseProblem() : 'The database does not answer',
        engineProblem(),
        engineChoice.concern?.(),
      ];
      const errors = problems.filter((problem) => problem !== undefined);
      return {
        status: !isUp ? 'unhealthy' : errors.length > 0 ? 'degraded' : 'healthy',
        database: isUp,
        cache: true,
        started_at: isoTime(startedAt),
        db_statistics: {
          size: CONNECTIONS,
          size_bytes: sizeBytes,
          checked_in: CONNECTIONS - Math.min(1, pendingUnits),
          checked_out: Math.min(1, pendingUnits),
          overflow: Math.max(0, pendingUnits - 1),
          total: CONNECTIONS,
          latency_ms: latency ?? null,
        },
        cache_statistics: {
          memory_usage_bytes: process.memoryUsage.rss(),
          total_keys: keys,
          connected_clients: sockets,
          uptime_seconds: Math.floor((clock.elapsed() - beganAt) / SECOND_MS),
          evicted_keys: null,
          hit_rate: null,
          total_commands_processed: null,
          latency_ms: null,
        },
        errors,
      };
    },
  };
}
