import { connect as connectTcp, type Socket as TcpSocket } from 'node:net';
import type { WebSocketData } from '@socket.io/bun-engine';
import { io, type ManagerOptions, type Socket, type SocketOptions } from 'socket.io-client';
import { SocketioRealtime } from '../../src/adapters/socketio/socketio-realtime.ts';
import { AppError, unauthenticated } from '../../src/core/errors.ts';
import { type LogFields, type Logger, silentLogger } from '../../src/core/logger.ts';
import type { Connection } from '../../src/realtime/socket-handler.ts';
import type { SocketHandshake } from '../../src/realtime/socket-handshake.ts';
import { SocketTransport } from '../../src/realtime/socket-transport.ts';
import type { SocketTransportOptions } from '../../src/realtime/transport-options.ts';
import { eventually } from '../support/waiting.ts';

export type Who = { user: string; handshake: SocketHandshake };
export type Answer = { ok: boolean; code?: string; error?: string; field?: string } & Record<string, unknown>;
type Logged = { message: string; fields: LogFields | undefined };

export const banned = new AppError('ERR_BANNED', 403, 'You are banned', { until: '2030-01-01T00:00:00Z' });

/** A transport on its own port. Tokens are `user:<name>`; the token `banned` is refused. */
export function startTransport(overrides: Partial<SocketTransportOptions<Who>> = {}, { attach = true, port = 0 } = {}) {
  const logged: Logged[] = [];
  const clients: Socket[] = [];
  const connections = new Map<string, Connection<Who>>();
  const transport = new SocketTransport<Who>({
    authenticate: async (handshake) => admit(handshake),
    roomsOf: ({ user }) => [`user:${user}`],
    onConnect: (connection) => void connections.set(connection.id, connection),
    onDisconnect: ({ id }) => void connections.delete(id),
    logger: recordingLogger(logged),
    maxPayloadBytes: 64 * 1024,
    maxBufferedBytes: 4 * 1024 * 1024,
    pingIntervalMs: 15_000,
    pingTimeoutMs: 10_000,
    ...overrides,
  });
  const realtime = new SocketioRealtime();
  realtime.attach(transport);
  const server = serve(transport, port);
  if (attach) transport.attach(server);
  const url = `http://localhost:${server.port}`;
  return {
    transport,
    realtime,
    server,
    url,
    port: Number(server.port),
    logged,
    /** Those that are connected now, by socket id. */
    connections,
    /** A connected client. */
    async client(user: string, options: Partial<ManagerOptions & SocketOptions> = {}): Promise<Socket> {
      const client = this.dial({ auth: { token: `user:${user}` }, transports: ['websocket'], ...options });
      await heard(client, 'connect');
      return client;
    },
    /** A client that connects; the outcome is up to the test. */
    dial(options: Partial<ManagerOptions & SocketOptions>): Socket {
      return this.dialAt(url, options);
    },
    /** The same by way of another address. */
    dialAt(address: string, options: Partial<ManagerOptions & SocketOptions>): Socket {
      const client = io(address, { forceNew: true, reconnection: false, ...options });
      clients.push(client);
      return client;
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.disconnect();
      await transport.close();
      await server.stop(true);
    },
  };
}

function serve(transport: SocketTransport<Who>, port: number) {
  return Bun.serve<WebSocketData>({
    port,
    idleTimeout: 60,
    websocket: transport.websocket,
    fetch(request, server) {
      if (!SocketTransport.serves(new URL(request.url).pathname)) return new Response('not here', { status: 404 });
      return transport.handleRequest(request, server, request.headers.get('x-real-ip') ?? '127.0.0.1');
    },
  });
}

function admit(handshake: SocketHandshake): Who {
  if (handshake.tokens[0] === 'banned') throw banned;
  const [token] = handshake.tokens;
  if (!token || !/^user[:-]/.test(token)) throw unauthenticated();
  return { user: token.slice('user:'.length), handshake };
}

