import { expect, test } from 'bun:test';
import { Server as Engine } from '@socket.io/bun-engine';
import packageJson from '@socket.io/bun-engine/package.json';
import {
  connectionsOf,
  cut,
  type EngineConnection,
  ignoreEarlyPongs,
  onEngineConnection,
  webSocketOf,
} from '../../src/realtime/engine-internals.ts';
import { rawSocket } from './transport-harness.ts';

/** The bare engine: what we take from its inside is there, and does what we think. */
async function startEngine() {
  const engine = new Engine({ path: '/socket.io/' });
  const opened: EngineConnection[] = [];
  onEngineConnection(engine, (connection) => opened.push(connection));
  const { websocket } = engine.handler();
  const server = Bun.serve({ port: 0, websocket, fetch: (request, bun) => engine.handleRequest(request, bun) });
  const poll = (query = '') => fetch(`http://localhost:${server.port}/socket.io/?EIO=4&transport=polling${query}`);
  return { engine, opened, port: Number(server.port), poll, [Symbol.asyncDispose]: () => server.stop(true) };
}

test('the engine is the version that we have looked into', () => {
  expect(packageJson.version).toBe('0.1.2');
});

test('a connection over WebSocket shows Bun’s socket, and can be cut', async () => {
  await using bare = await startEngine();
  const raw = await rawSocket(bare.port);
  const [connection] = bare.opened;
  if (!connection) throw new Error('no connection');

  expect(connectionsOf(bare.engine).get(connection.id)).toBe(connection);
  expect(connection.readyState).toBe('open');
  expect(webSocketOf(connection)?.subscribe('topic')).toBe(true);
  expect(webSocketOf(connection)?.isSubscribed('topic')).toBe(true);
  expect(connection.request.headers.host).toBe(`localhost:${bare.port}`);

  const closed: string[] = [];
  connection.on('close', () => closed.push('close'));
  cut(connection);
  await raw.closed;
  expect(connection.readyState).toBe('closed');
  expect(closed).toEqual(['close']);
  expect(connectionsOf(bare.engine).size).toBe(0);
});

test('a connection that polls tells of what is buffered and flushed, and of its move to WebSocket', async () => {
  await using bare = await startEngine();
  const { sid } = JSON.parse((await (await bare.poll()).text()).slice(1)) as { sid: string };
  const connection = connectionsOf(bare.engine).get(sid);
  if (!connection) throw new Error('no connection');
  const told: string[] = [];
  connection.on('packetCreate', ({ data }) => told.push(`packetCreate ${String(data)}`));
  connection.on('flush', () => told.push('flush'));
  connection.on('upgrade', () => told.push(`upgrade ${webSocketOf(connection) ? 'to WebSocket' : ''}`));

  connection.write('one');
  expect(webSocketOf(connection)).toBeUndefined();
  expect(connection.writeBuffer).toHaveLength(1);
  const raw = await rawSocket(bare.port, { sid });
  raw.send('2probe');
  await raw.frame('3probe');
  raw.send('5');
  await raw.frame('4one');

  expect(told).toEqual(['packetCreate one', 'upgrade to WebSocket', 'flush']);
  expect(connection.writeBuffer).toHaveLength(0);
  cut(connection);
});

test('a pong before the first ping would start a timer, and no longer does', async () => {
  await using bare = await startEngine();
  const raw = await rawSocket(bare.port);
  const [connection] = bare.opened as [EngineConnection & { pingIntervalTimer: unknown }];
  const first = connection.pingIntervalTimer;

  expect(connection.pingTimeoutTimer).toBeUndefined();
  ignoreEarlyPongs(connection);
  raw.send('3');
  raw.send('4x');
  await new Promise<void>((resolve) => (connection as never as Engine).on('data' as never, (() => resolve()) as never));

  expect(first).toBeDefined();
  expect(connection.pingIntervalTimer).toBe(first);
  cut(connection);
});
