import type { Server as Engine, WebSocketData } from '@socket.io/bun-engine';
import { badRequest } from '../core/errors.ts';
import { queryOf } from '../core/request-target.ts';
import { connectionsOf, cut, webSocketOf } from './engine-internals.ts';
import { bodyUpTo } from './polling-limits.ts';
import type { UpgradeGuard } from './upgrade-guard.ts';

/** What is asked of the server under a request. */
export type UpgradeServer = {
  upgrade(request: Request, options: { headers?: Bun.HeadersInit; data: WebSocketData }): boolean;
  timeout(request: Request, seconds: number): void;
};

type Options = { engine: Engine; upgrades: UpgradeGuard; maxBodyBytes: number };

/** How many packets of one POST are handled per turn of the event loop. */
const PACKETS_A_TURN = 64;
const SEPARATOR = '\x1e';

/** Passes requests to the engine, and answers those itself that the engine gets wrong. */
export class EngineRequests {
  readonly #options: Options;

  constructor(options: Options) {
    this.#options = options;
  }

  /** Undefined when the body is too long; its connection is closed then. Throws the refusal of anything else. */
  async answer(
    request: Request,
    server: UpgradeServer,
    note: (request: Request) => void,
  ): Promise<Response | undefined> {
    const query = queryOf(request.url);
    const sid = query.get('sid') ?? '';
    const isUpgrade = asksForWebSocket(request);
    // Without this check, a WebSocket request whose Upgrade header a proxy dropped is served as a poll and swallows queued packets.
    if (isUpgrade !== (query.get('transport') === 'websocket')) throw transportMismatch();
    if (isUpgrade) return this.#upgrade(request, server, sid);
    if (request.method === 'POST') return this.#post(request, sid, note);
    return this.#hand(withoutUpgrade(request), note);
  }

  async #upgrade(request: Request, server: UpgradeServer, sid: string): Promise<Response> {
    const { engine, upgrades } = this.#options;
    const connection = connectionsOf(engine).get(sid);
    if (connection && connection.upgradeState !== 'not_upgraded') throw alreadyUpgrading();
    let isRefused = false;
    const guarded: Pick<UpgradeServer, 'upgrade'> = {
      upgrade(_, options) {
        if (connection) upgrades.watch(options.data.transport, connection);
        isRefused = !server.upgrade(request, options);
        return !isRefused;
      },
    };
    const response = await engine.handleRequest(request, guarded as Bun.Server<WebSocketData>);
    if (isRefused) throw noWebSocket();
    return response;
  }

  /** Passes a long body on in parts, because the engine handles all packets of one body without yielding. */
  async #post(request: Request, sid: string, note: (request: Request) => void): Promise<Response | undefined> {
    const connection = connectionsOf(this.#options.engine).get(sid);
    // The engine keeps reading packets while a closing connection waits for its last poll.
    if (connection && connection.readyState !== 'open') throw ending();
    let body: string | undefined;
    try {
      body = await bodyUpTo(request, this.#options.maxBodyBytes);
    } finally {
      // Too long, or broken off: its packets are lost, and some clients would wait for the next ping before they reconnect.
      if (body === undefined && connection && !webSocketOf(connection)) cut(connection);
    }
    if (body === undefined) return undefined;
    const packets = body.split(SEPARATOR);
    let response: Response | undefined;
    for (let from = 0; from < packets.length; from += PACKETS_A_TURN) {
      if (from > 0) await new Promise((resolve) => setImmediate(resolve));
      const part = packets.slice(from, from + PACKETS_A_TURN).join(SEPARATOR);
      response = await this.#hand(withoutUpgrade(request, part), note);
      if (response.status !== 200) break;
    }
    return response;
  }

  #hand(request: Request, note: (request: Request) => void): Promise<Response> {
    note(request);
    return this.#options.engine.handleRequest(request, NO_UPGRADES as Bun.Server<WebSocketData>);
  }
}

const NO_UPGRADES: Pick<UpgradeServer, 'upgrade'> = { upgrade: () => false };

const transportMismatch = badRequest.saying(
  'A WebSocket is opened by transport=websocket and the header Upgrade: websocket',
);
const alreadyUpgrading = badRequest.saying('This connection has opened its WebSocket already');
const ending = badRequest.saying('This connection is ending');
const noWebSocket = badRequest.saying('The headers do not open a WebSocket');

/** Offers of other protocols (`h2c`, `TLS/1.0`) are ignored, as HTTP allows. */
function asksForWebSocket(request: Request): boolean {
  const offers = request.headers.get('upgrade')?.toLowerCase().split(',') ?? [];
  return offers.some((offer) => offer.trim().split('/')[0] === 'websocket');
}

/** The engine treats any Upgrade header as a WebSocket's. */
function withoutUpgrade(request: Request, body?: string): Request {
  const { url, method, headers, signal } = request;
  if (body === undefined && !headers.has('upgrade')) return request;
  const rest = new Headers(headers);
  rest.delete('upgrade');
  return new Request(
    url,
    body === undefined ? { method, headers: rest, signal } : { method, headers: rest, signal, body },
  );
}
