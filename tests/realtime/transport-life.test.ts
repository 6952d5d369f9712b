import { describe, expect, test } from 'bun:test';
import { connect as connectTcp } from 'node:net';
import { Type } from '@sinclair/typebox';
import type { SocketConnection } from '../../src/realtime/socket-connection.ts';
import type { Connection } from '../../src/realtime/socket-handler.ts';
import { eventually, turn } from '../support/waiting.ts';
import { collect, heard, rawPoller, rawSocket, settled, startTransport, type Who } from './transport-harness.ts';

const Nothing = Type.Object({});

for (const transports of [['websocket'], ['polling']]) {
  test(`after a shutdown clients come back by themselves, by ${transports[0]}`, async () => {
    await using first = startTransport();
    const client = await first.client('ann', { transports, reconnection: true, reconnectionDelay: 5 });
    const oldId = client.id;
    const gone = heard<string>(client, 'disconnect');
    const back = heard(client, 'connect');

    await first.transport.close();
    const leftovers = first.connections.size;
    await first.server.stop(true);
    await using second = startTransport({}, { port: first.port });

    expect(await gone).toStartWith('transport');
    expect(client.active).toBe(true);
    await back;
    expect(leftovers).toBe(0);
    expect(client.id).not.toBe(oldId);
    await eventually(() => second.connections.size === 1);
  });
}

test('a shutdown lets nobody in any more, and waits for the last farewell', async () => {
  const farewells: string[] = [];
  const steps: string[] = [];
  const mayGo = Promise.withResolvers<void>();
  await using portal = startTransport({
    onDisconnect: async ({ who }) => {
      farewells.push(who.user);
      await mayGo.promise;
      steps.push('farewell');
    },
  });
  await portal.client('ann');
  await rawPoller(portal.url, 'user:bob');
  await rawSocket(portal.port);

  const closes = [portal.transport.close(), portal.transport.close()];
  const closing = Promise.all(closes.map((close) => close.then(() => steps.push('closed'))));
  await eventually(() => farewells.length === 2);
  await turn();
  mayGo.resolve();
  await closing;

  expect(steps).toEqual(['farewell', 'farewell', 'closed', 'closed']);
  expect(farewells.sort((a, b) => a.localeCompare(b))).toEqual(['ann', 'bob']);
  expect(portal.transport.stats()).toMatchObject({ sockets: 0, connections: 0 });
  expect((await fetch(`${portal.url}/socket.io/?EIO=4&transport=polling`)).status).toBe(503);
});

for (const transport of ['websocket', 'polling']) {
  test(`a client that vanishes without a word is noticed, one that answers stays, by ${transport}`, async () => {
    // The answering client must survive a machine that is busy for a second or two.
    await using portal = startTransport({ pingIntervalMs: 100, pingTimeoutMs: 3000 });
    const client = await portal.client('ann', { transports: [transport] });
    const pings = collect(client.io as never, 'ping');
    if (transport === 'websocket') await (await rawSocket(portal.port)).connect();
    else await rawPoller(portal.url);
    expect(portal.connections.size).toBe(2);

    await eventually(() => portal.connections.size === 1);
    await pings.until(4);

    expect([...portal.connections.values()].map(({ who }) => who.user)).toEqual(['ann']);
    expect(client.connected).toBe(true);
  });
}

test('a client that says goodbye is gone at once, and its line with it', async () => {
  await using portal = startTransport();
  const raw = await (await rawSocket(portal.port)).connect();

  raw.send('41');

  await raw.closed;
  await eventually(() => portal.connections.size === 0);
  expect(portal.transport.stats()).toMatchObject({ sockets: 0, connections: 0 });
});

test('the goodbye comes after the welcome and after every handler, and sees every room', async () => {
  const steps: string[] = [];
  const welcome = Promise.withResolvers<void>();
  const work = Promise.withResolvers<void>();
  const end = Promise.withResolvers<Connection<Who>>();
  await using portal = startTransport({
    onConnect: () => welcome.promise.then(() => void steps.push('welcome')),
    onDisconnect: (connection) => {
      steps.push('goodbye');
      end.resolve(connection);
    },
  });
  const begun = Promise.withResolvers<void>();
  const join = async (connection: Connection<Who>) => {
    connection.join('early');
    begun.resolve();
    await work.promise;
    connection.join('late');
    connection.leave('everyone');
    connection.emit('too late', {});
    steps.push(`worked ${connection.isOpen} ${connection.isIn('late')}`);
  };
  portal.transport.on([{ event: 'join', payload: Nothing, run: join }]);
  const client = await portal.client('ann');
  const { id } = client;
  client.emit('join', {});
  await begun.promise;

  client.disconnect();
  await eventually(() => portal.transport.stats().sockets === 0);
  work.resolve();
  welcome.resolve();

  const { rooms, isOpen } = await end.promise;
  expect(steps).toEqual(['worked false false', 'welcome', 'goodbye']);
  expect(rooms).toEqual(new Set([id ?? '', `socket:${id}`, 'user:ann', 'early', 'late']));
  expect(isOpen).toBe(false);
});

