import { describe, expect, test } from 'bun:test';
import { Type } from '@sinclair/typebox';
import { socketHandlerFor } from '../../src/realtime/socket-handler.ts';
import { eventually } from '../support/waiting.ts';
import {
  collect,
  rawPoller,
  rawSocket,
  settled,
  stalledSocket,
  startTransport,
  type Who,
} from './transport-harness.ts';

type Picture = { n: number; data: Uint8Array };
const bytes = (n: number) => new Uint8Array(2000).fill(n % 256);
const seen = (items: Picture[]) =>
  items.map(({ n, data }) => [n, new Uint8Array(data).every((one) => one === n % 256)]);

describe.each([['websocket'], ['polling']])('bytes in an event, by %s', (transport) => {
  test('reach a room and one socket, whole and in order with what else is sent', async () => {
    await using portal = startTransport();
    const handle = socketHandlerFor<Who>();
    portal.transport.on([
      handle({ event: 'join', payload: Type.Object({}), run: async (connection) => connection.join('room') }),
    ]);
    const client = await portal.client('ann', { transports: [transport] });
    const other = await portal.client('bob', { transports: [transport] });
    await client.emitWithAck('join', {});
    const order: string[] = [];
    client.onAny((event: string) => order.push(event));
    const pictures = collect<Picture>(client, 'picture');
    const [connection] = [...portal.connections.values()].filter(({ who }) => who.user === 'ann');
    // A part of a larger buffer: only the part is sent.
    const part = new Uint8Array(4000).fill(9).subarray(1000, 3000).fill(2);
    portal.realtime.publish('room', 'picture', { n: 1, data: bytes(1) });
    portal.realtime.publish('room', 'talk', { text: 'between' });
    connection?.emit('picture', { n: 2, data: part });
    connection?.emit('talk', { text: 'after' });
    portal.realtime.publish('room', 'picture', { data: bytes(3), n: 3 });
    await pictures.until(3);
    await settled(client);
    expect(seen(pictures.items)).toEqual([
      [1, true],
      [2, true],
      [3, true],
    ]);
    expect(pictures.items.map(({ data }) => new Uint8Array(data).length)).toEqual([2000, 2000, 2000]);
    expect(order).toEqual(['picture', 'talk', 'picture', 'talk', 'picture']);
    expect(other.connected).toBe(true);
  });

  test('follow a client that changes its transport in between', async () => {
    await using portal = startTransport();
    const client = await portal.client('ann', {
      transports: ['polling', 'websocket'],
      upgrade: transport === 'websocket',
    });
    const pictures = collect<Picture>(client, 'picture');
    for (let n = 1; n <= 50; n++) {
      portal.realtime.publish('everyone', 'picture', { n, data: bytes(n) });
      if (n % 10 === 0) await settled(client);
    }
    await pictures.until(50);
    expect(seen(pictures.items)).toEqual(Array.from({ length: 50 }, (_, n) => [n + 1, true]));
  });
});

test('bytes that a client sends are dropped or refused, and harm nobody', async () => {
  await using portal = startTransport();
  const raw = await (await rawSocket(portal.port)).connect();
  const client = await portal.client('ann');
  raw.send(new Uint8Array([1, 2, 3]));
  raw.send('451-["no such event",{"data":{"_placeholder":true,"num":0}}]');
  raw.send(new Uint8Array([1, 2, 3]));
  raw.send('459-["no such event",{"data":{"_placeholder":true,"num":7}}]');
  raw.send('421["no such event",{}]');
  await settled(client);
  expect(await client.timeout(5000).emitWithAck('no such event', { data: bytes(1) })).toMatchObject({ ok: false });
});

describe('paced events', () => {
  const payload = Type.Object({ n: Type.Integer() });

  function start(packets: number) {
    const handled: number[] = [];
    const checked: string[] = [];
    // The clock stands still: nothing is regained.
    const portal = startTransport({ packetsOf: ({ user }) => ({ key: user, perMinute: packets }), elapsed: () => 0 });
    const handle = socketHandlerFor<Who>();
    portal.transport.on([
      handle({ event: 'move', payload, paced: true, run: async (_, { n }) => void handled.push(n) }),
      handle({ event: 'said', payload, run: async () => {} }),
    ]);
    portal.transport.before(async ({ who }) => void checked.push(who.user));
    return { portal, handled, checked };
  }

  test('count neither as events nor as packets of the session', async () => {
    const { portal, handled, checked } = start(100);
    await using _ = portal;
    const client = await portal.client('ann');
    for (let n = 0; n < 1000; n++) client.emit('move', { n });
    expect(await client.emitWithAck('move', { n: 1000 })).toEqual({ ok: true });
    expect(handled.length).toBe(1001);
    expect(checked).toEqual([]);
    for (let n = 0; n < 10; n++) await client.emitWithAck('said', { n });
    expect(checked).toHaveLength(10);
  });

  test('end the connection when they come far faster than anyone takes them', async () => {
    const { portal } = start(100);
    await using _ = portal;
    const other = await portal.client('bob');
    const raw = await (await rawSocket(portal.port)).connect();
    for (let n = 0; n < 61_000; n++) raw.send('42["move",{"n":1}]');
    await raw.closed;
    await eventually(() => portal.connections.size === 1);
    await settled(other);
  });

  test('are known by their place in the packet: one that only contains the name counts as any other', async () => {
    const { portal } = start(50);
    await using _ = portal;
    const raw = await (await rawSocket(portal.port)).connect();
    for (let n = 0; n < 100; n++) raw.send('42["said",{"x":"2[\\"move\\""}]');
    await raw.closed;
  });
});

test('a connection that is cut ends for both sides at once', async () => {
  await using portal = startTransport();
  const client = await portal.client('ann');
  const ended = new Promise((resolve) => client.once('disconnect', resolve));
  for (const connection of portal.connections.values()) {
    expect(connection.isBehind).toBe(false);
    connection.cut();
    connection.cut();
    expect(connection.isOpen).toBe(false);
  }
  expect(await ended).toBe('transport close');
  await eventually(() => portal.connections.size === 0);
});

test('a connection is behind while something sent to it has not left', async () => {
  await using portal = startTransport();
  const tcp = await stalledSocket(portal.port, 'user:stalled');
  const poller = await rawPoller(portal.url, 'user:poller');
  const byUser = (user: string) => [...portal.connections.values()].find(({ who }) => who.user === user);
  await eventually(() => byUser('stalled') !== undefined && byUser('poller') !== undefined);
  const [stalled, polling] = [byUser('stalled'), byUser('poller')];
  expect([stalled?.isBehind, polling?.isBehind]).toEqual([false, false]);
  // More than the system holds for one connection.
  for (let n = 0; n < 40 && !stalled?.isBehind; n++) stalled?.emit('picture', { data: new Uint8Array(200_000) });
  polling?.emit('picture', { data: bytes(1) });
  expect([stalled?.isBehind, polling?.isBehind]).toEqual([true, true]);
  tcp.resume();
  await poller.poll();
  await eventually(() => stalled?.isBehind === false && polling?.isBehind === false);
  tcp.destroy();
});
