import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server, type Socket } from 'socket.io';
import type { HistoryEntry, KeyRecipient, Member, SealedKey, StoredKey } from '../../src/client/index.ts';
import { Signal } from '../../src/client/link/signal.ts';
import { compareMessageIds } from '../../src/client/room/message-id.ts';
import { PATIENCE_MS } from './waiting.ts';

export const CHAT = 7;

export type Who = { id: number; name: string; sessionId: string; publicKey: string | null; signingKey: string | null };
type Ack = (reply: object) => void;
type Heard = { who: Who; name: string; payload: Record<string, unknown> };

/** Another part of the protocol; what it leaves undefined is left to the server. */
export type Part = {
  connected(who: Who): void;
  answer(who: Who, name: string, payload: Record<string, unknown>): object | undefined;
  rest(call: RestCall): RestAnswer | undefined;
};
export type RestCall = { method: string; url: URL; who: Who | undefined; body: Record<string, unknown> };
export type RestAnswer = [status: number, body: unknown, cookie?: string];

/** The server's side of the protocol on a real Socket.IO server: one chat, and only what clients rely on. */
export class FakeServer {
  epoch = 1;
  history: HistoryEntry[] = [];
  blobs = new Map<string, StoredKey>();
  heard: Heard[] = [];
  historyQueries: string[] = [];
  historyFailures = 0;
  /** Answers instead of the server's usual one: undefined leaves it at that. */
  refuse: (name: string, payload: Record<string, unknown>) => object | undefined = () => undefined;
  /** False: the test distributes keys itself. */
  distributes = true;
  part: Part | undefined;
  readonly #people = new Map<string, Who>();
  readonly #sockets = new Map<string, Socket>();
  readonly #signal = new Signal();
  readonly #http = createServer((request, response) => this.#rest(request, response));
  readonly #io = new Server(this.#http, { pingInterval: 10_000 });

  async start(): Promise<this> {
    this.#io.use((socket, next) => {
      if (this.#people.has(String(socket.handshake.auth.token))) return next();
      next(Object.assign(new Error('Sign in first'), { data: { code: 'ERR_UNAUTHENTICATED' } }));
    });
    this.#io.on('connection', (socket) => this.#connected(socket));
    await new Promise<void>((resolve) => this.#http.listen(0, '127.0.0.1', resolve));
    return this;
  }

