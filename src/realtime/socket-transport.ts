import type { TSchema } from '@sinclair/typebox';
import { type BunWebSocket, Server as Engine } from '@socket.io/bun-engine';
import { type DefaultEventsMap, Server, type Socket } from 'socket.io';
import * as parser from 'socket.io-parser';
import { SECOND_MS } from '../core/durations.ts';
import { AppError, methodNotAllowed, tooLarge, unavailable } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { queryOf } from '../core/request-target.ts';
import { everyone, socketRoom } from '../ports/realtime.ts';
import { ControlFrames } from './control-frames.ts';
import {
  breakAsLines,
  connectionOf,
  connectionsOf,
  cut,
  type EngineConnection,
  ignoreEarlyPongs,
  onEngineConnection,
  webSocketOf,
} from './engine-internals.ts';
import { EngineRequests, type UpgradeServer } from './engine-requests.ts';
import { FloodGuard } from './flood-guard.ts';
import { encodeEvent, PacketEncoder } from './packet-encoder.ts';
import { limitPollingBuffer } from './polling-limits.ts';
import { type Admitted, type ClientSocket, SocketAdmission } from './socket-admission.ts';
import { SocketConnection } from './socket-connection.ts';
import { type EventCheck, type SocketHandler, SocketHandlers, wireError } from './socket-handler.ts';
import { SocketQuotas } from './socket-quotas.ts';
import { TolerantDecoder } from './tolerant-decoder.ts';
import { type Publisher, TopicAdapter } from './topic-adapter.ts';
import type { SocketTransportOptions } from './transport-options.ts';
import { PROBE, UpgradeGuard } from './upgrade-guard.ts';

type Io<Who> = Server<DefaultEventsMap, DefaultEventsMap, DefaultEventsMap, Admitted<Who>>;

const PATH = '/socket.io';
const METHODS = ['GET', 'POST'];
const LAST_WORK_MS = 5 * SECOND_MS;
const IDLE_MARGIN_MS = 10 * SECOND_MS;

/**
 * Socket.IO (protocol 5, WebSocket and long polling) beside HTTP on one Bun server. It handles clients, rooms and events,
 * but not their meaning.
 * ```ts
 * const server = Bun.serve({
 *   websocket: transport.websocket,
 *   fetch: (request, server) =>
 *     SocketTransport.serves(pathOf(request.url)) ? transport.handleRequest(request, server, ip) : …,
 * });
 * transport.attach(server);
 * ```
 */
export class SocketTransport<Who> {
  readonly #options: SocketTransportOptions<Who>;
  readonly #logger: Logger;
  readonly #engine: Engine;
  readonly #io: Io<Who>;
  readonly #handlers: SocketHandlers<Who>;
  readonly #ips = new WeakMap<object, string>();
  readonly #buffered = new Map<EngineConnection, () => number>();
  readonly #quotas: SocketQuotas<Who>;
  readonly #floods: FloodGuard<Who>;
  readonly #admission: SocketAdmission<Who>;
  readonly #upgrades = new UpgradeGuard();
  readonly #controlFrames: ControlFrames;
  readonly #requests: EngineRequests;
  readonly #farewells = new Set<Promise<void>>();
  #closing: Promise<unknown> | undefined;

