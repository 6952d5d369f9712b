import type { ServerWebSocket } from 'bun';
import { parsableUrl, pathOf } from '../../core/request-target.ts';

/** A request on its way to an entry. */
export type Visit = {
  /** With an address that every parser reads alike. */
  readonly request: Request;
  readonly path: string;
  /** The client's own address, behind any trusted proxies. */
  readonly ip: string;
  readonly server: FrontServer;
};

/** The part of Bun's server that an entry can use. An upgraded socket returns to the entry's own `websocket`. */
export type FrontServer = {
  upgrade(request: Request, options: { headers?: Bun.HeadersInit; data: object }): boolean;
  /** Sets how many seconds the request may wait for its response. */
  timeout(request: Request, seconds: number): void;
};

/** Handlers for WebSockets of one kind. */
export type WebSocketEntry<Data> = {
  open(ws: ServerWebSocket<Data>): void;
  message(ws: ServerWebSocket<Data>, message: string | Buffer): void;
  close(ws: ServerWebSocket<Data>, code: number, reason: string): void;
  drain?(ws: ServerWebSocket<Data>): void;
  /** A ping or pong of the WebSocket protocol; pings have been answered. */
  control?(ws: ServerWebSocket<Data>): void;
  /** Bun has one set of limits per process, so the largest of all entries applies. */
  readonly limits: WebSocketLimits;
};

export type WebSocketLimits = {
  readonly idleSeconds: number;
  readonly maxPayloadBytes: number;
  readonly maxBufferedBytes: number;
};

/** One kind of traffic on the port: which paths it serves, and how. The first entry that serves a path gets the request. */
export type FrontEntry<Data = never> = {
  readonly kind: string;
  serves(path: string): boolean;
  handle(visit: Visit): Response | Promise<Response>;
  readonly websocket?: WebSocketEntry<Data>;
};

type Kinded = { kind: string };

/** Combines the entries for `Bun.serve`. Sockets find theirs by `ws.data.kind`, set on upgrade. */
export function createFront(
  entries: readonly FrontEntry[],
  ipOf: (request: Request, server: Bun.Server<Kinded>) => string,
) {
  const sockets = new Map<string, WebSocketEntry<Kinded>>();
  for (const { kind, websocket } of entries) {
    if (sockets.has(kind)) throw new Error(`two entries of the kind ${kind}`);
    if (websocket) sockets.set(kind, websocket as unknown as WebSocketEntry<Kinded>);
  }
  const entryOf = (ws: ServerWebSocket<Kinded>) => sockets.get(ws.data.kind);
  const most = (limit: keyof WebSocketLimits) => Math.max(1, ...sockets.values().map(({ limits }) => limits[limit]));
  const longest = most('maxPayloadBytes');

  return {
    fetch(received: Request, server: Bun.Server<Kinded>): Response | Promise<Response> {
      const path = pathOf(received.url);
      const entry = entries.find((one) => one.serves(path));
      if (!entry) return new Response(null, { status: 404 });
      const url = parsableUrl(received.url);
      const request = url === received.url ? received : new Request(url, received);
      const ip = ipOf(received, server);
      return entry.handle({ request, path, ip, server: serverFor(entry.kind, received, server) });
    },

    websocket: {
      open: (ws: ServerWebSocket<Kinded>) => entryOf(ws)?.open(ws),
      message(ws: ServerWebSocket<Kinded>, message: string | Buffer) {
        const entry = entryOf(ws);
        if (!entry) return;
        const { maxPayloadBytes } = entry.limits;
        if (maxPayloadBytes < longest && Buffer.byteLength(message) > maxPayloadBytes) ws.close(TOO_LONG);
        else entry.message(ws, message);
      },
      close: (ws: ServerWebSocket<Kinded>, code: number, reason: string) => entryOf(ws)?.close(ws, code, reason),
      drain: (ws: ServerWebSocket<Kinded>) => entryOf(ws)?.drain?.(ws),
      ping: (ws: ServerWebSocket<Kinded>) => entryOf(ws)?.control?.(ws),
      pong: (ws: ServerWebSocket<Kinded>) => entryOf(ws)?.control?.(ws),
      idleTimeout: most('idleSeconds'),
      sendPings: false,
      maxPayloadLength: longest,
      backpressureLimit: most('maxBufferedBytes'),
      closeOnBackpressureLimit: true,
    },
  };
}

const TOO_LONG = 1009;

/** Bun upgrades only the original request, not a copy. */
function serverFor(kind: string, received: Request, server: Bun.Server<Kinded>): FrontServer {
  return {
    upgrade: (_, { data, ...options }) => server.upgrade(received, { ...options, data: { ...data, kind } }),
    timeout: (_, seconds) => server.timeout(received, seconds),
  };
}
