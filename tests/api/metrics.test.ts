import { expect, test } from 'bun:test';
import { MINUTE_MS } from '../../src/core/durations.ts';
import { personOfUser } from '../../src/core/principal.ts';
import { runningSourceHash } from '../../src/core/version.ts';
import { type TestPortal, testPortal } from '../support/portal.ts';
import { sealed } from '../support/sealed.ts';
import { block, eventually } from '../support/waiting.ts';

const TOKEN = 'a-token-of-many-characters';
const ELSEWHERE = '203.0.113.7';

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

async function figures(portal: TestPortal): Promise<Map<string, number>> {
  const { status, body } = await portal.nobody.get('/metrics');
  expect(status).toBe(200);
  const lines = (body as string).split('\n').filter((line) => line && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}

test('on the machine itself the figures are open, in the format of Prometheus', async () => {
  await using portal = await testPortal();
  for (const ip of ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1']) {
    const answer = await portal.nobody.from(ip).get('/metrics');
    expect({ ip, status: answer.status }).toEqual({ ip, status: 200 });
    expect(answer.headers.get('content-type')).toStartWith('text/plain');
    expect(answer.body).toContain('# TYPE portal_http_requests_total counter');
  }
  const unknown = [...(await figures(portal))].filter(
    ([name, value]) => !/^[a-z_]+(\{.*\})?$/.test(name) || !(value >= 0),
  );
  expect(unknown).toEqual([]);
});

test('from elsewhere they open to the token alone', async () => {
  await using portal = await testPortal({ env: { PORTAL_METRICS_TOKEN: TOKEN } });
  const from = portal.nobody.from(ELSEWHERE);
  const closed = { status: 401, body: { code: 'ERR_UNAUTHENTICATED' } };
  expect((await from.get('/metrics', bearer(TOKEN))).status).toBe(200);
  expect(await from.get('/metrics')).toMatchObject(closed);
  expect(await from.get('/metrics', bearer(`${TOKEN}x`))).toMatchObject(closed);
  expect(await from.get('/metrics', { authorization: TOKEN })).toMatchObject(closed);
  expect(await from.get(`/metrics?token=${TOKEN}`)).toMatchObject(closed);
  const owner = await portal.given.owner();
  expect(await portal.as(owner).from(ELSEWHERE).get('/metrics')).toMatchObject(closed);
});

test('without a token in the configuration they are closed to other machines, whatever is shown', async () => {
  await using portal = await testPortal();
  for (const token of ['undefined', '', 'null']) {
    expect((await portal.nobody.from(ELSEWHERE).get('/metrics', bearer(token))).status).toBe(401);
  }
});

test('a proxy on the machine that is not trusted opens them to nobody behind it', async () => {
  await using portal = await testPortal();
  const by = (headers: Record<string, string>) => portal.nobody.get('/metrics', headers);
  expect((await by({ 'x-forwarded-for': ELSEWHERE })).status).toBe(401);
  expect((await by({ 'x-forwarded-for': `127.0.0.1, ${ELSEWHERE}` })).status).toBe(401);
  expect((await by({ forwarded: `for=${ELSEWHERE}` })).status).toBe(401);
  expect((await by({ 'x-forwarded-for': '127.0.0.1' })).status).toBe(200);
  for (const name of ['via', 'x-real-ip', 'x-forwarded-host', 'x-forwarded-proto'])
    expect([name, (await by({ [name]: '1' })).status]).toEqual([name, 401]);
  for (const host of ['chat.example', 'chat.example:7331', '192.0.2.1', '[2001:db8::1]:7331', 'localhost.example'])
    expect([host, (await by({ host })).status]).toEqual([host, 401]);
  for (const host of ['localhost', 'LOCALHOST:7331', '127.0.0.1:7331', '[::1]:7331', '[::ffff:127.0.0.1]'])
    expect([host, (await by({ host })).status]).toEqual([host, 200]);
});

test('behind a trusted proxy it is the client that counts, not the proxy', async () => {
  await using portal = await testPortal({
    env: { PORTAL_TRUST_PROXY: '127.0.0.1', PORTAL_METRICS_TOKEN: TOKEN },
    realTime: true,
  });
  const url = `${portal.listen()}/metrics`;
  const behind = { 'x-forwarded-for': ELSEWHERE };
  expect((await fetch(url)).status).toBe(200);
  expect((await fetch(url, { headers: behind })).status).toBe(401);
  expect((await fetch(url, { headers: { ...behind, ...bearer(TOKEN) } })).status).toBe(200);
});

test('requests are counted by the pattern of their route, and never by their path', async () => {
  await using portal = await testPortal();
  const chat = await portal.given.chat();
  for (const id of [chat.id, 777, 'secret-code']) await portal.as(chat.owner).get(`/v1/portal/chats/${id}/history`);
  for (const path of ['/nowhere/secret-path', '/v1/portal/resolve', '/%E0%A4%A', '/avatars/secret.svg']) {
    await portal.nobody.get(path);
  }

  const all = await figures(portal);
  const requests = (route: string, status: number) =>
    all.get(`portal_http_requests_total{method="GET",route="${route}",status="${status}"}`);
  expect(requests('/v1/portal/chats/:chat_id/history', 200)).toBe(1);
  expect(requests('/v1/portal/chats/:chat_id/history', 404)).toBe(1);
  expect(requests('/v1/portal/chats/:chat_id/history', 400)).toBe(1);
  expect(requests('/avatars/:file', 404)).toBe(1);
  expect(requests('none', 404)).toBe(3);
  const names = [...all.keys()].join('\n');
  expect(names).not.toMatch(/secret|777|nowhere|%E0/);
  const took = all.get('portal_http_request_duration_seconds_sum{method="GET",route="/avatars/:file"}') ?? 0;
  expect(took).toBeGreaterThan(0);
  expect(took).toBeLessThan(5);
});

test('messages, rooms, units of work and the process are measured', async () => {
  await using portal = await testPortal();
  const before = await figures(portal);
  expect(before.get('portal_messages_sent_total')).toBe(0);
  expect(before.get('portal_rooms')).toBe(0);

  const chat = await portal.given.chat();
  await portal.given.speaker(chat, chat.owner);
  const sent = await portal.as(chat.owner).post(`/v1/portal/chats/${chat.id}/messages`, sealed());
  expect(sent.status).toBe(200);

  const all = await figures(portal);
  expect(all.get('portal_messages_sent_total')).toBe(1);
  expect(all.get('portal_rooms')).toBe(1);
  expect(all.get('portal_unit_duration_seconds_count{unit="send message"}')).toBe(1);
  expect(all.get('portal_units_pending')).toBe(0);
  expect(all.get('portal_sockets')).toBe(0);
  for (const name of ['portal_database_size_bytes', 'process_resident_memory_bytes', 'process_cpu_seconds_total']) {
    expect({ name, isThere: (all.get(name) ?? 0) > 0 }).toEqual({ name, isThere: true });
  }
});

test('a loop that was blocked shows in the lag, until the next call', async () => {
  await using portal = await testPortal();
  const lag = async () => (await figures(portal)).get('portal_event_loop_lag_seconds') ?? Number.NaN;
  await eventually(async () => {
    block(150);
    return (await lag()) > 0.1;
  });
  await eventually(async () => (await lag()) < 0.1);
});

test('two portals in one process count for themselves', async () => {
  await using one = await testPortal();
  await using other = await testPortal();
  await one.nobody.get('/health');
  const of = async (portal: TestPortal) =>
    (await figures(portal)).get('portal_http_requests_total{method="GET",route="/health",status="200"}');
  expect([await of(one), await of(other)]).toEqual([1, undefined]);
});

test('Admins see the health with the hash of the sources, and nobody below', async () => {
  await using portal = await testPortal();
  const health = (await portal.nobody.get('/health')).body;

  const { status, body } = await portal.as(await portal.given.admin()).get('/v1/admin/health');

  expect(status).toBe(200);
  expect(body).toMatchObject({ status: 'healthy', database: true, errors: [] });
  expect(Object.keys(body)).toEqual([...Object.keys(health), 'source_hash', 'live']);
  expect(body.source_hash).toMatch(/^[\da-f]{64}$/);
  expect(body.source_hash).toBe(runningSourceHash());
  expect((await portal.nobody.get('/v1/admin/health')).status).toBe(401);
  expect((await portal.as(await portal.given.moderator()).get('/v1/admin/health')).body).toMatchObject({
    code: 'ERR_FORBIDDEN',
    error: 'Admin access required',
  });
});

test('where a public address is configured the token is needed on the machine itself: a proxy may add no header', async () => {
  await using portal = await testPortal({
    env: { PORTAL_PUBLIC_URL: 'https://chat.example', PORTAL_METRICS_TOKEN: TOKEN },
  });
  expect((await portal.nobody.get('/metrics')).status).toBe(401);
  expect((await portal.nobody.get('/metrics', bearer(TOKEN))).status).toBe(200);
  await using local = await testPortal({ env: { PORTAL_PUBLIC_URL: 'http://localhost:7331' } });
  expect((await local.nobody.get('/metrics')).status).toBe(200);
});

test('the health for Admins says what goes on: who is there, and what the last minute brought', async () => {
  await using portal = await testPortal();
  const admin = portal.as(await portal.given.admin());
  const live = async () => (await admin.get('/v1/admin/health')).body.live;
  expect(await live()).toEqual({
    sockets: 0,
    online: 0,
    rooms_running: 0,
    messages_1m: 0,
    errors_1m: 0,
    latency_p95_ms: null,
  });
  const chat = await portal.given.chat();
  await portal.given.speaker(chat, chat.owner);
  await portal.as(chat.owner).post(`/v1/portal/chats/${chat.id}/messages`, sealed());
  const { sessionId } = chat.owner;
  await portal.adapters.online.arrive({ socketId: 'tab', sessionId, person: personOfUser(chat.owner.id) });
  expect(await live()).toMatchObject({ online: 1, messages_1m: 1, latency_p95_ms: expect.any(Number) });
  await portal.timers.leap(MINUTE_MS);
  expect(await live()).toMatchObject({ online: 1, messages_1m: 0, latency_p95_ms: null });
});

test('failures of the server within the last minute are counted, refusals are not', async () => {
  const portal = await testPortal();
  const { live } = portal.modules.monitoring;
  await portal.nobody.get('/v1/portal/chats');
  expect((await live()).errors_1m).toBe(0);
  await portal.database.close();
  await portal.nobody.get('/health');
  expect((await live()).errors_1m).toBe(1);
  await portal.close();
});