  async stop(): Promise<void> {
    await this.#io.close();
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  signUp(name: string): string {
    const id = this.#people.size + 1;
    this.#people.set(`token-${name}`, { id, name, sessionId: `session-${name}`, publicKey: null, signingKey: null });
    return `token-${name}`;
  }

  /** A member with a key, without a client. */
  enrol(name: string, publicKey: string, signingKey: string | null = null): void {
    const who = this.#people.get(this.signUp(name));
    if (who) [who.publicKey, who.signingKey] = [publicKey, signingKey];
  }

  signOut(name: string): void {
    this.#people.delete(`token-${name}`);
  }

  get people(): Who[] {
    return [...this.#people.values()];
  }

  calls(name: string): Heard[] {
    return this.heard.filter((call) => call.name === name);
  }

  async until(isTrue: () => boolean): Promise<void> {
    if (!(await this.#signal.until(isTrue, PATIENCE_MS))) throw new Error('The server waited in vain');
  }

  tell(name: string, payload: object): void {
    this.#io.to('chat').emit(name, { chat_id: CHAT, ...payload });
  }

  tellOne(who: string, name: string, payload: object): void {
    this.#sockets.get(`session-${who}`)?.emit(name, { chat_id: CHAT, ...payload });
  }

  /** To every socket of a session. */
  tellSession(sessionId: string, name: string, payload: object): void {
    this.#io.to(sessionId).emit(name, payload);
  }

  /** Puts sessions into the list, as the server does before it asks for them. */
  introduce(...sessions: KeyRecipient[]): void {
    for (const { user_id, session_id, public_key, signing_key = null } of sessions)
      this.tell('portal:key_added', { user_id, session_id, public_key, signing_key });
  }

  /** Cuts the connection as a network does. */
  cut(who: string): void {
    this.#sockets.get(`session-${who}`)?.conn.close();
  }

  rotate(reason: string): void {
    this.epoch += 1;
    this.blobs.clear();
    this.tell('room:epoch_changed', { epoch: this.epoch, reason });
  }

  /** Writes into the history; telling it is another thing. */
  write(content: string, epoch = 0, id?: string, by = { id: 1, name: 'alice' }): HistoryEntry {
    const prev_id = this.history.at(-1)?.id ?? null;
    const entry: HistoryEntry = {
      chat_id: CHAT,
      chat_name: 'test',
      id: id ?? `1710000000000-${this.history.length}`,
      prev_id,
      sender: epoch === 0 ? null : { id: by.id, username: by.name, avatar_url: null },
      permission_level: 0,
      content,
      type: epoch === 0 ? 'system' : 'user',
      epoch: epoch.toString(16).padStart(16, '0'),
      timestamp: '2026-01-01T00:00:00.000Z',
    };
    this.history.push(entry);
    return entry;
  }

  #connected(socket: Socket): void {
    const who = this.#people.get(String(socket.handshake.auth.token));
    if (!who) return;
    this.#sockets.set(who.sessionId, socket);
    void socket.join(who.sessionId);
    this.part?.connected(who);
    socket.onAny((name: string, payload: Record<string, unknown>, ack?: Ack) => {
      this.heard.push({ who, name, payload });
      const refusal = this.refuse(name, payload);
      ack?.(
        refusal ?? { ok: true, ...(this.part?.answer(who, name, payload) ?? this.#answer(socket, who, name, payload)) },
      );
      this.#signal.notify();
    });
  }

  #answer(socket: Socket, who: Who, name: string, payload: Record<string, unknown>): object {
    if (name === 'room:join') return this.#join(socket, who);
    if (name === 'message:send') {
      const entry = this.write(String(payload.content), this.epoch, undefined, who);
      this.tell('message:new', entry);
      return { id: entry.id };
    }
    if (name === 'portal:key_share') return this.#share(who, payload.keys as SealedKey[]);
    return {};
  }

  #join(socket: Socket, who: Who): object {
    const key = this.blobs.get(who.sessionId) ?? null;
    const holder = [...this.blobs.keys()].find((sessionId) => this.#sockets.get(sessionId)?.connected);
    void socket.join('chat');
    const member = this.member(who);
    socket.to('chat').emit('room:members', { chat_id: CHAT, joined: [member], left: [], count: 2 });
    if (!key && this.distributes) {
      const recipients = [{ user_id: who.id, session_id: who.sessionId, public_key: who.publicKey }];
      const request = { chat_id: CHAT, epoch: this.epoch, generate: !holder, recipients };
      this.#sockets.get(holder ?? who.sessionId)?.emit('portal:key_request', request);
    }
    const members = [...this.#people.values()]
      .filter((person) => person.publicKey)
      .map((person) => this.member(person));
    const chat = { id: CHAT, name: 'test' };
    const rest = { browser: null, control: null, muted: null, online: true };
    return { session_id: who.sessionId, chat, members, count: members.length, epoch: this.epoch, key, ...rest };
  }

  #share(sender: Who, keys: SealedKey[]): object {
    for (const { session_id, blob } of keys) {
      const key = { blob, sender_session_id: sender.sessionId, sender_public_key: String(sender.publicKey) };
      this.blobs.set(session_id, key);
      if (session_id === sender.sessionId) continue;
      this.#sockets.get(session_id)?.emit('portal:key_shared', { chat_id: CHAT, epoch: this.epoch, ...key });
    }
    return { accepted: keys.length, rejected: [] };
  }

  member({ id, name, sessionId, publicKey, signingKey }: Who): Member {
    const sessions = [{ session_id: sessionId, public_key: publicKey, signing_key: signingKey }];
    return { id, username: name, avatar_url: null, permission_level: 0, sessions };
  }

  async #rest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(String(request.url), 'http://localhost');
    const who = this.#people.get(String(request.headers.authorization).replace('Bearer ', ''));
    let text = '';
    for await (const chunk of request) text += chunk;
    const sent = text === '' ? {} : JSON.parse(text);
    const part = this.part?.rest({ method: String(request.method), url, who, body: sent });
    const [status, body, cookie] = part ?? this.#restAnswer(url, who, text);
    const headers = { 'content-type': 'application/json', ...(cookie ? { 'set-cookie': cookie } : {}) };
    response.writeHead(status, headers).end(JSON.stringify(body));
    this.#signal.notify();
  }

  #restAnswer(url: URL, who: Who | undefined, text: string): RestAnswer {
    if (url.pathname === '/v1/portal/keys' && who) {
      const { public_key, signing_key } = JSON.parse(text);
      [who.publicKey, who.signingKey] = [public_key, signing_key ?? null];
      return [200, { status: 'registered' }];
    }
    if (url.pathname !== `/v1/portal/chats/${CHAT}/history`) return [200, {}];
    this.historyQueries.push(url.search);
    if (this.historyFailures > 0) {
      this.historyFailures -= 1;
      return [503, { error: 'down', code: 'ERR_UNAVAILABLE' }];
    }
    const [after, before, limit] = ['after', 'before', 'limit'].map((name) => url.searchParams.get(name));
    if (after) {
      const rest = this.history.filter(({ id }) => compareMessageIds(id, after) > 0);
      return [200, rest.slice(0, Number(limit))];
    }
    const end = !before ? this.history.length : this.history.findIndex(({ id }) => id === before);
    return [200, this.history.slice(Math.max(0, end - Number(limit)), end)];
  }
}
