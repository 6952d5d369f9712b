import { expect, test } from 'bun:test';
import { unavailable } from '../../src/core/errors.ts';
import { eventually } from '../support/waiting.ts';
import { banned, collect, heard, rawPoller, rawSocket, settled, startTransport } from './transport-harness.ts';

type Refusal = Error & { data: unknown };

for (const transports of [['websocket'], ['polling'], ['polling', 'websocket']]) {
  const name = transports.join(' then ');

  test(`a client is let in by ${name} and knows its own id`, async () => {
    await using portal = startTransport();

    const client = await portal.client('ann', { transports });

    expect(portal.connections.get(client.id ?? '')?.who.user).toBe('ann');
    const rooms = portal.connections.get(client.id ?? '')?.rooms;
    expect(rooms).toEqual(new Set([client.id ?? '', 'everyone', `socket:${client.id}`, 'user:ann']));
    expect(portal.transport.stats()).toEqual({ sockets: 1, connections: 1, bufferedBytes: 0 });
  });

  test(`a client without a token is told so by ${name}, and gets nothing`, async () => {
    await using portal = startTransport();
    const client = portal.dial({ transports });
    const news = collect(client, 'news');

    const refusal = await heard<Refusal>(client, 'connect_error');
    portal.realtime.publish('everyone', 'news', {});

    expect(refusal.data).toEqual({
      error: 'Sign in first: no valid session or key came with this call',
      code: 'ERR_UNAUTHENTICATED',
    });
    expect(portal.connections.size).toBe(0);
    expect(news.items).toEqual([]);
    expect(client.connected).toBe(false);
  });

  test(`the client's address is the one that the dispatcher gave, by ${name}`, async () => {
    await using portal = startTransport();

    const client = await portal.client('ann', { transports, extraHeaders: { 'x-real-ip': '203.0.113.7' } });

    expect(portal.connections.get(client.id ?? '')?.who.handshake.ip).toBe('203.0.113.7');
  });
}

test('a refusal carries the details of its error', async () => {
  await using portal = startTransport();

  const refusal = await heard<Refusal>(portal.dial({ auth: { token: 'banned' } }), 'connect_error');

  expect(refusal.data).toEqual({ error: 'You are banned', code: 'ERR_BANNED', ...banned.details });
});

for (const transports of [['websocket'], ['polling'], ['polling', 'websocket']]) {
  for (const [what, failure] of [
    ['an internal error', new Error('database is gone')],
    ['a busy database', unavailable()],
  ] as const) {
    test(`a sign-in that fails by ${what} looks like a broken line by ${transports}, so that clients retry`, async () => {
      let isBroken = true;
      await using portal = startTransport({
        refusedPerNetwork: 1,
        authenticate: async (handshake) => {
          if (isBroken) throw failure;
          return { user: 'ann', handshake };
        },
      });
      const client = portal.dial({ transports, reconnection: true, reconnectionDelay: 10, reconnectionDelayMax: 20 });
      const refusals = collect(client, 'connect_error');
      await new Promise<void>((resolve) => {
        let attempts = 0;
        client.io.on('reconnect_attempt', () => ++attempts === 4 && resolve());
      });

      isBroken = false;
      await heard(client, 'connect');

      expect(refusals.items.filter((error) => (error as Refusal).data !== undefined)).toEqual([]);
      expect(client.active).toBe(true);
      const told = portal.logged.map(({ message }) => message);
      expect(new Set(told)).toEqual(new Set(what === 'an internal error' ? ['socket authentication failed'] : []));
    });
  }
}

test('the cookie counts where no token is given, and only there', async () => {
  await using portal = startTransport();
  const extraHeaders = { cookie: 'a=b; psession=user-cookie; c=d', origin: 'https://evil.example' };

  const byCookie = await portal.client('', { auth: {}, extraHeaders });
  const byToken = await portal.client('token', { extraHeaders });
  const oddToken = await portal.client('', { auth: { token: { $ne: null } }, extraHeaders });

  const whoIs = (id: string | undefined) => portal.connections.get(id ?? '')?.who;
  expect(whoIs(byCookie.id)).toMatchObject({
    user: 'cookie',
    handshake: { tokenFromCookie: true, origin: 'https://evil.example', host: `localhost:${portal.port}` },
  });
  expect(whoIs(byToken.id)).toMatchObject({ user: 'token', handshake: { tokenFromCookie: false } });
  expect(whoIs(oddToken.id)).toMatchObject({ user: 'cookie', handshake: { tokenFromCookie: true } });
});

test('the path works without its last slash', async () => {
  await using portal = startTransport();

  const client = await portal.client('ann', { addTrailingSlash: false, transports: ['polling', 'websocket'] });

  expect(client.connected).toBe(true);
  expect((await fetch(`${portal.url}/socket.iox`)).status).toBe(404);
});

test('another namespace is refused', async () => {
  await using portal = startTransport();
  const raw = await rawSocket(portal.port);

  raw.send('40/admin,{"token":"user:ann"}');

  expect(await raw.frame('44/admin')).toContain('Invalid namespace');
  expect(portal.connections.size).toBe(0);
});

