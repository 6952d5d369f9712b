import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server, type Socket } from 'socket.io';
import { io, type Socket as Upstream } from 'socket.io-client';

// biome-ignore lint/suspicious/noExplicitAny: a liar takes the wire as it is
export type Payload = Record<string, any>;
type Ack = (reply: Payload) => void;
type Line = { client: Socket; upstream: Upstream; connected: number };

/** What the relay does to somebody's traffic; what a lie leaves undefined passes as it is, null is withheld. */
export type Lies = {
  /** An event from the server. */
  event?(name: string, payload: Payload): Payload | null | undefined;
  /** A call of the client. A reply instead of undefined keeps the call from the server. */
  call?(name: string, payload: Payload): Payload | undefined;
  /** The server's answer to a call. */
  answer?(name: string, payload: Payload, reply: Payload): Payload | undefined;
  /** The server's answer to a request. */
  rest?(path: string, body: unknown): unknown;
};

/** A server that lies: it stands before a real one, passes everything on, and changes what it likes. */
export class Relay {
  readonly #to: string;
  readonly #http = createServer((request, response) => void this.#rest(request, response));
  readonly #io = new Server(this.#http);
  readonly #lies = new Map<string, Lies>();
  readonly #lines = new Map<string, Line>();

  constructor(to: string) {
    this.#to = to;
    this.#io.on('connection', (client) => this.#connect(client));
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#http.listen(0, '127.0.0.1', resolve));
    return this;
  }

  async stop(): Promise<void> {
    for (const { upstream } of this.#lines.values()) upstream.close();
    await this.#io.close();
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  /** Lies to the client with this token from now on, and no other lies than these. */
  lieTo(token: string, lies: Lies): void {
    this.#lies.set(token, lies);
  }

  /** Sends an event of its own. */
  invent(token: string, name: string, payload: Payload): void {
    this.#lines.get(token)?.client.emit(name, payload);
  }

  /** Sends something to the real server under the client's name. */
  pretend(token: string, name: string, payload: Payload): void {
    this.#lines.get(token)?.upstream.emit(name, payload);
  }

  #connect(client: Socket): void {
    const token = String(client.handshake.auth.token);
    const upstream = io(this.#to, { auth: { token }, forceNew: true, transports: ['websocket'] });
    this.#lines.set(token, { client, upstream, connected: Date.now() });
    const lies = () => this.#lies.get(token) ?? {};
    upstream.onAny((name: string, payload: Payload) => {
      const told = lies().event?.(name, structuredClone(payload));
      if (told !== null) client.emit(name, told ?? payload);
    });
    client.onAny((name: string, payload: Payload, ack?: Ack) => {
      const instead = lies().call?.(name, structuredClone(payload));
      if (instead) return ack?.(instead);
      upstream.emit(name, payload, (reply: Payload) => {
        ack?.(lies().answer?.(name, payload, structuredClone(reply)) ?? reply);
      });
    });
    client.on('disconnect', () => upstream.close());
  }

  async #rest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { host: _, connection: __, 'content-length': ___, ...headers } = request.headers;
    const body = chunks.length > 0 ? { body: Buffer.concat(chunks) } : {};
    const answer = await fetch(`${this.#to}${request.url}`, {
      method: String(request.method),
      headers: headers as Record<string, string>,
      ...body,
    });
    const told = await answer.json();
    const token = String(request.headers.authorization).replace('Bearer ', '');
    const lie = this.#lies.get(token)?.rest?.(String(request.url), structuredClone(told));
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(lie ?? told));
  }
}