  constructor(options: SocketTransportOptions<Who>) {
    this.#options = options;
    this.#logger = options.logger;
    this.#handlers = new SocketHandlers(options.logger);
    const connectTimeoutMs = options.connectTimeoutMs ?? 10 * SECOND_MS;
    this.#quotas = new SocketQuotas({
      pendingPerNetwork: options.pendingPerNetwork,
      quotasOf: (who) => options.quotasOf?.(who) ?? [],
      retryAfterSeconds: Math.ceil(connectTimeoutMs / SECOND_MS),
    });
    const elapsed = options.elapsed ?? (() => performance.now());
    this.#controlFrames = new ControlFrames(elapsed);
    this.#floods = new FloodGuard({
      packetsOf: (who) => options.packetsOf?.(who),
      refusedPerNetwork: options.refusedPerNetwork,
      isPaced: (event) => this.#handlers.isPaced(event),
      elapsed,
    });
    this.#admission = new SocketAdmission({
      quotas: this.#quotas,
      floods: this.#floods,
      farewellMs: connectTimeoutMs,
      authenticate: (handshake) => options.authenticate(handshake),
      ipOf: (connection) => this.#ips.get(connection) ?? '',
      logger: options.logger,
    });
    this.#engine = new Engine({
      path: `${PATH}/`,
      pingInterval: options.pingIntervalMs,
      pingTimeout: options.pingTimeoutMs,
      maxHttpBufferSize: options.maxPayloadBytes,
      editResponseHeaders: (headers, request) => this.#addHeaders(headers, request),
    });
    this.#io = new Server({
      adapter: TopicAdapter,
      parser: { ...parser, Encoder: PacketEncoder, Decoder: TolerantDecoder },
      serveClient: false,
      connectTimeout: connectTimeoutMs,
    });
    this.#requests = new EngineRequests({
      engine: this.#engine,
      upgrades: this.#upgrades,
      maxBodyBytes: options.maxPayloadBytes,
    });
    onEngineConnection(this.#engine, (connection, request) => this.#opened(connection, request));
    this.#io.bind(this.#engine as never);
    this.#io.use((socket, next) => void this.#admission.admit(socket).then(next));
    this.#io.on('connection', (socket) => this.#connected(socket));
    this.rooms = this.#adapter;
  }

  /** Whether a request for this path is for us. */
  static serves(pathname: string): boolean {
    return pathname === PATH || pathname === `${PATH}/`;
  }

  on(handlers: readonly SocketHandler<Who>[]): void {
    for (const handler of handlers) this.#handlers.add<TSchema>(handler);
  }

  /** Runs `check` before every event that is not paced, even those without a handler. */
  before(check: EventCheck<Who>): void {
    this.#handlers.before(check);
  }

  /** Sends broadcasts through Bun's own topics. */
  attach(server: Publisher): void {
    this.#adapter.attach(server);
  }

  /** For `Bun.serve`. Pass only sockets that this transport upgraded. */
  get websocket() {
    const { maxPayloadBytes, maxBufferedBytes, pingIntervalMs, pingTimeoutMs } = this.#options;
    return {
      open: (ws: BunWebSocket) => this.#engine.onWebSocketOpen(ws),
      message: (ws: BunWebSocket, message: string | Buffer) => {
        if (message !== PROBE || this.#upgrades.admitsProbe(ws)) this.#engine.onWebSocketMessage(ws, message);
      },
      close: (ws: BunWebSocket, code: number, reason: string) => this.#engine.onWebSocketClose(ws, code, reason),
      ping: (ws: BunWebSocket) => this.#controlFrames.came(ws),
      pong: (ws: BunWebSocket) => this.#controlFrames.came(ws),
      idleTimeout: Math.ceil((pingIntervalMs + pingTimeoutMs + IDLE_MARGIN_MS) / SECOND_MS),
      sendPings: false,
      maxPayloadLength: maxPayloadBytes,
      backpressureLimit: maxBufferedBytes,
      closeOnBackpressureLimit: true,
    };
  }

  /** Responds to a request that {@link SocketTransport.serves}; `ip` is the client's own. Never rejects. */
  async handleRequest(request: Request, server: UpgradeServer, ip: string): Promise<Response> {
    if (this.#closing !== undefined) return this.#refuse(unavailable(), request);
    if (request.method === 'OPTIONS') return new Response(null, { status: 204, headers: this.#cors(request) });
    if (!METHODS.includes(request.method)) return this.#refuse(methodNotAllowed(), request);
    const { pingIntervalMs, pingTimeoutMs } = this.#options;
    try {
      if (!queryOf(request.url).get('sid')) {
        this.#floods.requireGoodStanding(ip);
        this.#quotas.requireRoom(ip);
      }
      server.timeout(request, Math.ceil((pingIntervalMs + pingTimeoutMs + IDLE_MARGIN_MS) / SECOND_MS));
      this.#ips.set(request, ip);
      const response = await this.#requests.answer(request, server, (copy) => this.#ips.set(copy, ip));
      return response ?? this.#refuse(tooLarge({ max_bytes: this.#options.maxPayloadBytes }), request);
    } catch (error) {
      if (error instanceof AppError) return this.#refuse(error, request);
      if (!request.signal.aborted) this.#logger.warn('socket request failed', { error });
      return new Response(null, { status: 400, headers: this.#cors(request) });
    }
  }

  /**
   * Drops every connection so that clients reconnect by themselves, admits no new ones, and waits until `onDisconnect`
   * has finished for all.
   */
  async close(): Promise<void> {
    this.#closing ??= this.#breakAll();
    await this.#closing;
  }

  /** `connections` includes those not admitted yet. */
  stats(): { sockets: number; connections: number; bufferedBytes: number } {
    let bufferedBytes = 0;
    for (const [connection, waiting] of this.#buffered) {
      bufferedBytes += waiting() + (webSocketOf(connection)?.getBufferedAmount() ?? 0);
    }
    return { sockets: this.#io.sockets.sockets.size, connections: this.#buffered.size, bufferedBytes };
  }

  /** All sockets, by room; they are sent what {@link SocketTransport.encode} makes of an event. */
  readonly rooms: Pick<TopicAdapter, 'publish'>;
  readonly encode = encodeEvent;

  /** Removes every socket in `of` from `room`. */
  addTo(room: string, of: string): void {
    this.#io.in(of).socketsJoin(room);
  }

  removeFrom(room: string, of: string): void {
    this.#io.in(of).socketsLeave(room);
  }

  /** Tells every socket in `of` that its session has ended and disconnects it, even one that is being admitted. */
  end(of: string, reason: string): void {
    this.#admission.noteEnd(of, reason);
    for (const socket of this.#adapter.socketsIn(of)) endSocket(socket, reason);
  }

  get #adapter(): TopicAdapter {
    return this.#io.sockets.adapter as TopicAdapter;
  }

  #opened(connection: EngineConnection, request: Request): void {
    const ip = this.#ips.get(request) ?? '';
    this.#ips.set(connection, ip);
    this.#quotas.opened(connection, ip);
    this.#floods.opened(connection, ip);
    breakAsLines(connection);
    ignoreEarlyPongs(connection);
    this.#buffered.set(connection, limitPollingBuffer(connection, this.#options.maxBufferedBytes));
    connection.on('close', () => this.#buffered.delete(connection));
  }

  #connected(socket: ClientSocket<Who>): void {
    const { who, ended } = socket.data;
    try {
      const rooms = [everyone, socketRoom(socket.id), ...this.#options.roomsOf(who)];
      const reason = rooms.map((room) => ended.get(room)).find((found) => found !== undefined);
      if (reason !== undefined) {
        endSocket(socket, reason);
        return;
      }
      void socket.join(rooms);
      this.#serve(socket, new SocketConnection(socket as unknown as Socket, who));
    } catch (error) {
      this.#logger.error('socket could not be set up', { error });
      cut(connectionOf(socket));
    }
  }

  #serve(socket: ClientSocket<Who>, connection: SocketConnection<Who>): void {
    const { onConnect, onDisconnect } = this.#options;
    // Not `socket.on`: a middleware that never goes on keeps clients away from the names of internal events
    socket.use(connection.receiver(this.#handlers));
    socket.once('disconnect', (reason) => {
      if (reason === 'client namespace disconnect') connectionOf(socket).close();
      const farewell = connection
        .settled(LAST_WORK_MS)
        .then(() => this.#guard('onDisconnect', () => onDisconnect(connection)))
        .finally(() => this.#farewells.delete(farewell));
      this.#farewells.add(farewell);
    });
    connection.track(this.#guard('onConnect', () => onConnect(connection)));
  }

  async #guard(hook: string, act: () => void | Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      this.#logger.error('socket hook failed', { hook, error });
    }
  }

  #breakAll(): Promise<unknown> {
    for (const connection of [...connectionsOf(this.#engine).values()]) cut(connection);
    return Promise.all(this.#farewells);
  }

  #refuse(error: AppError, request: Request): Response {
    const { retry_after } = error.details;
    const wait = retry_after === undefined ? {} : { 'retry-after': String(retry_after) };
    const allow = error.status === 405 ? { allow: METHODS.join(', ') } : {};
    const headers = { ...this.#cors(request), ...wait, ...allow };
    return Response.json(wireError(error), { status: error.status, headers });
  }

  #addHeaders(headers: Headers, request: Request): void {
    headers.set('cache-control', 'no-store');
    for (const [name, value] of Object.entries(this.#cors(request))) headers.set(name, value);
  }

  #cors(request: Request): Record<string, string> {
    return this.#options.corsHeaders?.(request) ?? {};
  }
}

/** Tells the client why, then disconnects it so that it does not reconnect by itself. */
function endSocket(socket: Pick<Socket, 'emit' | 'disconnect'>, reason: string): void {
  socket.emit('session:ended', { reason });
  socket.disconnect(true);
}
