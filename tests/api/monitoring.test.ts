import { expect, test } from 'bun:test';
import { MINUTE_MS } from '../../src/core/durations.ts';
import { testPortal } from '../support/portal.ts';

const STARTED = '2026-01-01T00:00:00.000Z';

test('anybody learns what this instance is', async () => {
  await using portal = await testPortal();

  const answer = await portal.nobody.get('/');

  expect(answer.status).toBe(200);
  expect(answer.body).toEqual({
    name: expect.any(String),
    version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    docs: '/docs',
    openapi: '/openapi.json',
    started_at: STARTED,
  });
});

test('health holds every promised figure, honestly measured or null', async () => {
  await using portal = await testPortal();
  await portal.timers.advance(90_000);

  const { status, body } = await portal.nobody.get('/health');

  expect(status).toBe(200);
  expect(body).toEqual({
    status: 'healthy',
    database: true,
    cache: true,
    started_at: STARTED,
    db_statistics: {
      size: 2,
      size_bytes: expect.any(Number),
      checked_in: 2,
      checked_out: 0,
      overflow: 0,
      total: 2,
      latency_ms: expect.any(Number),
    },
    cache_statistics: {
      memory_usage_bytes: expect.any(Number),
      total_keys: expect.any(Number),
      connected_clients: 0,
      uptime_seconds: 90,
      evicted_keys: null,
      hit_rate: null,
      total_commands_processed: null,
      latency_ms: null,
    },
    errors: [],
  });
  expect(body.db_statistics.size_bytes).toBeGreaterThan(0);
});

test('without its database the instance is unhealthy: 503, in the same form', async () => {
  const portal = await testPortal();
  await portal.database.close();

  const { status, body } = await portal.nobody.get('/health');

  expect(status).toBe(503);
  expect(body).toMatchObject({ status: 'unhealthy', database: false, db_statistics: { latency_ms: null } });
  expect(body.errors).toHaveLength(1);
  expect(JSON.stringify(body)).not.toMatch(/sql|\/dev\/shm|closed/i);
  await portal.close();
});

test('HEAD answers as GET does, without the body', async () => {
  await using portal = await testPortal();
  for (const path of ['/', '/health', '/openapi.json', '/avatars/discord_0.svg']) {
    const get = await portal.fetch(new Request(`http://localhost${path}`));
    const head = await portal.fetch(new Request(`http://localhost${path}`, { method: 'HEAD' }));
    expect(head.status).toBe(get.status);
    expect(head.headers.get('content-type')).toBe(get.headers.get('content-type'));
    expect(await head.text()).toBe('');
  }
});

test('however short the host’s name is, the routes are found', async () => {
  await using portal = await testPortal();
  for (const host of ['a', 'pi', 'nas', 'long.example.com:7331']) {
    const response = await portal.fetch(new Request(`http://${host}/health?x=1`));
    expect({ host, status: response.status }).toEqual({ host, status: 200 });
  }
  const body = JSON.stringify({ username: 'nobody' });
  const headers = { 'content-type': 'application/json', 'x-api-key': portal.modules.publicKey.current() };
  const posted = new Request('http://a/v1/authentication/lookup', { method: 'POST', body, headers });
  expect(await (await portal.fetch(posted)).json()).toMatchObject({ error: 'No such user' });
});

test('default pictures are served, and nothing else beside them', async () => {
  await using portal = await testPortal();
  const picture = await portal.nobody.get('/avatars/discord_3.svg');
  expect(picture).toMatchObject({ status: 200, body: expect.stringContaining('<svg') });
  expect(picture.headers.get('content-type')).toBe('image/svg+xml');
  for (const file of ['discord_6.svg', '..%2f..%2fpackage.json', '%00', '__proto__', 'discord_0.png']) {
    expect(await portal.nobody.get(`/avatars/${file}`)).toMatchObject({ status: 404, body: { code: 'ERR_NOT_FOUND' } });
  }
  expect((await portal.nobody.get('/avatars/%E0%A4%A')).status).toBe(400);
  expect((await portal.nobody.get(`/avatars/${'x'.repeat(33)}`)).body).toMatchObject({ field: 'file' });
});

test('uptime counts from the start, not from the first question', async () => {
  await using portal = await testPortal();
  await portal.timers.leap(5 * MINUTE_MS);
  const { body } = await portal.nobody.get('/health');
  expect(body.cache_statistics.uptime_seconds).toBe(300);
});

test('uptime is the time that passed, whatever the machine’s clock is set to', async () => {
  await using portal = await testPortal();
  await portal.timers.advance(90_000);
  portal.timers.setWallClock(-3_600_000);
  const { body } = await portal.nobody.get('/health');
  expect(body.cache_statistics.uptime_seconds).toBe(90);
});
