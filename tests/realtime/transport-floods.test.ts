import { describe, expect, test } from 'bun:test';
import { Type } from '@sinclair/typebox';
import { ask, statusOf } from '../support/raw-http.ts';
import { eventually, turn } from '../support/waiting.ts';
import { heard, rawPoller, rawSocket, settled, startTransport } from './transport-harness.ts';

const upgrade = (token: string) => ['Host: localhost', 'Connection: Upgrade', `Upgrade: ${token}`];
const KEY = ['Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Version: 13'];

/** Intervals that are running, of those that were started since. */
function watchIntervals() {
  const { setInterval: start, clearInterval: stop } = globalThis;
  const running = new Set<unknown>();
  globalThis.setInterval = ((...args: Parameters<typeof start>) => {
    const timer = start(...args);
    running.add(timer);
    return timer;
  }) as typeof start;
  globalThis.clearInterval = ((timer: Parameters<typeof stop>[0]) => {
    running.delete(timer);
    stop(timer);
  }) as typeof stop;
  return {
    running,
    [Symbol.dispose]: () => Object.assign(globalThis, { setInterval: start, clearInterval: stop }),
  };
}

describe('a WebSocket that is to take over from polling', () => {
  test('may probe once: a second probe closes it, and no timer is left', async () => {
    using intervals = watchIntervals();
    await using portal = startTransport();
    const poller = await rawPoller(portal.url);
    const raw = await rawSocket(portal.port, { sid: poller.sid });

    for (let count = 0; count < 1000; count++) raw.send('2probe');
    await raw.closed;

    expect(raw.frames.filter((frame) => frame === '3probe').length).toBeLessThanOrEqual(1);
    expect(intervals.running.size).toBe(0);
    await poller.post('421["no such event",{}]');
    while (!(await poller.poll()).includes('431[')) {}
  });

  test('is one: another is refused, while it tries and after it has taken over', async () => {
    await using portal = startTransport();
    const poller = await rawPoller(portal.url);
    const path = `GET /socket.io/?EIO=4&transport=websocket&sid=${poller.sid} HTTP/1.1`;
    const raw = await rawSocket(portal.port, { sid: poller.sid });

    expect(statusOf(await ask(portal.url, path, ...upgrade('websocket'), ...KEY))).toBe(400);
    raw.send('2probe');
    await raw.frame('3probe');
    raw.send('5');
    raw.send('421["no such event",{}]');
    await raw.frame('431[');

    expect(statusOf(await ask(portal.url, path, ...upgrade('websocket'), ...KEY))).toBe(400);
    expect(portal.connections.size).toBe(1);
  });

  test('closes when its connection ends', async () => {
    await using portal = startTransport();
    const poller = await rawPoller(portal.url);
    const raw = await rawSocket(portal.port, { sid: poller.sid });

    await poller.post('1');

    await raw.closed;
    expect(portal.connections.size).toBe(0);
  });

  test.each(['3', '4x', '42["a",{}]', '2', '2other', '0', '6', 'x', ''])(
    'closes at anything but a probe: %p',
    async (frame) => {
      await using portal = startTransport();
      const poller = await rawPoller(portal.url);
      const raw = await rawSocket(portal.port, { sid: poller.sid });

      raw.send(frame);

      await raw.closed;
      expect(portal.connections.size).toBe(1);
    },
  );
});

