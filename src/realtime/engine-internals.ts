import type { BunWebSocket, Server as Engine } from '@socket.io/bun-engine';
import type { Socket } from 'socket.io';

/**
 * What we use of `@socket.io/bun-engine` 0.1.2 beyond its declared types: its connection class is not exported, and parts
 * of it are private. All casts live here, and `tests/realtime/transport-internals.test.ts` fails when one no longer holds.
 */
export type EngineConnection = {
  readonly id: string;
  readonly readyState: 'opening' | 'open' | 'closing' | 'closed';
  /** It never returns to `not_upgraded`, even when the attempt fails. */
  readonly upgradeState: 'not_upgraded' | 'upgrading' | 'upgraded';
  readonly transport: { readonly name: string; readonly socket?: BunWebSocket } & Polling;
  readonly request: { readonly headers: Record<string, string | undefined> };
  /** Waiting for the next poll; always empty on a WebSocket. */
  readonly writeBuffer: readonly unknown[];
  write(data: string | Buffer): unknown;
  /** Graceful: what is buffered goes first, so a client that stopped polling keeps it open until the ping timeout. */
  close(): void;
  /** At once. The engine calls it, too. */
  onClose(reason: 'transport error' | 'transport close' | 'ping timeout' | 'parse error' | 'forced close'): void;
  on(event: 'packetCreate', listener: (packet: { data?: string | Buffer }) => void): unknown;
  /** Before each packet that comes in is acted upon, unless a listener ends the connection. */
  on(event: 'packet', listener: (packet: { data?: string | Buffer }) => void): unknown;
  on(event: 'flush' | 'upgrade' | 'close', listener: () => void): unknown;
  off(event: 'packetCreate', listener: (packet: { data?: string | Buffer }) => void): unknown;
  off(event: 'flush', listener: () => void): unknown;
  /** Set once the first pong has come. */
  pingTimeoutTimer?: NodeJS.Timeout | undefined;
};

/** A poll that waits for its answer. */
type Polling = {
  writable?: boolean;
  pollingPromise?: { resolve(response: Response): void; responseHeaders: Headers } | undefined;
};

/** Every connection, signed in or not, by its id. */
export function connectionsOf(engine: Engine): ReadonlyMap<string, EngineConnection> {
  return (engine as unknown as { clients: Map<string, EngineConnection> }).clients;
}

/** Calls `act` for each new connection, with the request that opened it. */
export function onEngineConnection(
  engine: Engine,
  act: (connection: EngineConnection, request: Request) => void,
): void {
  engine.on('connection', (connection, request) => act(connection as unknown as EngineConnection, request));
}

/** The connection that carries a Socket.IO socket. */
export function connectionOf(socket: Pick<Socket, 'conn'>): EngineConnection {
  return socket.conn as unknown as EngineConnection;
}

/** Bun's WebSocket under a connection; undefined while it polls. */
export function webSocketOf({ transport }: EngineConnection): BunWebSocket | undefined {
  return transport.name === 'websocket' ? transport.socket : undefined;
}

/** Ends a connection now, whatever is still buffered. Every client takes it for a broken line and reconnects. */
export function cut(connection: EngineConnection): void {
  connection.onClose('transport error');
}

/** As {@link cut}, and reads nothing more of what the client still sends. */
export function cutOff(connection: EngineConnection): void {
  webSocketOf(connection)?.terminate();
  cut(connection);
}

/** Whether something waits to leave: in Bun's buffer, or for the next poll. */
export function isBehind(connection: EngineConnection): boolean {
  const webSocket = webSocketOf(connection);
  return webSocket ? webSocket.getBufferedAmount() > 0 : connection.writeBuffer.length > 0;
}

/** Lets a connection that broke end as a broken line does. Without this, only a WebSocket's would. */
export function breakAsLines(connection: EngineConnection): void {
  const end = connection.onClose;
  connection.onClose = (reason) => {
    if (reason !== 'forced close') failPoll(connection.transport);
    end.call(connection, reason);
  };
}

/**
 * A waiting poll gets what the next one would get. The engine would answer it with a close packet, which python-socketio takes
 * for the server's wish that it stays away.
 */
function failPoll(transport: Polling): void {
  const { pollingPromise } = transport;
  if (!pollingPromise) return;
  transport.pollingPromise = undefined;
  transport.writable = false;
  const { resolve, responseHeaders } = pollingPromise;
  responseHeaders.set('content-type', 'application/json');
  resolve(new Response('{"code":1,"message":"Session ID unknown"}', { status: 400, headers: responseHeaders }));
}

/**
 * The engine starts one more ping timer for every pong that comes before its first ping: a client could make millions.
 * It does so while this timer is unset.
 */
export function ignoreEarlyPongs(connection: EngineConnection): void {
  connection.pingTimeoutTimer ??= setTimeout(() => {}, 0);
}
