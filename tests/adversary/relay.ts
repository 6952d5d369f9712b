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
  /** A call of the client. A reply instead of undefined keeps the call from the server; so does null, without any answer. */
  call?(name: string, payload: Payload): Payload | null | undefined;
  /** The server's answer to a call; null: it is lost. */
  answer?(name: string, payload: Payload, reply: Payload): Payload | null | undefined;
  /** A request that the server shall not see, and the answer in its place. */
  refuse?(path: string): { status: number; body: object } | undefined;
  /** The server's answer to a request. */
  rest?(path: string, body: unknown): unknown;
};

/** A server that lies: it stands before a real one, passes everything on, and changes what it likes. */
export class Relay {
  readonly #to: string;
  readonly #http = createServer((request, response) => void this.#rest(request, response));
  readonly #io = new Server(this.#http);
  readonly #lies = new Map<string, Lies>();
  readonly #held = new Map<string, Promise<void>>();
  readonly #lines = new Map<string, Line>();

  constructor(to: string) {
    this.#to = to;
    this.#io.use(({ handshake }, next) => {
      const held = this.#held.get(String(handshake.auth.token)) ?? Promise.resolve();
      void held.then(() => next());
    });
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

  /** Breaks the client's line. */
  cut(token: string): void {
    this.#lines.get(token)?.client.conn.close();
  }

  /** Lets nobody with this token in until then. */
  hold(token: string, until: Promise<void>): void {
    this.#held.set(token, until);
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
      if (instead === null) return;
      upstream.emit(name, payload, (reply: Payload) => {
        const told = lies().answer?.(name, payload, structuredClone(reply));
        if (told !== null) ack?.(told ?? reply);
      });
    });
    client.on('disconnect', () => upstream.close());
  }

  async #rest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const token = String(request.headers.authorization).replace('Bearer ', '');
    const refusal = this.#lies.get(token)?.refuse?.(String(request.url));
    if (refusal) return this.#respond(response, refusal.status, refusal.body);
    const { host: _, connection: __, 'content-length': ___, ...headers } = request.headers;
    const body = chunks.length > 0 ? { body: Buffer.concat(chunks) } : {};
    const answer = await fetch(`${this.#to}${request.url}`, {
      method: String(request.method),
      headers: headers as Record<string, string>,
      ...body,
    });
    const told = await answer.json();
    const lie = this.#lies.get(token)?.rest?.(String(request.url), structuredClone(told));
    this.#respond(response, answer.status, lie ?? told);
  }

  #respond(response: ServerResponse, status: number, body: unknown): void {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }
}
