import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Clock } from '../../../core/clock.ts';
import { VERSION } from '../../../core/version.ts';
import type { RequestContext } from '../../../http/request-context.ts';
import { LastMinute } from './last-minute.ts';
import { RequestFigures } from './request-figures.ts';

/** Gauges that are measured on collection. */
type LiveFigures = {
  sockets: number;
  connections: number;
  bufferedBytes: number;
  rooms: number;
  searching: number;
  browsers: number;
  databaseBytes: number;
  pendingUnits: number;
};

export type Metrics = ReturnType<typeof createMetrics>;

const METHODS = new Set(['GET', 'POST', 'HEAD', 'OPTIONS']);
const NANOSECONDS = 1e9;

/** Prometheus metrics. Labels come from closed sets, never from paths or names. */
export function createMetrics({ startedAt, clock }: { startedAt: number; clock: Pick<Clock, 'elapsed'> }) {
  const registry = new Registry();
  const lastMinute = new LastMinute(clock);
  const registers = [registry];
  const requests = new RequestFigures(registry);
  const messages = new Counter({
    name: 'portal_messages_sent_total',
    help: 'Messages accepted, including system messages.',
    registers,
  });
  const pairs = new Counter({
    name: 'portal_match_pairs_total',
    help: 'Pairs of people for whom a direct chat began.',
    registers,
  });
  const waits = new Histogram({
    name: 'portal_match_wait_seconds',
    help: 'How long people who were paired had searched.',
    buckets: [0.1, 1, 5, 15, 60, 300, 1800],
    registers,
  });
  const browserStarts = new Histogram({
    name: 'portal_browser_start_seconds',
    help: 'How long shared browsers took to start.',
    buckets: [0.5, 1, 2, 5, 15, 45],
    registers,
  });
  const browserStops = new Counter({
    name: 'portal_browser_stops_total',
    help: 'Shared browsers that stopped, by reason.',
    labelNames: ['reason'],
    registers,
  });
  const browserFailures = new Counter({
    name: 'portal_browser_failures_total',
    help: 'Shared browsers that did not start, or ended by themselves.',
    labelNames: ['what'],
    registers,
  });
  const units = new Histogram({
    name: 'portal_unit_duration_seconds',
    help: 'Duration of units of work, including the wait for their turn.',
    labelNames: ['unit'],
    buckets: [0.001, 0.005, 0.025, 0.1, 0.5, 2.5],
    registers,
  });
  const lag = monitorEventLoopDelay({ resolution: 50 });
  addProcessGauges(registry, startedAt, lag);

  return {
    contentType: registry.contentType,

    /** What happened within the last 60 seconds. */
    lastMinute: () => lastMinute.figures(),

    /** Counts a response. */
    answered(request: Request, response: Response, { route = 'none', beganMs }: RequestContext): void {
      const method = METHODS.has(request.method) ? request.method : 'other';
      const ms = performance.now() - beganMs;
      requests.add(method, route, response.status, ms / 1000);
      lastMinute.answered(ms, response.status >= 500);
    },

    /** Registers gauges to be measured on collection. */
    watch(live: () => Promise<LiveFigures>): void {
      addLiveGauges(registry, live);
    },

    messageSent(): void {
      messages.inc();
      lastMinute.messageSent();
    },

    /** Counts a pair, by how long each of the two had searched. */
    paired(waitedMs: readonly number[]): void {
      pairs.inc();
      for (const ms of waitedMs) waits.observe(ms / 1000);
    },

    /** Counts a start, by how long it took. One after a crash has no duration. */
    browserStarted({ tookMs }: { tookMs: number | null }): void {
      if (tookMs !== null) browserStarts.observe(tookMs / 1000);
    },

    browserStopped({ reason, wasOn }: { reason: string; wasOn: boolean }): void {
      if (wasOn) browserStops.inc({ reason });
    },

    browserFailed({ what }: { what: string }): void {
      browserFailures.inc({ what });
    },

    unitDone(unit: string, ms: number): void {
      units.observe({ unit }, ms / 1000);
    },

    /** Starts measuring event loop lag. */
    start(): void {
      lag.enable();
    },

    stop(): void {
      lag.disable();
    },

    /** All metrics in the Prometheus text format. The maximum lag covers the time since the last call. */
    async text(): Promise<string> {
      const text = await registry.metrics();
      lag.reset();
      return text;
    },
  };
}

function addLiveGauges(registry: Registry, live: () => Promise<LiveFigures>): void {
  const gauges: [name: string, help: string, value: (figures: LiveFigures) => number][] = [
    ['portal_sockets', 'Authenticated sockets.', ({ sockets }) => sockets],
    ['portal_socket_connections', 'Socket connections, authenticated or not.', ({ connections }) => connections],
    ['portal_socket_buffered_bytes', 'Bytes buffered for slow readers.', ({ bufferedBytes }) => bufferedBytes],
    ['portal_rooms', 'Chats with at least one person in the room.', ({ rooms }) => rooms],
    ['portal_match_searching', 'People who search for someone to talk to.', ({ searching }) => searching],
    ['portal_browsers', 'Running shared browsers.', ({ browsers }) => browsers],
    ['portal_database_size_bytes', 'Size of the database file.', ({ databaseBytes }) => databaseBytes],
    ['portal_units_pending', 'Units of work running or waiting.', ({ pendingUnits }) => pendingUnits],
  ];
  for (const [name, help, value] of gauges) {
    new Gauge({
      name,
      help,
      registers: [registry],
      async collect() {
        this.set(value(await live()));
      },
    });
  }
}

function addProcessGauges(registry: Registry, startedAt: number, lag: ReturnType<typeof monitorEventLoopDelay>): void {
  const seconds = (nanoseconds: number) => (Number.isFinite(nanoseconds) ? nanoseconds / NANOSECONDS : 0);
  const gauges: [name: string, help: string, value: () => number][] = [
    ['process_start_time_seconds', 'Start time in Unix seconds.', () => startedAt / 1000],
    ['process_resident_memory_bytes', 'Resident memory of the process.', () => process.memoryUsage.rss()],
    ['process_heap_bytes', 'JavaScript heap in use.', () => process.memoryUsage().heapUsed],
    ['portal_event_loop_lag_seconds', 'Longest event loop delay since the last scrape.', () => seconds(lag.max)],
    ['portal_event_loop_lag_mean_seconds', 'Mean event loop delay since the last scrape.', () => seconds(lag.mean)],
  ];
  for (const [name, help, value] of gauges) {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(value());
      },
    });
  }
  new Counter({
    name: 'process_cpu_seconds_total',
    help: 'CPU time of the server.',
    registers: [registry],
    collect() {
      const { user, system } = process.cpuUsage();
      this.reset();
      this.inc((user + system) / 1e6);
    },
  });
  new Gauge({ name: 'portal_info', help: 'Version of the server.', labelNames: ['version'], registers: [registry] })
    .labels(VERSION)
    .set(1);
}
