import { expect, test } from 'bun:test';
import { Type } from '@sinclair/typebox';
import type { Socket } from 'socket.io-client';
import { socketHandlerFor } from '../../src/realtime/socket-handler.ts';
import { turn } from '../support/waiting.ts';
import { collect, heard, rawPoller, rawSocket, settled, startTransport, type Who } from './transport-harness.ts';

type News = { n: number };
const ALL = ['websocket', 'polling'];

function startWithRooms() {
  const portal = startTransport();
  const payload = Type.Object({ room: Type.String() });
  const handle = socketHandlerFor<Who>();
  portal.transport.on([handle({ event: 'join', payload, run: async (connection, { room }) => connection.join(room) })]);
  return portal;
}

async function joined(portal: ReturnType<typeof startWithRooms>, user: string, transports: string[]): Promise<Socket> {
  const client = await portal.client(user, { transports });
  await client.emitWithAck('join', { room: 'room' });
  return client;
}

const upTo = (count: number) => Array.from({ length: count }, (_, n) => n);
const numbers = (items: News[]) => items.map(({ n }) => n);

for (const transport of ALL) {
  test(`a room hears everything once and in order, others nothing, by ${transport}`, async () => {
    await using portal = startWithRooms();
    const inside = await joined(portal, 'ann', [transport]);
    const outside = await portal.client('bob', { transports: [transport] });
    const [heardInside, heardOutside] = [collect<News>(inside, 'news'), collect<News>(outside, 'news')];

    for (const n of upTo(500)) portal.realtime.publish('room', 'news', { n });

    await heardInside.until(500);
    await Promise.all([settled(inside), settled(outside)]);
    expect(numbers(heardInside.items)).toEqual(upTo(500));
    expect(heardOutside.items).toEqual([]);
  });

  test(`whoever left, was removed, or is gone hears no more, by ${transport}`, async () => {
    await using portal = startWithRooms();
    const ann = await joined(portal, 'ann', [transport]);
    const bob = await joined(portal, 'bob', [transport]);
    const [annHeard, bobHeard] = [collect<News>(ann, 'news'), collect<News>(bob, 'news')];

    portal.realtime.publish('room', 'news', { n: 1 });
    portal.realtime.removeFrom('room', 'user:ann');
    portal.realtime.publish('room', 'news', { n: 2 });

    await bobHeard.until(2);
    await settled(ann);
    expect(numbers(annHeard.items)).toEqual([1]);
    expect(numbers(bobHeard.items)).toEqual([1, 2]);
    expect([...portal.connections.values()].map((one) => [one.who.user, one.isIn('room')])).toEqual([
      ['ann', false],
      ['bob', true],
    ]);
  });

  test(`an exception is one: the rest of the room hears it, in order with the rest, by ${transport}`, async () => {
    await using portal = startWithRooms();
    const ann = await joined(portal, 'ann', [transport]);
    const bobs = [await joined(portal, 'bob', [transport]), await joined(portal, 'bob', [transport])];
    const [annHeard, ...bobsHeard] = [ann, ...bobs].map((client) => collect<News>(client, 'news'));

    for (const n of upTo(300)) {
      if (n % 3 === 0) portal.realtime.publish('room', 'news', { n });
      else if (n % 3 === 1) portal.realtime.publishExcept('room', 'user:bob', 'news', { n });
      else for (const connection of portal.connections.values()) connection.emit('news', { n });
    }

    await annHeard?.until(300);
    await Promise.all(bobs.map((bob) => settled(bob)));
    expect(numbers(annHeard?.items ?? [])).toEqual(upTo(300));
    for (const { items } of bobsHeard) expect(numbers(items)).toEqual(upTo(300).filter((n) => n % 3 !== 1));
  });
}

test('an exception for more sockets than are worth a step aside holds as well', async () => {
  await using portal = startWithRooms();
  const ann = await joined(portal, 'ann', ['websocket']);
  const bobs = await Promise.all(upTo(70).map(() => joined(portal, 'bob', ['websocket'])));
  const annHeard = collect<News>(ann, 'news');
  const bobHeard = collect<News>(bobs[69] as Socket, 'news');

  portal.realtime.publish('room', 'news', { n: 1 });
  portal.realtime.publishExcept('room', 'user:bob', 'news', { n: 2 });
  portal.realtime.publish('room', 'news', { n: 3 });

  await Promise.all([annHeard.until(3), bobHeard.until(2)]);
  expect(numbers(annHeard.items)).toEqual([1, 2, 3]);
  expect(numbers(bobHeard.items)).toEqual([1, 3]);
});

test('an exception that is in another room, or in none, keeps nobody out', async () => {
  await using portal = startWithRooms();
  const ann = await joined(portal, 'ann', ['websocket']);
  await portal.client('bob');
  const heardByAnn = collect<News>(ann, 'news');

  portal.realtime.publishExcept('room', 'user:bob', 'news', { n: 1 });
  portal.realtime.publishExcept('room', 'user:nobody', 'news', { n: 2 });
  portal.realtime.publish('no such room', 'news', { n: 3 });

  await heardByAnn.until(2);
  await settled(ann);
  expect(numbers(heardByAnn.items)).toEqual([1, 2]);
});