describe('a request that asks for a WebSocket in vain', () => {
  test('is refused where a proxy has dropped its Upgrade, and what waits for a poll stays', async () => {
    await using portal = startTransport();
    const poller = await rawPoller(portal.url);
    portal.realtime.publish('user:poller', 'news', { n: 1 });

    const dropped = await fetch(poller.at.replace('transport=polling', 'transport=websocket'));

    expect([dropped.status, await dropped.json()]).toMatchObject([400, { code: 'ERR_BAD_REQUEST' }]);
    expect((await fetch(`${portal.url}/socket.io/?EIO=4&transport=websocket`)).status).toBe(400);
    expect(await poller.poll()).toBe('42["news",{"n":1}]');
    expect(portal.transport.stats().connections).toBe(1);
  });

  test('leaves a stock client on polling', async () => {
    await using portal = startTransport();
    const proxy = withoutUpgrade(portal.url);
    const client = portal.dialAt(proxy.url, { auth: { token: 'user:ann' } });
    const failed = heard(client.io.engine as never, 'upgradeError');

    await heard(client, 'connect');
    await failed;
    await settled(client);

    expect(client.io.engine.transport.name).toBe('polling');
    await proxy.stop();
  });

  test.each(['h2c', 'TLS/1.0', 'websocket2', ''])(
    'is an ordinary one when it offers another protocol: %p',
    async (token) => {
      await using portal = startTransport();
      const poller = await rawPoller(portal.url);
      const polling = `/socket.io/?EIO=4&transport=polling`;
      portal.realtime.publish('user:poller', 'news', { n: 1 });

      expect(statusOf(await ask(portal.url, `GET ${polling} HTTP/1.1`, ...upgrade(token)))).toBe(200);
      expect(await ask(portal.url, `GET ${polling}&sid=${poller.sid} HTTP/1.1`, ...upgrade(token))).toContain(
        '42["news"',
      );
      const post = [`POST ${polling}&sid=${poller.sid} HTTP/1.1`, ...upgrade(token), 'Content-Length: 1', '', '3'];
      expect(statusOf(await ask(portal.url, ...post))).toBe(200);
      expect(
        statusOf(await ask(portal.url, `GET ${polling.replace('polling', 'websocket')} HTTP/1.1`, ...upgrade(token))),
      ).toBe(400);
    },
  );

  test.each([
    ['without a key', 'GET', 'websocket', []],
    ['with half a key', 'GET', 'websocket', ['Sec-WebSocket-Key: x', 'Sec-WebSocket-Version: 13']],
    ['by POST', 'POST', 'websocket', [...KEY, 'Content-Length: 0']],
    ['as polling', 'GET', 'polling', KEY],
  ])('is refused %s', async (_, method, transport, headers) => {
    await using portal = startTransport();
    const line = `${method} /socket.io/?EIO=4&transport=${transport} HTTP/1.1`;
    expect(statusOf(await ask(portal.url, line, ...upgrade('websocket'), ...headers))).toBe(400);
    expect(portal.transport.stats().connections).toBe(0);
  });
});

/** A proxy that passes everything on but Upgrade, as nginx does by default. */
function withoutUpgrade(to: string) {
  const server = Bun.serve({
    port: 0,
    idleTimeout: 60,
    async fetch(request) {
      const { pathname, search } = new URL(request.url);
      const headers = new Headers(request.headers);
      for (const name of ['upgrade', 'connection', 'host']) headers.delete(name);
      const body = request.method === 'POST' ? await request.text() : undefined;
      return fetch(to + pathname + search, {
        method: request.method,
        headers,
        signal: request.signal,
        ...(body ? { body } : {}),
      });
    },
  });
  return { url: `http://localhost:${server.port}`, stop: () => server.stop(true) };
}

describe('a connection that has not signed in is cut when it sends', () => {
  test.each([
    ['pongs', '3'],
    ['messages', '42["a",{}]'],
    ['other namespaces', '40/admin,{}'],
    ['nonsense', '4?'],
    ['binary', new Uint8Array([1, 2, 3])],
  ])('many %s', async (_, frame) => {
    await using portal = startTransport();
    const raw = await rawSocket(portal.port);
    for (let count = 0; count < 100; count++) raw.send(frame);
    await raw.closed;
    expect(portal.transport.stats().connections).toBe(0);
  });

  test('many packets in one POST', async () => {
    await using portal = startTransport();
    const { sid } = JSON.parse(
      (await (await fetch(`${portal.url}/socket.io/?EIO=4&transport=polling`)).text()).slice(1),
    ) as { sid: string };
    const at = `${portal.url}/socket.io/?EIO=4&transport=polling&sid=${sid}`;
    await fetch(at, { method: 'POST', body: Array.from({ length: 1000 }, () => '3').join('\x1e') });
    expect((await fetch(at)).status).toBe(400);
    expect(portal.transport.stats().connections).toBe(0);
  });
});

