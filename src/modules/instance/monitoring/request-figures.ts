import { Counter, type Histogram, type Registry } from 'prom-client';

type Labels = { method: string; route: string };
type Series = { labels: Labels; byStatus: Map<number, number>; byBound: number[]; seconds: number; count: number };

const COUNTER = {
  name: 'portal_http_requests_total',
  help: 'Requests answered, by method, pattern of the route ("none": no route) and status.',
};
const DURATIONS = { name: 'portal_http_request_duration_seconds', help: 'How long answers took.' };
const BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/**
 * Request counts and durations. prom-client resolves all labels on every increment, which takes longer than reading a row.
 * Here each route keeps its own figures, which go to the library when they are collected.
 */
export class RequestFigures {
  readonly #series = new Map<string, Series>();

  constructor(registry: Registry) {
    const everything = () => this.#series.values();
    new Counter({
      ...COUNTER,
      labelNames: ['method', 'route', 'status'],
      registers: [registry],
      collect() {
        this.reset();
        for (const { labels, byStatus } of everything())
          for (const [status, count] of byStatus) this.inc({ ...labels, status }, count);
      },
    });
    const get = async () => ({ ...DURATIONS, type: 'histogram', values: [...everything()].flatMap(durationsOf) });
    registry.registerMetric({ ...DURATIONS, get } as unknown as Histogram);
  }

  add(method: string, route: string, status: number, seconds: number): void {
    const series = this.#of(method, route);
    series.byStatus.set(status, (series.byStatus.get(status) ?? 0) + 1);
    series.count++;
    series.seconds += seconds;
    const index = BOUNDS.findIndex((bound) => seconds <= bound);
    if (index >= 0) series.byBound[index] = (series.byBound[index] ?? 0) + 1;
  }

  #of(method: string, route: string): Series {
    const key = `${method} ${route}`;
    const known = this.#series.get(key);
    if (known) return known;
    const byBound = BOUNDS.map(() => 0);
    const series: Series = { labels: { method, route }, byStatus: new Map(), byBound, seconds: 0, count: 0 };
    this.#series.set(key, series);
    return series;
  }
}

/** Cumulative buckets, as Prometheus wants them. */
function durationsOf({ labels, byBound, seconds, count }: Series) {
  let below = 0;
  const buckets = BOUNDS.map((le, index) => {
    below += byBound[index] ?? 0;
    return { metricName: `${DURATIONS.name}_bucket`, labels: { le, ...labels }, value: below };
  });
  return [
    ...buckets,
    { metricName: `${DURATIONS.name}_bucket`, labels: { le: '+Inf', ...labels }, value: count },
    { metricName: `${DURATIONS.name}_sum`, labels, value: seconds },
    { metricName: `${DURATIONS.name}_count`, labels, value: count },
  ];
}
