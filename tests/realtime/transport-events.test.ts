import { expect, test } from 'bun:test';
import { Type } from '@sinclair/typebox';
import type { Socket } from 'socket.io-client';
import { AppError } from '../../src/core/errors.ts';
import { socketHandlerFor } from '../../src/realtime/socket-handler.ts';
import { type Answer, heard, rawPoller, rawSocket, settled, startTransport, type Who } from './transport-harness.ts';

const Text = Type.Object({ text: Type.String({ maxLength: 20 }) }, { additionalProperties: false });
const Nothing = Type.Object({});
const handle = socketHandlerFor<Who>();

function startWithHandlers() {
  const said: string[] = [];
  const portal = startTransport();
  portal.transport.on([
    handle({ event: 'say', payload: Text, run: async (_, { text }) => void said.push(text) }),
    handle({ event: 'echo', payload: Text, run: async ({ who }, { text }) => ({ text, from: who.user, ok: 'mine' }) }),
    handle({
      event: 'muted',
      payload: Nothing,
      run: () => Promise.reject(new AppError('ERR_MUTED', 403, 'Muted', { ttl: 9 })),
    }),
    handle({ event: 'bug', payload: Text, run: () => Promise.reject(new TypeError('secret is undefined')) }),
    handle({
      event: 'throws',
      payload: Nothing,
      run: () => {
        throw new Error('at once');
      },
    }),
    handle({ event: 'circle', payload: Nothing, run: async () => circle() }),
  ]);
  return Object.assign(portal, { said });
}

function circle(): object {
  const round: { self?: object } = {};
  round.self = round;
  return round;
}

const ask = (client: Socket, event: string, ...args: unknown[]): Promise<Answer> => client.emitWithAck(event, ...args);

for (const transport of ['websocket', 'polling']) {
  const transports = [transport];

  test(`an event is answered with its handler's result, by ${transport}`, async () => {
    await using portal = startWithHandlers();
    const client = await portal.client('ann', { transports });

    expect(await ask(client, 'echo', { text: 'ü😀' })).toEqual({ ok: true, text: 'ü😀', from: 'ann' });
    expect(await ask(client, 'say', { text: 'hi' })).toEqual({ ok: true });
    expect(portal.said).toEqual(['hi']);
  });

  test(`an event without an acknowledgement works, right or wrong, by ${transport}`, async () => {
    await using portal = startWithHandlers();
    const client = await portal.client('ann', { transports });

    client.emit('say', { text: 'one' });
    client.emit('say', { text: 7 });
    client.emit('bug', { text: 'x' });
    client.emit('muted', {});
    client.emit('nothing of the kind', {});
    client.emit('say', { text: 'two' });

    await settled(client);
    expect(portal.said).toEqual(['one', 'two']);
    expect(client.connected).toBe(true);
  });

  test(`garbage of every kind is refused and disturbs nobody, by ${transport}`, async () => {
    await using portal = startWithHandlers();
    const client = await portal.client('ann', { transports });
    const code = async (...args: unknown[]) => (await ask(client, 'say', ...args)).code;

    expect(await code()).toBe('ERR_VALIDATION');
    expect(await code(null)).toBe('ERR_VALIDATION');
    expect(await code([])).toBe('ERR_VALIDATION');
    expect(await code([{ text: 'a' }])).toBe('ERR_VALIDATION');
    expect(await code('text')).toBe('ERR_VALIDATION');
    expect(await code(42)).toBe('ERR_VALIDATION');
    expect(await code(true)).toBe('ERR_VALIDATION');
    expect(await code(Buffer.from('text'))).toBe('ERR_VALIDATION');
    expect(await code({ text: Buffer.from('text') })).toBe('ERR_VALIDATION');
    expect(await code({ text: 'a' }, { text: 'b' })).toBe('ERR_VALIDATION');
    expect(await code({ text: 'a' }, 1, 2, 3)).toBe('ERR_VALIDATION');
    expect(await code({ text: 'a', more: 1 })).toBe('ERR_VALIDATION');
    expect(await code(JSON.parse('{"text":"a","__proto__":{"text":"b"}}'))).toBe('ERR_VALIDATION');
    expect(await ask(client, 'say', { text: 'x'.repeat(21) })).toMatchObject({ code: 'ERR_VALIDATION', field: 'text' });
    client.emit('say', () => {}, { text: 'ack first' });

    await settled(client);
    expect(portal.said).toEqual([]);
    expect(portal.logged).toEqual([]);
    expect(client.connected).toBe(true);
  });
}

