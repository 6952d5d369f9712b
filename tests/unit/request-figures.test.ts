import { expect, test } from 'bun:test';
import { Counter, Histogram, Registry } from 'prom-client';
import { RequestFigures } from '../../src/modules/instance/monitoring/request-figures.ts';

test('figures of requests are what prom-client itself would write', async () => {
  const [ours, theirs] = [new Registry(), new Registry()];
  const figures = new RequestFigures(ours);
  const counter = new Counter({
    name: 'portal_http_requests_total',
    help: 'Requests answered, by method, pattern of the route ("none": no route) and status.',
    labelNames: ['method', 'route', 'status'],
    registers: [theirs],
  });
  const histogram = new Histogram({
    name: 'portal_http_request_duration_seconds',
    help: 'How long answers took.',
    labelNames: ['method', 'route'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [theirs],
  });
  const same = async () => {
    const lines = async (registry: Registry) => (await registry.metrics()).split('\n').sort();
    expect(await lines(ours)).toEqual(await lines(theirs));
  };
  await same();
  for (const method of ['GET', 'POST'])
    for (const route of ['/health', '/avatars/:file', 'none'])
      for (const [index, seconds] of [0, 0.0009, 0.001, 0.0010001, 0.03, 2.5, 10, 10.1, 99].entries()) {
        const status = index % 3 === 0 ? 404 : 200;
        figures.add(method, route, status, seconds);
        counter.inc({ method, route, status });
        histogram.observe({ method, route }, seconds);
      }
  await same();
  figures.add('GET', '/health', 500, 0.002);
  counter.inc({ method: 'GET', route: '/health', status: 500 });
  histogram.observe({ method: 'GET', route: '/health' }, 0.002);
  await same();
});