test('a socket that moves from polling to WebSocket in the middle of a stream loses, doubles and swaps nothing', async () => {
  await using portal = startWithRooms();
  let moved = 0;
  const movers = ['a', 'b', 'c', 'd', 'e'].map((user) => {
    const client = portal.dial({ auth: { token: `user:${user}` }, transports: ['polling', 'websocket'] });
    const news = collect<News>(client, 'news');
    client.io.on('open', () => client.io.engine.once('upgrade', () => moved++));
    return { client, news };
  });

  let n = 0;
  const ways = [
    () => portal.realtime.publish('everyone', 'news', { n }),
    () => portal.realtime.publishExcept('everyone', 'user:nobody', 'news', { n }),
    () => {
      for (const connection of portal.connections.values()) connection.emit('news', { n });
    },
  ];
  for (let enough = Number.POSITIVE_INFINITY; n < enough; n++) {
    ways[n % ways.length]?.();
    if (n % 4 === 0) await turn();
    if (moved === movers.length) enough = Math.min(enough, n + 100);
  }

  await Promise.all(movers.map(({ client }) => settled(client)));
  for (const { client, news } of movers) {
    expect(news.items.length).toBeGreaterThanOrEqual(100);
    expect(numbers(news.items)).toEqual(upTo(n).slice(-news.items.length));
    expect(client.io.engine.transport.name).toBe('websocket');
  }
});

test('what is published while a client changes over waits for the WebSocket, and comes first there', async () => {
  await using portal = startWithRooms();
  const poller = await rawPoller(portal.url);
  const publish = (n: number) => portal.realtime.publish('user:poller', 'news', { n });

  const lastPoll = poller.poll();
  const upgrade = await rawSocket(portal.port, { sid: poller.sid });
  upgrade.send('2probe');
  expect(await upgrade.frame('3probe')).toBe('3probe');
  expect(await lastPoll).toBe('6');
  publish(1);
  publish(2);
  expect(upgrade.frames).toEqual(['3probe']);
  expect(portal.server.subscriberCount('io:user:poller')).toBe(0);
  upgrade.send('5');
  await upgrade.frame('42["news",{"n":1}]');
  publish(3);
  await upgrade.frame('42["news",{"n":3}]');

  expect(upgrade.frames).toEqual(['3probe', ...[1, 2, 3].map((n) => `42["news",{"n":${n}}]`)]);
  expect(portal.server.subscriberCount('io:user:poller')).toBe(1);
  expect(portal.transport.stats().bufferedBytes).toBe(0);
  expect((await fetch(poller.at)).status).toBe(400);
});

test('one user’s room reaches all of the user’s sockets, one socket’s room only that', async () => {
  await using portal = startWithRooms();
  const [one, two] = [await portal.client('ann'), await portal.client('ann', { transports: ['polling'] })];
  const [heardByOne, heardByTwo] = [collect<News>(one, 'news'), collect<News>(two, 'news')];

  portal.realtime.publish('user:ann', 'news', { n: 1 });
  portal.realtime.publish(`socket:${one.id}`, 'news', { n: 2 });
  portal.realtime.publish(`socket:${two.id}`, 'news', { n: 3 });

  await Promise.all([heardByOne.until(2), heardByTwo.until(2)]);
  expect(numbers(heardByOne.items)).toEqual([1, 2]);
  expect(numbers(heardByTwo.items)).toEqual([1, 3]);
});

test('broadcasts arrive also before a server is attached, and once after', async () => {
  await using portal = startTransport({}, { attach: false });
  const ann = await portal.client('ann');
  const annHeard = collect<News>(ann, 'news');

  portal.realtime.publish('user:ann', 'news', { n: 1 });
  portal.transport.attach(portal.server);
  portal.realtime.publish('user:ann', 'news', { n: 2 });

  await annHeard.until(2);
  await settled(ann);
  expect(numbers(annHeard.items)).toEqual([1, 2]);
});

for (const transport of ALL) {
  test(`whoever is ended hears why, goes, and does not come back by itself, by ${transport}`, async () => {
    await using portal = startWithRooms();
    const options = { transports: [transport], reconnection: true, reconnectionDelay: 1 };
    const ann = await portal.client('ann', options);
    const bob = await portal.client('bob', options);
    const order: string[] = [];
    ann.onAny((event: string, payload: object) => order.push(`${event} ${JSON.stringify(payload)}`));
    const gone = heard<string>(ann, 'disconnect');
    let attempts = 0;
    ann.io.on('reconnect_attempt', () => attempts++);

    portal.realtime.publish('user:ann', 'news', { n: 1 });
    portal.realtime.end('user:ann', 'logout');
    portal.realtime.publish('user:ann', 'news', { n: 2 });

    expect(await gone).toBe('io server disconnect');
    expect(order).toEqual(['news {"n":1}', 'session:ended {"reason":"logout"}']);
    await settled(bob);
    await settled(bob);
    expect(attempts).toBe(0);
    expect(ann.active).toBe(false);
    expect([...portal.connections.values()].map(({ who }) => who.user)).toEqual(['bob']);
  });
}