test('a failure carries its code, its sentence and its details', async () => {
  await using portal = startWithHandlers();
  const client = await portal.client('ann');

  expect(await ask(client, 'muted', {})).toEqual({ ok: false, error: 'Muted', code: 'ERR_MUTED', ttl: 9 });
});

test('a bug in a handler tells the client nothing, and the log never sees the payload', async () => {
  await using portal = startWithHandlers();
  const client = await portal.client('ann');

  const answers = [
    await ask(client, 'bug', { text: 'my secret' }),
    await ask(client, 'throws', {}),
    await ask(client, 'circle', {}),
  ];

  expect(answers.map(({ ok, code }) => [ok, code])).toEqual(Array(3).fill([false, 'ERR_INTERNAL']));
  expect(JSON.stringify(answers)).not.toContain('undefined');
  expect(portal.logged.map(({ fields }) => fields?.event)).toEqual(['bug', 'throws', 'circle']);
  expect(JSON.stringify(portal.logged)).not.toContain('my secret');
  expect(await ask(client, 'echo', { text: 'still here' })).toMatchObject({ ok: true });
});

test('an unknown event is ERR_NOT_FOUND, also when it is named like something internal', async () => {
  await using portal = startWithHandlers();
  const raw = await (await rawSocket(portal.port)).connect();
  const names = ['nope', '__proto__', 'constructor', 'toString', 'error', 'connection', 'reconnect', 'message', '', 5];
  const reserved = ['connect', 'connect_error', 'disconnect', 'disconnecting', 'newListener', 'removeListener'];

  const all = [...names, ...reserved];
  for (const [id, name] of all.entries()) raw.send(`42${id}${JSON.stringify([name, { text: 'x' }])}`);

  for (const id of all.keys()) expect(await raw.frame(`43${id}[`)).toContain('ERR_NOT_FOUND');
  expect(portal.connections.size).toBe(1);
  expect(portal.said).toEqual([]);
});

test('packets that make no sense are dropped, what follows is served', async () => {
  await using portal = startWithHandlers();
  const raw = await (await rawSocket(portal.port)).connect();
  const odd = ['42', '42{', '42[]', '42[null]', '42[{}]', '42["say"', '421["say",{"text":"a"', '4', '49', '4["say"]'];
  const binary = [
    '451-',
    '4599-["say",{"_placeholder":true,"num":0}]',
    '45-1-["say"]',
    '45x-["say"]',
    '43',
    '431["x"]',
    '43{}',
  ];

  for (const frame of [...odd, ...binary]) raw.send(frame);
  raw.send(new Uint8Array([1, 2, 3]));
  raw.send('451-7["say",{"_placeholder":true,"num":5}]');
  raw.send(new Uint8Array([1]));
  raw.send('421["say",{"text":"after"}]');

  expect(await raw.frame('431[')).toBe('431[{"ok":true}]');
  expect(portal.said).toEqual(['after']);
  expect(portal.connections.size).toBe(1);
});

test('the same garbage in one polling body is dropped too', async () => {
  await using portal = startWithHandlers();
  const poller = await rawPoller(portal.url);

  await poller.post(['42[', '42["disconnect"]', 'bAAAA', '4299["say",{"text":"after"}]'].join('\x1e'));

  expect(await poller.poll()).toBe('4399[{"ok":true}]');
  expect(portal.said).toEqual(['after']);
});

test('a line that does not even speak the engine’s protocol is closed, others stay', async () => {
  await using portal = startWithHandlers();
  const client = await portal.client('ann');
  const raw = await (await rawSocket(portal.port)).connect();

  raw.send('hello?');

  await raw.closed;
  await settled(client);
  expect(portal.connections.size).toBe(1);
});

test('two handlers for one event are a mistake that shows at the start', async () => {
  await using portal = startWithHandlers();

  expect(() => portal.transport.on([handle({ event: 'say', payload: Text, run: async () => {} })])).toThrow('say');
});

test('what a handler sends and publishes arrives in the order of its calls, before its answer', async () => {
  await using portal = startWithHandlers();
  portal.transport.on([
    handle({
      event: 'go',
      payload: Nothing,
      run: async (connection) => {
        connection.join('room');
        connection.emit('first', {});
        portal.realtime.publish('room', 'second', {});
        connection.leave('room');
        portal.realtime.publish('room', 'never', {});
        connection.emit('third', {});
        return { joined: connection.isIn('room') };
      },
    }),
  ]);
  const client = await portal.client('ann');
  const order: string[] = [];
  client.onAny((event: string) => order.push(event));
  const third = heard(client, 'third');

  const answer = await ask(client, 'go', {});

  await third;
  expect(answer).toEqual({ ok: true, joined: false });
  expect(order).toEqual(['first', 'second', 'third']);
});
