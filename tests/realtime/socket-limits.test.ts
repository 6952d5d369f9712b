import { describe, expect, test } from 'bun:test';
import { eventually } from '../support/waiting.ts';
import { openHouse, type Visitor } from './house.ts';
import { rawSocket, startTransport } from './transport-harness.ts';

const withLimits = (env: Record<string, string>) => openHouse({ env: { PORTAL_LIMITS: 'on', ...env } });

/** What became of an attempt to connect: `connect`, or the code that it was refused with. */
async function outcome(visitor: Visitor): Promise<string> {
  const refused = visitor.heard('connect_error').then((error) => String(error.data?.code));
  return Promise.race([visitor.heard('connect').then(() => 'connect'), refused]);
}

describe('sockets', () => {
  test('of one session: the one too many is refused, those that are there stay, and one that goes makes room', async () => {
    await using house = await withLimits({ PORTAL_LIMIT_SOCKETS_SESSION: '2' });
    const [ann, eve] = [await house.given.person({ username: 'ann' }), await house.given.person({ username: 'eve' })];
    const [first, second] = [await house.dial(ann), await house.dial(ann)];

    const third = house.knock({ token: ann.token });
    const { message, data } = await third.heard('connect_error');

    expect(message).toBe('This session has reached its connection limit: close one first');
    expect(data).toEqual({ error: message, code: 'ERR_RATE_LIMITED', retry_after: 25 });
    expect([first.socket.connected, second.socket.connected]).toEqual([true, true]);
    expect(await first.call('room:leave', { chat_id: 1 })).not.toMatchObject({ code: 'ERR_RATE_LIMITED' });
    await house.dial(eve);

    first.socket.disconnect();
    await eventually(() => house.transport.stats().sockets === 2);
    await house.dial(ann);
    expect(await outcome(house.knock({ token: ann.token }))).toBe('ERR_RATE_LIMITED');
  });

  test('of one user count in all sessions together', async () => {
    await using house = await withLimits({ PORTAL_LIMIT_SOCKETS_USER: '3' });
    const ann = await house.given.person({ username: 'ann' });
    const other = await house.given.session(ann);
    for (const session of [ann, other, ann]) await house.dial(session);

    const { data } = await house.knock({ token: other.token }).heard('connect_error');

    expect(data).toEqual({
      error: 'You have reached your connection limit: close one first',
      code: 'ERR_RATE_LIMITED',
      retry_after: 25,
    });
    await house.dial(await house.given.person({ username: 'eve' }));
  });

  test('that come all at once are counted one by one', async () => {
    await using house = await withLimits({ PORTAL_LIMIT_SOCKETS_SESSION: '3' });
    const ann = await house.given.person({ username: 'ann' });

    const outcomes = await Promise.all(Array.from({ length: 12 }, () => outcome(house.knock({ token: ann.token }))));

    expect(outcomes.filter((one) => one === 'connect')).toHaveLength(3);
    expect(outcomes.filter((one) => one === 'ERR_RATE_LIMITED')).toHaveLength(9);
    expect(house.transport.stats().sockets).toBe(3);
  });

  test('of a session that was ended take no place any more', async () => {
    await using house = await withLimits({ PORTAL_LIMIT_SOCKETS_USER: '2' });
    const ann = await house.given.person({ username: 'ann' });
    const other = await house.given.session(ann);
    const visitors = [await house.dial(other), await house.dial(other)];

    await house.as(ann).post('/v1/users/me/sessions/destroy');
    for (const visitor of visitors) await visitor.heard('disconnect');
    await eventually(() => house.transport.stats().connections === 0);

    await house.dial(ann);
    await house.dial(ann);
  });

  test('are not counted when limits are off', async () => {
    const env = {
      PORTAL_LIMIT_SOCKETS_SESSION: '1',
      PORTAL_LIMIT_SOCKETS_USER: '1',
      PORTAL_LIMIT_SOCKETS_PENDING: '1',
    };
    await using house = await openHouse({ env });
    const ann = await house.given.person({ username: 'ann' });
    for (let count = 0; count < 3; count++) await house.dial(ann);
    expect(await Promise.all([handshake(house.url), handshake(house.url)])).toMatchObject([
      { status: 200 },
      { status: 200 },
    ]);
  });
});

/** A connection that has not signed in. */
async function handshake(url: string, ip = '203.0.113.7') {
  const response = await fetch(`${url}/socket.io/?EIO=4&transport=polling`, { headers: { 'x-forwarded-for': ip } });
  const text = await response.text();
  const sid = response.ok ? String(JSON.parse(text.slice(1)).sid) : '';
  return { status: response.status, text, retryAfter: response.headers.get('retry-after'), sid };
}

