import { expect, test } from 'bun:test';
import { Type } from '@sinclair/typebox';
import { eventually, turn } from '../support/waiting.ts';
import { collect, heard, rawPoller, rawSocket, settled, stalledSocket, startTransport } from './transport-harness.ts';

type News = { n: number; fill: string };
const KIB = 1024;
const MIB = 1024 * KIB;
const fill = 'x'.repeat(32 * KIB);
const upTo = (count: number) => Array.from({ length: count }, (_, n) => n);

test('a WebSocket that stops reading is cut off, others hear everything in order', async () => {
  await using portal = startTransport({ maxBufferedBytes: 4 * MIB });
  const fast = [await portal.client('fast'), await portal.client('fast', { transports: ['polling'] })];
  const heardByFast = fast.map((client) => collect<News>(client, 'news'));
  const slow = await stalledSocket(portal.port, 'user:slow');
  const isThere = (user: string) => [...portal.connections.values()].some(({ who }) => who.user === user);
  expect(isThere('slow')).toBe(true);

  let n = 0;
  let most = 0;
  while (isThere('slow') || n < 300) {
    portal.realtime.publish('everyone', 'news', { n: n++, fill });
    most = Math.max(most, portal.transport.stats().bufferedBytes);
    await Promise.all(heardByFast.map(({ until }) => until(n)));
  }

  for (const { items } of heardByFast) expect(items.map((item) => item.n)).toEqual(upTo(n));
  expect(fast.every(({ connected }) => connected)).toBe(true);
  expect(most).toBeGreaterThan(3 * MIB);
  expect(most).toBeLessThan(5 * MIB);
  expect(portal.transport.stats()).toEqual({ sockets: 2, connections: 2, bufferedBytes: 0 });
  slow.destroy();
});

test('a WebSocket that stops reading what is sent to it alone is cut off as well', async () => {
  await using portal = startTransport({ maxBufferedBytes: 1 * MIB });
  const slow = await stalledSocket(portal.port, 'user:slow');
  const [connection] = portal.connections.values();

  let sent = 0;
  for (; portal.connections.size > 0 && sent < 2000; sent++) {
    connection?.emit('news', { n: sent, fill });
    await turn();
  }

  expect(portal.connections.size).toBe(0);
  expect(sent).toBeLessThan(2000);
  slow.destroy();
});

test('a polling client that stops polling is cut off when too much waits for it, not before', async () => {
  await using portal = startTransport({ maxBufferedBytes: 256 * KIB });
  const fast = await portal.client('fast', { transports: ['polling'] });
  const heardByFast = collect<News>(fast, 'news');
  const poller = await rawPoller(portal.url);
  const publish = async (n: number) => {
    portal.realtime.publish('everyone', 'news', { n, fill });
    await heardByFast.until(n + 1);
  };

  for (const n of upTo(7)) await publish(n);
  expect(portal.transport.stats().bufferedBytes).toBeGreaterThan(7 * fill.length);
  expect((await poller.poll()).split('\x1e')).toHaveLength(7);
  expect(portal.transport.stats().bufferedBytes).toBe(0);
  for (const n of upTo(9)) await publish(7 + n);

  expect([...portal.connections.values()].map(({ who }) => who.user)).toEqual(['fast']);
  expect((await fetch(poller.at)).status).toBe(400);
  expect(heardByFast.items.map(({ n }) => n)).toEqual(upTo(16));
  expect(portal.transport.stats()).toEqual({ sockets: 1, connections: 1, bufferedBytes: 0 });
});

for (const transport of ['websocket', 'polling']) {
  test(`an event of more than 64 KiB closes its connection and no other, by ${transport}`, async () => {
    await using portal = startTransport();
    const said: number[] = [];
    const payload = Type.Object({ text: Type.String() });
    portal.transport.on([{ event: 'say', payload, run: async (_, { text }) => void said.push(text.length) }]);
    const other = await portal.client('other', { transports: [transport] });
    const client = await portal.client('ann', { transports: [transport] });

    await client.emitWithAck('say', { text: 'x'.repeat(63 * KIB) });
    const gone = heard(client, 'disconnect');
    client.emit('say', { text: 'x'.repeat(64 * KIB) });

    expect(await gone).toStartWith('transport');
    await eventually(() => portal.connections.size === 1);
    await settled(other);
    expect(said).toEqual([63 * KIB]);
  });
}

test('a polling body that hides its length is read no further than the limit', async () => {
  await using portal = startTransport();
  const poller = await rawPoller(portal.url);
  let pulled = 0;
  const endless = new ReadableStream({
    pull(controller) {
      pulled++;
      if (pulled > 2000) controller.close();
      else controller.enqueue(new Uint8Array(16 * KIB));
    },
  });

  const status = await poller.post(endless).then(
    (response) => response.status,
    () => 413,
  );

  expect(status).toBe(413);
  expect(portal.connections.size).toBe(0);
});

test('a long body for nobody’s session is refused, and harms no session', async () => {
  await using portal = startTransport();
  const client = await portal.client('ann', { transports: ['polling'] });

  const response = await fetch(`${portal.url}/socket.io/?EIO=4&transport=polling&sid=x`, {
    method: 'POST',
    body: 'x'.repeat(65 * KIB),
  });

  expect([response.status, await response.json()]).toMatchObject([413, { code: 'ERR_TOO_LARGE', max_bytes: 64 * KIB }]);
  await settled(client);
});

test('two polls at once end only that session', async () => {
  await using portal = startTransport();
  const other = await portal.client('other');
  const poller = await rawPoller(portal.url);

  const polls = await Promise.all([fetch(poller.at), fetch(poller.at)]);

  expect(polls.map(({ status }) => status)).toContain(400);
  await eventually(() => portal.connections.size === 1);
  await settled(other);
});

test('a flood of unasked pongs changes nothing', async () => {
  await using portal = startTransport({ pingIntervalMs: 1000, pingTimeoutMs: 100 });
  const raw = await (await rawSocket(portal.port)).connect();

  for (let i = 0; i < 200; i++) raw.send('3');
  await raw.closed;

  // One ping, then the timeout: nothing answered it
  expect(raw.frames.filter((frame) => frame === '2')).toHaveLength(1);
  expect(portal.connections.size).toBe(0);
});