test('a connection that is ending takes no more packets, though its refusal still waits for a poll', async () => {
  await using portal = startTransport();
  const opened = await (await fetch(`${portal.url}/socket.io/?EIO=4&transport=polling`)).text();
  const { sid } = JSON.parse(opened.slice(1)) as { sid: string };
  const at = `${portal.url}/socket.io/?EIO=4&transport=polling&sid=${sid}`;
  await fetch(at, { method: 'POST', body: '40{"token":"wrong"}' });
  await turn();

  expect((await fetch(at, { method: 'POST', body: '3' })).status).toBe(400);
  expect(await (await fetch(at)).text()).toStartWith('44');
});

describe('a connection that sends far more than it may is cut', () => {
  const Nothing = Type.Object({});
  const limited = (clock = { ms: 0 }) => {
    const portal = startTransport({
      packetsOf: ({ user }) => ({ key: user, perMinute: 100 }),
      elapsed: () => clock.ms,
    });
    let runs = 0;
    portal.transport.on([{ event: 'work', payload: Nothing, run: async () => void runs++ }]);
    return { portal, runs: () => runs };
  };

  test.each([
    ['events', '42["work",{}]'],
    ['unknown events', '42["no such",{}]'],
    ['pongs', '3'],
    ['acknowledgements', '431[{}]'],
    ['other namespaces', '40/admin,{}'],
    ['nonsense', '4?'],
    ['binary', new Uint8Array([1])],
    ['long events', `42["work",{"fill":"${'x'.repeat(32 * 1024)}"}]`],
  ])('%s over WebSocket, and others hear nothing of it', async (kind, frame) => {
    const { portal, runs } = limited();
    await using _portal = portal;
    const other = await portal.client('other');
    const raw = await (await rawSocket(portal.port, { token: 'user:eve' })).connect();

    for (let count = 0; count < 2000; count++) raw.send(frame);
    await raw.closed;

    expect(runs()).toBeLessThanOrEqual(kind === 'long events' ? 12 : 100);
    await settled(other);
    await eventually(() => portal.connections.size === 1);
  });

  test('packets in one POST, while others have their turn', async () => {
    const { portal, runs } = limited();
    await using _portal = portal;
    const other = await portal.client('other');
    const poller = await rawPoller(portal.url, 'user:eve');

    await poller.post(Array.from({ length: 4000 }, () => '42["work",{}]').join('\x1e'));

    expect((await fetch(poller.at)).status).toBe(400);
    expect(runs()).toBeLessThanOrEqual(100);
    await settled(other);
  });

  test('its owner waits before coming back, on every connection', async () => {
    const clock = { ms: 0 };
    const { portal } = limited(clock);
    await using _portal = portal;
    const raw = await (await rawSocket(portal.port, { token: 'user:eve' })).connect();
    for (let count = 0; count < 200; count++) raw.send('3');
    await raw.closed;

    const again = portal.dial({ auth: { token: 'user:eve' }, transports: ['websocket'] });
    const refusal = await heard<Error & { data: object }>(again, 'connect_error');

    expect(refusal.data).toMatchObject({ code: 'ERR_RATE_LIMITED', retry_after: 15 });
    expect((await portal.client('other')).connected).toBe(true);
    clock.ms += 15_000;
    expect((await portal.client('eve')).connected).toBe(true);
  });

  test('one that sends as much as it may stays, however long', async () => {
    const clock = { ms: 0 };
    const { portal, runs } = limited(clock);
    await using _portal = portal;
    const client = await portal.client('ann');
    for (let minute = 0; minute < 5; minute++) {
      for (let count = 0; count < 90; count++) await client.emitWithAck('work', {});
      clock.ms += 60_000;
    }
    expect(runs()).toBe(450);
  });
});

test('the packets of a long POST are handled in their order', async () => {
  await using portal = startTransport();
  const order: number[] = [];
  portal.transport.on([
    { event: 'say', payload: Type.Object({ n: Type.Number() }), run: async (_, { n }) => void order.push(n) },
  ]);
  const poller = await rawPoller(portal.url);
  const numbers = Array.from({ length: 500 }, (_, n) => n);

  const response = await poller.post(numbers.map((n) => `42["say",{"n":${n}}]`).join('\x1e'));

  expect(await response.text()).toBe('ok');
  await eventually(() => order.length === 500);
  expect(order).toEqual(numbers);
});