describe('connections that have not signed in', () => {
  const env = { PORTAL_LIMIT_SOCKETS_PENDING: '2', PORTAL_TRUST_PROXY: '127.0.0.1' };

  test('are so many of one address, and no more; other addresses are let in', async () => {
    await using house = await withLimits(env);
    await handshake(house.url);
    await handshake(house.url);

    const refused = await handshake(house.url);

    expect(refused).toMatchObject({ status: 429, retryAfter: '10' });
    expect(JSON.parse(refused.text)).toEqual({
      error: 'Too many connections from your network wait to sign in: try again in a moment',
      code: 'ERR_RATE_LIMITED',
      retry_after: 10,
    });
    expect(house.transport.stats().connections).toBe(2);
    expect((await handshake(house.url, '203.0.113.8')).status).toBe(200);
    expect((await fetch(`${house.url}/socket.io/?EIO=4&transport=polling&sid=`, forwarded('203.0.113.7'))).status).toBe(
      429,
    );
    expect((await fetch(`${house.url}/socket.io/?EIO=4&transport=websocket`, forwarded('203.0.113.7'))).status).toBe(
      429,
    );
  });

  test('count by the /64 in IPv6', async () => {
    await using house = await withLimits(env);
    expect((await handshake(house.url, '2001:db8:1:2::1')).status).toBe(200);
    expect((await handshake(house.url, '2001:db8:1:2:ffff::2')).status).toBe(200);
    expect((await handshake(house.url, '2001:db8:1:2::3')).status).toBe(429);
    expect((await handshake(house.url, '2001:db8:1:3::3')).status).toBe(200);
  });

  test('are that no more once they have signed in, or are gone', async () => {
    await using house = await withLimits({ PORTAL_LIMIT_SOCKETS_PENDING: '2' });
    const ann = await house.given.person({ username: 'ann' });
    for (let count = 0; count < 4; count++) await house.dial(ann);
    const [one] = [await handshake(house.url), await handshake(house.url)];
    expect(await outcome(house.knock({ token: ann.token }))).toBe('undefined');

    await fetch(`${house.url}/socket.io/?EIO=4&transport=polling&sid=${one?.sid}`, { method: 'POST', body: '1' });
    await eventually(() => house.transport.stats().connections === 5);

    await house.dial(ann);
  });

  test('are cut off when their time is up, which makes room', async () => {
    await using portal = startTransport({ pendingPerNetwork: 2, connectTimeoutMs: 1500 });
    const idle = [await rawSocket(portal.port), await rawSocket(portal.port)];
    expect((await handshake(portal.url)).status).toBe(429);

    await Promise.all(idle.map(({ closed }) => closed));

    expect(portal.transport.stats().connections).toBe(0);
    await portal.client('ann');
  });

  test('make room when they are refused', async () => {
    await using portal = startTransport({ pendingPerNetwork: 1 });
    const stranger = await rawSocket(portal.port);
    expect((await handshake(portal.url)).status).toBe(429);

    stranger.send('40{"token":"banned"}');
    await stranger.frame('44');
    await stranger.closed;

    expect((await handshake(portal.url)).status).toBe(200);
  });

  test('are refused over HTTP once too many of their network have failed to sign in, and let in again later', async () => {
    const clock = { ms: 0 };
    await using portal = startTransport({ refusedPerNetwork: 6, elapsed: () => clock.ms });
    for (let count = 0; count < 6; count++) {
      const raw = await rawSocket(portal.port);
      raw.send('40{"token":"wrong"}');
      await raw.closed;
    }

    const refused = await handshake(portal.url);

    expect([refused.status, refused.retryAfter]).toEqual([429, '10']);
    expect(JSON.parse(refused.text)).toMatchObject({ code: 'ERR_RATE_LIMITED', retry_after: 10 });
    const elsewhere = await fetch(`${portal.url}/socket.io/?EIO=4&transport=polling`, {
      headers: { 'x-real-ip': '203.0.113.8' },
    });
    expect(elsewhere.status).toBe(200);
    clock.ms += 10_000;
    expect((await handshake(portal.url)).status).toBe(200);
  });
});

const forwarded = (ip: string) => ({ headers: { 'x-forwarded-for': ip } });

describe('every event counts against the limit of its session', () => {
  const codesOf = async (visitor: Visitor, event: string, payloads: unknown[]) => {
    const answers = await Promise.all(payloads.map((payload) => visitor.call(event, payload)));
    return answers.map(({ code }) => code as string | undefined);
  };

  test('one that nobody knows, and one that makes no sense', async () => {
    await using house = await withLimits({ PORTAL_LIMIT_SOCKET_EVENTS: '4' });
    const [ann, eve] = [await house.given.person({ username: 'ann' }), await house.given.person({ username: 'eve' })];
    const visitor = await house.dial(ann);

    expect(await codesOf(visitor, 'no:such', [{}, {}])).toEqual(['ERR_NOT_FOUND', 'ERR_NOT_FOUND']);
    expect(await codesOf(visitor, 'room:join', [7, { chat_id: 'x' }])).toEqual(['ERR_VALIDATION', 'ERR_VALIDATION']);

    for (const event of ['no:such', 'room:join', 'no:other']) {
      const answer = await visitor.call(event, {});
      expect(answer).toMatchObject({ ok: false, code: 'ERR_RATE_LIMITED' });
      expect(answer.retry_after).toBeGreaterThan(0);
    }
    const second = await house.dial(ann);
    expect(await codesOf(second, 'no:such', [{}])).toEqual(['ERR_RATE_LIMITED']);
    expect(await codesOf(await house.dial(eve), 'no:such', [{}])).toEqual(['ERR_NOT_FOUND']);
  });

  test('also one that wants no answer', async () => {
    await using house = await withLimits({ PORTAL_LIMIT_SOCKET_EVENTS: '3' });
    const visitor = await house.dial(await house.given.person({ username: 'ann' }));
    for (let count = 0; count < 3; count++) visitor.socket.emit('no:such', {});
    expect(await codesOf(visitor, 'no:such', [{}])).toEqual(['ERR_RATE_LIMITED']);
  });

  test('none when limits are off', async () => {
    await using house = await openHouse({ env: { PORTAL_LIMIT_SOCKET_EVENTS: '1' } });
    const visitor = await house.dial(await house.given.person({ username: 'ann' }));
    expect(await codesOf(visitor, 'no:such', [{}, {}])).toEqual(['ERR_NOT_FOUND', 'ERR_NOT_FOUND']);
  });
});