function recordingLogger(logged: Logged[]): Logger {
  const record = (message: string, fields?: LogFields) => void logged.push({ message, fields });
  return { ...silentLogger, warn: record, error: record };
}

/** The first argument of the next `event`. */
export function heard<T = unknown>(client: Socket, event: string): Promise<T> {
  return new Promise((resolve) => client.once(event, resolve));
}

/** Everything of `event` from now on, and a promise for the moment when there are `count`. */
export function collect<T>(client: Socket, event: string) {
  const items: T[] = [];
  let wanted = { count: Number.POSITIVE_INFINITY, resolve: () => {} };
  client.on(event, (item: T) => {
    items.push(item);
    if (items.length >= wanted.count) wanted.resolve();
  });
  const until = (count: number) =>
    new Promise<void>((resolve) => {
      wanted = { count, resolve };
      if (items.length >= count) resolve();
    });
  return { items, until };
}

/** A round trip: everything sent to this client before has arrived. */
export async function settled(client: Socket): Promise<void> {
  await client.emitWithAck('no such event', {});
}

/** A hand-made WebSocket client, for what the real client refuses to send. */
export async function rawSocket(port: number, { token = 'user:raw', sid }: { token?: string; sid?: string } = {}) {
  const session = sid ? `&sid=${sid}` : '';
  const webSocket = new WebSocket(`ws://localhost:${port}/socket.io/?EIO=4&transport=websocket${session}`);
  const frames: string[] = [];
  const closed = new Promise<number>((resolve) => webSocket.addEventListener('close', ({ code }) => resolve(code)));
  webSocket.addEventListener('message', ({ data }) => frames.push(String(data)));
  await new Promise((resolve) => webSocket.addEventListener('open', resolve));
  const frame = async (prefix: string): Promise<string> => {
    await eventually(() => frames.some((text) => text.startsWith(prefix)));
    return frames.find((text) => text.startsWith(prefix)) ?? '';
  };
  return {
    webSocket,
    frames,
    closed,
    /** The first frame that starts so. */
    frame,
    send: (data: string | Uint8Array<ArrayBuffer>) => webSocket.send(data),
    async connect() {
      webSocket.send(`40${JSON.stringify({ token })}`);
      await frame('40');
      return this;
    },
  };
}

/** A signed-in WebSocket on bare TCP that has stopped reading. */
export async function stalledSocket(port: number, token: string): Promise<TcpSocket> {
  const tcp = connectTcp(port, 'localhost');
  tcp.on('error', () => {});
  const has = (text: string) =>
    new Promise<void>((resolve) => {
      const look = (chunk: Buffer) => {
        if (!chunk.includes(text)) return;
        tcp.off('data', look);
        resolve();
      };
      tcp.on('data', look);
    });
  tcp.write(
    `GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: localhost:${port}\r\nUpgrade: websocket\r\n` +
      'Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
  );
  await has('pingInterval');
  tcp.write(clientFrame(`40${JSON.stringify({ token })}`));
  await has('40{"sid"');
  tcp.pause();
  return tcp;
}

/** A short text frame, masked with zeros. */
function clientFrame(text: string): Buffer {
  return Buffer.concat([Buffer.from([0x81, 0x80 | Buffer.byteLength(text), 0, 0, 0, 0]), Buffer.from(text)]);
}

/** A hand-made long-polling client. */
export async function rawPoller(url: string, token = 'user:poller') {
  const base = `${url}/socket.io/?EIO=4&transport=polling`;
  const opened = await (await fetch(base)).text();
  const { sid } = JSON.parse(opened.slice(1)) as { sid: string };
  const at = `${base}&sid=${sid}`;
  const poll = async () => (await fetch(at)).text();
  const post = (body: BodyInit) => fetch(at, { method: 'POST', body });
  await post(`40${JSON.stringify({ token })}`);
  const welcome = await poll();
  return { sid, at, welcome, poll, post };
}