test('a welcome or a goodbye that fails is logged and harms nobody', async () => {
  await using portal = startTransport({
    onConnect: ({ who }) => {
      if (who.user === 'sync') throw new Error('at once');
      return who.user === 'async' ? Promise.reject(new Error('later')) : undefined;
    },
    onDisconnect: () => Promise.reject(new Error('at the end')),
  });

  const clients = [await portal.client('sync'), await portal.client('async'), await portal.client('ann')];
  await Promise.all(clients.map((client) => settled(client)));
  for (const client of clients) client.disconnect();

  await eventually(() => portal.logged.length === 5);
  expect(portal.logged.map(({ fields }) => fields?.hook)).toEqual([
    'onConnect',
    'onConnect',
    'onDisconnect',
    'onDisconnect',
    'onDisconnect',
  ]);
  expect((await portal.client('late')).connected).toBe(true);
});

test('a client that is ended while its last answers wait for the next poll still gets the reason', async () => {
  await using portal = startTransport();
  const poller = await rawPoller(portal.url);

  portal.realtime.publish('user:poller', 'news', { n: 1 });
  portal.realtime.end('user:poller', 'expired');
  portal.realtime.publish('user:poller', 'news', { n: 2 });

  expect((await poller.poll()).split('\x1e')).toEqual([
    '42["news",{"n":1}]',
    '42["session:ended",{"reason":"expired"}]',
    '41',
  ]);
  expect((await fetch(poller.at)).status).toBe(400);
  expect(portal.transport.stats()).toMatchObject({ sockets: 0, connections: 0 });
});

test('a shutdown answers a waiting poll with an error: a close packet would keep some clients away', async () => {
  await using portal = startTransport();
  const poller = await rawPoller(portal.url);
  const waiting = fetch(poller.at);
  await eventually(() => portal.server.pendingRequests > 0);

  await portal.transport.close();

  const answer = await waiting;
  expect(answer.status).toBe(400);
  expect(await answer.text()).not.toStartWith('1');
});

describe('a waiting poll gets an error, and no close packet that would keep some clients away', () => {
  const failed = async (waiting: Promise<Response>) => {
    const answer = await waiting;
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain('Session ID unknown');
  };

  test('when the pongs do not arrive', async () => {
    await using portal = startTransport({ pingIntervalMs: 50, pingTimeoutMs: 50 });
    const poller = await rawPoller(portal.url);
    let answer = await fetch(poller.at);
    for (; answer.status === 200; answer = await fetch(poller.at)) expect(await answer.text()).toBe('2');

    await failed(Promise.resolve(answer));
  });

  test('when a POST beside it breaks off', async () => {
    await using portal = startTransport();
    const poller = await rawPoller(portal.url);
    const waiting = fetch(poller.at);
    await eventually(() => portal.server.pendingRequests > 0);

    const tcp = connectTcp(portal.port, 'localhost');
    const { pathname, search } = new URL(poller.at);
    tcp.write(`POST ${pathname}${search} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n4`);
    await eventually(() => portal.server.pendingRequests > 1);
    tcp.destroy();

    await failed(waiting);
  });

  test('when it sends what no client sends', async () => {
    await using portal = startTransport();
    const poller = await rawPoller(portal.url);
    const waiting = fetch(poller.at);
    await eventually(() => portal.server.pendingRequests > 0);

    await poller.post('0');

    await failed(waiting);
  });
});

test('events of a client that is gone and that did not begin in time never do, so that none outlives the server', async () => {
  const [begun, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  await using portal = startTransport();
  let runs = 0;
  portal.transport.on([
    {
      event: 'work',
      payload: Nothing,
      run: async () => {
        if (++runs === 16) begun.resolve();
        await gate.promise;
      },
    },
  ]);
  const poller = await rawPoller(portal.url);
  const [connection] = portal.connections.values();
  void poller.post(Array.from({ length: 3000 }, () => '42["work",{}]').join('\x1e'));
  await begun.promise;

  await (connection as SocketConnection<Who>).settled(0);
  const before = runs;
  gate.resolve();
  await turn();
  await turn();

  expect(before).toBeLessThan(3000);
  expect(runs).toBe(before);
});