test('a connection that never asks to be let in is cut, others stay', async () => {
  await using portal = startTransport({ connectTimeoutMs: 1500 });
  const client = await portal.client('ann');
  const raw = await rawSocket(portal.port);

  await raw.closed;

  expect(portal.transport.stats()).toMatchObject({ sockets: 1, connections: 1 });
  await settled(client);
});

test('a refused sign-in ends its connection, and says why first', async () => {
  await using portal = startTransport();
  const raw = await rawSocket(portal.port);
  const poller = await rawPoller(portal.url, 'wrong');

  raw.send('40{"token":"wrong"}');
  raw.send('40{"token":"user:ann"}');

  await raw.closed;
  expect(raw.frames.filter((frame) => frame.startsWith('4'))).toEqual([poller.welcome]);
  expect(poller.welcome).toStartWith('44{"message":"Sign in first');
  expect((await fetch(poller.at)).status).toBe(400);
  expect(portal.transport.stats()).toMatchObject({ sockets: 0, connections: 0 });
});

test('a refused client that never fetches its refusal is cut', async () => {
  await using portal = startTransport({ connectTimeoutMs: 50 });
  const opened = await (await fetch(`${portal.url}/socket.io/?EIO=4&transport=polling`)).text();
  const { sid } = JSON.parse(opened.slice(1)) as { sid: string };
  const post = (body: string) =>
    fetch(`${portal.url}/socket.io/?EIO=4&transport=polling&sid=${sid}`, { method: 'POST', body });

  await post('40{"token":"wrong"}');

  await eventually(() => portal.transport.stats().connections === 0);
});

test('one connection gets one check of its token at a time', async () => {
  let checks = 0;
  await using portal = startTransport({
    authenticate: () => {
      checks++;
      return new Promise(() => {});
    },
  });
  const raw = await rawSocket(portal.port);

  for (let i = 0; i < 50; i++) raw.send('40{"token":"user:ann"}');

  await raw.closed;
  expect(checks).toBe(1);
  expect(portal.connections.size).toBe(0);
});

test('whoever is ended while being let in does not stay', async () => {
  const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
  const { promise: checked, resolve: check } = Promise.withResolvers<void>();
  await using portal = startTransport({
    authenticate: async (handshake) => {
      ask();
      await checked;
      return { user: 'ann', handshake };
    },
  });
  const client = portal.dial({ auth: { token: 'user:ann' }, transports: ['websocket'] });
  await asked;

  portal.realtime.end('user:ann', 'banned');
  const ended = heard(client, 'session:ended');
  const gone = heard<string>(client, 'disconnect');
  check();

  expect(await ended).toEqual({ reason: 'banned' });
  expect(await gone).toBe('io server disconnect');
  expect(portal.connections.size).toBe(0);
});

test('a socket that cannot be set up is cut, and the server lives on', async () => {
  await using portal = startTransport({
    roomsOf: ({ user }) => {
      if (user === 'odd') throw new Error('no rooms');
      return [];
    },
  });

  const odd = portal.dial({ auth: { token: 'user:odd' }, transports: ['websocket'] });
  await heard(odd, 'disconnect');

  expect((await portal.client('ann')).connected).toBe(true);
  expect(portal.connections.size).toBe(1);
  expect(portal.logged.map(({ message }) => message)).toEqual(['socket could not be set up']);
});

test.each(['DELETE', 'PUT', 'PATCH', 'HEAD', 'PROPFIND'])(
  '%s is 405 that names the methods there are, and harms no connection',
  async (method) => {
    await using portal = startTransport({
      corsHeaders: () => ({ 'access-control-allow-origin': 'https://a.example' }),
    });
    const poller = await rawPoller(portal.url);
    for (const query of ['', '?EIO=4&transport=polling', `?EIO=4&transport=polling&sid=${poller.sid}`]) {
      const answer = await fetch(`${portal.url}/socket.io/${query}`, { method });
      expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, POST']);
      expect(answer.headers.get('access-control-allow-origin')).toBe('https://a.example');
      if (method !== 'HEAD') expect(await answer.json()).toMatchObject({ code: 'ERR_METHOD_NOT_ALLOWED' });
    }
    expect(portal.connections.size).toBe(1);
  },
);

test('strange requests are answered, not thrown', async () => {
  await using portal = startTransport({ corsHeaders: () => ({ 'access-control-allow-origin': 'https://a.example' }) });
  const at = `${portal.url}/socket.io/`;
  await rawPoller(portal.url);

  const statusOf = async (query: string, init?: RequestInit) => (await fetch(at + query, init)).status;

  expect(await statusOf('')).toBe(400);
  expect(await statusOf('?EIO=3&transport=polling')).toBe(400);
  expect(await statusOf('?EIO=4&transport=polling&sid=nobody')).toBe(400);
  expect(await statusOf('?EIO=4&transport=polling', { method: 'POST', body: '40' })).toBe(400);
  expect(await statusOf('?EIO=4&transport=carrier-pigeon')).toBe(400);
  const preflight = await fetch(at, { method: 'OPTIONS' });
  expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([204, 'https://a.example']);
  const answer = await fetch(`${at}?EIO=4&transport=polling`);
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect(answer.headers.get('access-control-allow-origin')).toBe('https://a.example');
  await eventually(() => portal.connections.size === 1);
});
