import type { Server, ServerWebSocket } from 'bun';
import type { Timers } from '../../src/core/clock.ts';
import { answerApi, findToken, nothingHere } from './api.ts';
import { takeData } from './data-channel.ts';
import { Desktop } from './desktop.ts';
import { Members } from './members.ts';
import { type Signalling, takeMessage } from './messages.ts';
import type { Media, Peer } from './peer.ts';
import { namesAsGo } from './profile.ts';
import { Room } from './room.ts';
import type { Line, Session } from './session.ts';
import type { NekoSettings } from './settings.ts';

const HEARTBEAT_EVERY_MS = 10_000;
/** Go's socket sets no limit. */
const MAX_MESSAGE_BYTES = 512 * 1024 * 1024;
const CLEAN_CLOSES = [1000, 1001];
const PAGE = '<!doctype html><title>n.eko</title><p>The built-in page of n.eko. Nobody should see it.</p>';

type Connection = { request: Request; line?: Line; session?: Session; busy: Promise<void> };

/** What goes wrong with a process that still runs. */
export type Fault = 'none' | 'video hangs' | 'frozen' | 'nonsense' | 'errors';

/** One process of n.eko, from its start to its end. What it knows goes with it. */
export class NekoServer {
  readonly room: Room;
  readonly members: Members;
  readonly #media: Media;
  readonly #server: Server<Connection>;
  readonly #signalling: Signalling;
  readonly #sockets = new Set<ServerWebSocket<Connection>>();
  readonly #stop = { isStopped: false };
  readonly #thawed: (() => void)[] = [];
  readonly onPeer: (peer: Peer) => void;
  #fault: Fault = 'none';

  constructor(
    settings: NekoSettings,
    timers: Timers,
    media: Media,
    port: number,
    hostname: string,
    onPeer: (peer: Peer) => void,
  ) {
    this.room = new Room(settings, new Desktop(settings.screen, timers), timers);
    this.members = new Members(this.room);
    this.#media = media;
    this.onPeer = onPeer;
    this.#signalling = {
      room: this.room,
      media,
      isHung: () => this.#fault === 'video hangs',
      onData: (session, bytes) => takeData(this.room, session, bytes),
      onPeer,
    };
    this.#server = Bun.serve<Connection>({
      port,
      hostname,
      idleTimeout: 0,
      fetch: (request, server) => this.#fetch(request, server),
      websocket: {
        idleTimeout: 0,
        sendPings: false,
        maxPayloadLength: MAX_MESSAGE_BYTES,
        open: (socket) => this.#open(socket),
        message: (socket, message) => this.#message(socket, String(message)),
        close: (socket, code) => this.#close(socket, code),
      },
    });
  }

  get port(): number {
    return this.#server.port ?? 0;
  }

  get fault(): Fault {
    return this.#fault;
  }

  set fault(fault: Fault) {
    this.#fault = fault;
    if (fault !== 'frozen') for (const thaw of this.#thawed.splice(0)) thaw();
  }

  /** A frame of the data channel, as if a session had sent it. */
  takeData(session: Session, bytes: Uint8Array): void {
    takeData(this.room, session, bytes);
  }

  /** As `kill -9`: connections are cut, and nothing is told. */
  async end(): Promise<void> {
    this.#stop.isStopped = true;
    this.fault = 'none';
    for (const session of [...this.room.sessions, ...this.room.deleted]) session.peer?.destroy();
    this.#media.close();
    for (const socket of this.#sockets) socket.terminate();
    await this.#server.stop(true);
  }

  async #fetch(request: Request, server: Server<Connection>): Promise<Response | undefined> {
    await this.#whileFrozen();
    const { pathname } = new URL(request.url);
    if (this.#fault === 'nonsense') return new Response('<html>Bad gateway {', { status: 200 });
    if (this.#fault === 'errors' && pathname !== '/health') return new Response('{"code":500}', { status: 500 });
    if (pathname === '/health') return new Response('true', { headers: { 'Content-Type': 'text/plain' } });
    if (pathname === '/api/ws') {
      if (server.upgrade(request, { data: { request, busy: Promise.resolve() } })) return undefined;
      return new Response('{"code":400,"message":"Bad Request"}\n', { status: 400 });
    }
    if (pathname.startsWith('/api/')) {
      const isHung = () => this.#fault === 'video hangs';
      return answerApi({ room: this.room, members: this.members, isHung }, request);
    }
    if (pathname === '/metrics' && this.room.settings.metrics) return new Response('# HELP go_goroutines\n');
    if (pathname === '/') return new Response(PAGE, { headers: { 'Content-Type': 'text/html; charset=utf-8' } });
    return nothingHere();
  }

  #open(socket: ServerWebSocket<Connection>): void {
    const { request } = socket.data;
    this.#sockets.add(socket);
    const send = (event: string, payload: unknown) => {
      if (this.#fault === 'nonsense') socket.send('{"event":');
      else if (this.#fault !== 'frozen') socket.send(JSON.stringify({ event, payload }));
    };
    const line: Line = {
      send,
      destroy: (reason) => {
        send('system/disconnect', { message: reason });
        socket.terminate();
      },
    };
    const token = findToken(this.room, request);
    const session = token === undefined ? undefined : this.room.findByToken(token);
    if (!session) {
      line.destroy(token === undefined ? 'no authentication provided' : 'session not found');
      return;
    }
    const refusal = this.#refusal(session);
    if (refusal) {
      line.destroy(refusal);
      return;
    }
    socket.data.session = session;
    socket.data.line = line;
    session.connect(line);
    this.#beat(socket);
  }

  #refusal({ profile, state }: Session): string | undefined {
    if (!profile.can_login) return 'session login disabled';
    if (!profile.can_connect) return 'connection disabled';
    return state.is_connected && !this.room.rules.merciful_reconnect ? 'already connected' : undefined;
  }

  #beat(socket: ServerWebSocket<Connection>): void {
    this.room.timers.after(HEARTBEAT_EVERY_MS, () => {
      if (this.#stop.isStopped || socket.readyState !== WebSocket.OPEN) return;
      if (this.#fault !== 'frozen') {
        socket.send(JSON.stringify({ event: 'system/heartbeat' }));
        socket.ping();
      }
      this.#beat(socket);
    });
  }

  /** One message of a socket after the other: one that hangs holds up all that come later. */
  #message(socket: ServerWebSocket<Connection>, text: string): void {
    const { session, busy } = socket.data;
    if (!session) return;
    socket.data.busy = busy.then(async () => {
      await this.#whileFrozen();
      const message = readMessage(text);
      if (!message || this.#stop.isStopped) return;
      // What fails is a line in n.eko's log.
      await takeMessage(this.#signalling, session, message.event, message.payload).catch(() => {});
    });
  }

  #close(socket: ServerWebSocket<Connection>, code: number): void {
    const { session, line } = socket.data;
    this.#sockets.delete(socket);
    if (this.#stop.isStopped || !session || !line) return;
    void this.#whileFrozen().then(() => session.disconnect(line, !CLEAN_CLOSES.includes(code)));
  }

  async #whileFrozen(): Promise<void> {
    if (this.#fault === 'frozen') await new Promise<void>((resolve) => this.#thawed.push(resolve));
  }
}

function readMessage(text: string): { event: string; payload: Record<string, unknown> } | undefined {
  try {
    const { event, payload } = namesAsGo(JSON.parse(text) as object);
    if (typeof event !== 'string') return undefined;
    return { event, payload: typeof payload === 'object' && payload !== null ? namesAsGo(payload) : {} };
  } catch {
    return undefined;
  }
}
