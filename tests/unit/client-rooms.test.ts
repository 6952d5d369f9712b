import { afterEach, describe, expect, test } from 'bun:test';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server, type Socket } from 'socket.io';
import {
  type ChatRoom,
  createChatKey,
  createKeyPair,
  type HistoryEntry,
  isPortalError,
  type KeyRecipient,
  type KeyStorage,
  type Member,
  openEnvelope,
  openKeyBlob,
  PortalClient,
  parseEnvelope,
  type SealedKey,
  type StoredKey,
  type StoredKeys,
  safetyNumber,
  sealEnvelope,
  sealKeyBlob,
  type Timing,
} from '../../src/client/index.ts';
import { Signal } from '../../src/client/link/signal.ts';

const CHAT = 7;
const TIMING: Partial<Timing> = { repairDelayMs: 20, retryDelayMs: 5, connectTimeoutMs: 2000, ackTimeoutMs: 1000 };

type Who = { id: number; name: string; sessionId: string; publicKey: string | null };
type Ack = (reply: object) => void;
type Heard = { who: Who; name: string; payload: Record<string, unknown> };

/** The server's side of the protocol over a real Socket.IO server: one chat, and only what the clients rely on. */
class FakeServer {
  epoch = 1;
  history: HistoryEntry[] = [];
  blobs = new Map<string, StoredKey>();
  heard: Heard[] = [];
  historyQueries: string[] = [];
  historyFailures = 0;
  /** Answers instead of the server's usual one: undefined leaves it at that. */
  refuse: (name: string, payload: Record<string, unknown>) => object | undefined = () => undefined;
  /** False: the test plays the distribution of keys by itself. */
  distributes = true;
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
    this.#people.set(`token-${name}`, { id, name, sessionId: `session-${name}`, publicKey: null });
    return `token-${name}`;
  }

  signOut(name: string): void {
    this.#people.delete(`token-${name}`);
  }

  calls(name: string): Heard[] {
    return this.heard.filter((call) => call.name === name);
  }

  async until(isTrue: () => boolean): Promise<void> {
    if (!(await this.#signal.until(isTrue, 2000))) throw new Error('The server waited in vain');
  }

  tell(name: string, payload: object): void {
    this.#io.to('chat').emit(name, { chat_id: CHAT, ...payload });
  }

  tellOne(who: string, name: string, payload: object): void {
    this.#sockets.get(`session-${who}`)?.emit(name, { chat_id: CHAT, ...payload });
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
  write(content: string, epoch = 0, id?: string): HistoryEntry {
    const prev_id = this.history.at(-1)?.id ?? null;
    const entry: HistoryEntry = {
      chat_id: CHAT,
      chat_name: 'test',
      id: id ?? `1710000000000-${this.history.length}`,
      prev_id,
      sender: epoch === 0 ? null : { id: 1, username: 'alice', avatar_url: null },
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
    socket.onAny((name: string, payload: Record<string, unknown>, ack?: Ack) => {
      this.heard.push({ who, name, payload });
      const refusal = this.refuse(name, payload);
      ack?.(refusal ?? { ok: true, ...this.#answer(socket, who, name, payload) });
      this.#signal.notify();
    });
  }

  #answer(socket: Socket, who: Who, name: string, payload: Record<string, unknown>): object {
    if (name === 'room:join') return this.#join(socket, who);
    if (name === 'message:send') {
      const entry = this.write(String(payload.content), this.epoch);
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

  member({ id, name, sessionId, publicKey }: Who): Member {
    const sessions = [{ session_id: sessionId, public_key: publicKey }];
    return { id, username: name, avatar_url: null, permission_level: 0, sessions };
  }

  async #rest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(String(request.url), 'http://localhost');
    const who = this.#people.get(String(request.headers.authorization).replace('Bearer ', ''));
    let text = '';
    for await (const chunk of request) text += chunk;
    const [status, body] = this.#restAnswer(url, who, text);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    this.#signal.notify();
  }

  #restAnswer(url: URL, who: Who | undefined, text: string): [status: number, body: unknown] {
    if (url.pathname === '/v1/portal/keys' && who) {
      who.publicKey = JSON.parse(text).public_key;
      return [200, { status: 'registered' }];
    }
    if (url.pathname !== `/v1/portal/chats/${CHAT}/history`) return [200, {}];
    this.historyQueries.push(url.search);
    if (this.historyFailures > 0) {
      this.historyFailures -= 1;
      return [503, { error: 'down', code: 'ERR_UNAVAILABLE' }];
    }
    const before = url.searchParams.get('before');
    const end = before === null ? this.history.length : this.history.findIndex(({ id }) => id === before);
    return [200, this.history.slice(Math.max(0, end - Number(url.searchParams.get('limit'))), end)];
  }
}

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
});

async function startServer(): Promise<FakeServer> {
  const server = await new FakeServer().start();
  open.push({ close: () => server.stop() });
  return server;
}

async function connect(server: FakeServer, name: string, timing: Partial<Timing> = {}, storage?: KeyStorage) {
  const client = new PortalClient({
    url: server.url,
    token: server.signUp(name),
    timing: { ...TIMING, ...timing },
    socket: { reconnectionDelay: 5, reconnectionDelayMax: 5 },
    ...(storage ? { storage } : {}),
  });
  open.push(client);
  await client.connect();
  return client;
}

/** Waits for a state that a room reaches by some event; looks after each of these. */
async function roomUntil(room: ChatRoom, isTrue: () => boolean): Promise<void> {
  const signal = new Signal();
  const stops = (['message', 'opened', 'epoch', 'members', 'cleared', 'deleted', 'error', 'key'] as const).map((name) =>
    room.on(name, () => signal.notify()),
  );
  const isThere = await signal.until(isTrue, 2000);
  for (const stop of stops) stop();
  if (!isThere) throw new Error('The room waited in vain');
}

const bodies = (room: ChatRoom) => room.messages.map(({ body }) => body);
const sharedWith = (server: FakeServer) =>
  server.calls('portal:key_share').flatMap(({ payload }) => (payload.keys as SealedKey[]).map((key) => key.session_id));
const stranger = (name: string, id = 99): KeyRecipient & { secretKey: Uint8Array } => {
  const pair = createKeyPair();
  return { user_id: id, session_id: `session-${name}`, public_key: pair.publicKey, secretKey: pair.secretKey };
};

async function alone(timing: Partial<Timing> = {}) {
  const server = await startServer();
  const alice = await connect(server, 'alice', timing);
  const room = await alice.join(CHAT);
  await roomUntil(room, () => room.hasKey);
  return { server, alice, room };
}

async function refusalOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => 'nothing was refused',
    (error: unknown) => error,
  );
}

describe('keys', () => {
  test('the first one there makes the key, the second gets it, and both read what the server cannot', async () => {
    const { server, room } = await alone();
    const bob = await connect(server, 'bob');
    const bobsRoom = await bob.join(CHAT);
    const [atBob, atAlice] = [bobsRoom.next('message'), room.next('message')];

    const id = await bobsRoom.send('good evening');

    expect(await atAlice).toMatchObject({ id, body: 'good evening', sealed: false, epoch: 1 });
    expect(await atBob).toMatchObject({ id, body: 'good evening' });
    expect(JSON.stringify([server.history, server.heard])).not.toContain('good evening');
    expect(server.calls('portal:key_share').map(({ who }) => who.name)).toEqual(['alice', 'alice']);
    expect(server.calls('portal:key_request')).toEqual([]);
  });

  test('both see the same safety number, made of exactly the keys that are registered', async () => {
    const { server, alice, room } = await alone();
    const bob = await connect(server, 'bob');
    const bobsRoom = await bob.join(CHAT);
    await roomUntil(room, () => room.members.length === 2);
    expect(room.safetyNumber()).toBe(bobsRoom.safetyNumber());
    expect(room.safetyNumber()).toBe(safetyNumber([String(bob.publicKey), String(alice.publicKey)]));
  });

  test('a made key counts only once the server has acknowledged it; a refused one is never used again', async () => {
    const server = await startServer();
    server.distributes = false;
    const alice = await connect(server, 'alice');
    const room = await alice.join(CHAT);
    server.refuse = (name) =>
      name === 'portal:key_share' ? { ok: false, error: 'old', code: 'ERR_EPOCH_MISMATCH', epoch: 1 } : undefined;
    const { secretKey, ...bob } = stranger('bob');
    const request = { epoch: 1, generate: true, recipients: [bob] };
    const failed = room.next('error');
    server.tellOne('alice', 'portal:key_request', request);
    expect(isPortalError(await failed, 'ERR_EPOCH_MISMATCH')).toBe(true);
    expect(room.hasKey).toBe(false);

    server.refuse = () => undefined;
    server.tellOne('alice', 'portal:key_request', request);
    await room.next('key');
    server.tellOne('alice', 'portal:key_request', request);
    await server.until(() => server.calls('portal:key_share').length === 3);
    const keys = server.calls('portal:key_share').map(({ payload }) => {
      const blob = (payload.keys as SealedKey[]).find(({ session_id }) => session_id === bob.session_id)?.blob;
      return openKeyBlob(String(blob), String(alice.publicKey), { publicKey: bob.public_key, secretKey });
    });
    expect(keys[1]).not.toEqual(keys[0]);
    // Asked twice for one epoch, it hands out the same key.
    expect(keys[2]).toEqual(keys[1]);
  });

  test("a made key is dropped when somebody else's holds already", async () => {
    const server = await startServer();
    server.distributes = false;
    const alice = await connect(server, 'alice');
    const room = await alice.join(CHAT);
    const rejected = [{ session_id: 'session-alice', code: 'ERR_CONFLICT' }];
    server.refuse = (name) => (name === 'portal:key_share' ? { ok: true, accepted: 0, rejected } : undefined);
    server.tellOne('alice', 'portal:key_request', { epoch: 1, generate: true, recipients: [] });
    await server.until(() => server.calls('portal:key_share').length === 1);

    // Acknowledgements and events keep their order, so once this has come the other has too.
    const typing = room.next('typing');
    server.tellOne('alice', 'message:typing', { user_id: 2, typing: true });
    await typing;
    expect(room.hasKey).toBe(false);
  });

  test('a request of 300 is answered in shares of 256 at most, the maker first, each once, all with one key', async () => {
    const server = await startServer();
    server.distributes = false;
    const alice = await connect(server, 'alice');
    await alice.join(CHAT);
    const recipients = Array.from({ length: 300 }, (_, at) => stranger(`s${at}`, 100 + at));
    const doubled = [...recipients, ...recipients.slice(0, 5)].map(({ secretKey: _, ...recipient }) => recipient);
    server.tellOne('alice', 'portal:key_request', { epoch: 1, generate: true, recipients: doubled });
    await server.until(() => server.calls('portal:key_share').length === 2);

    const shares = server.calls('portal:key_share').map(({ payload }) => payload.keys as SealedKey[]);
    expect(shares.map((keys) => keys.length)).toEqual([256, 45]);
    expect(sharedWith(server)).toEqual(['session-alice', ...recipients.map(({ session_id }) => session_id)]);
    const open = (at: number) => {
      const { public_key: publicKey, secretKey, session_id } = recipients[at] as (typeof recipients)[number];
      const blob = shares.flat().find((key) => key.session_id === session_id)?.blob ?? '';
      return openKeyBlob(blob, String(alice.publicKey), { publicKey, secretKey });
    };
    expect(open(299)).toEqual(open(0));
  });

  test('nothing is sealed for a key that is not trusted, and the others still get theirs', async () => {
    const { server, alice } = await alone();
    const [mallory, carol] = [stranger('mallory', 66), stranger('carol', 67)];
    alice.trust.deny(mallory.public_key);
    server.heard = [];
    server.tellOne('alice', 'portal:key_request', { epoch: 1, generate: false, recipients: [mallory, carol] });
    await server.until(() => server.calls('portal:key_share').length === 1);
    server.rotate('kick');
    server.tellOne('alice', 'portal:key_request', { epoch: 2, generate: true, recipients: [mallory, carol] });
    await server.until(() => server.calls('portal:key_share').length === 2);
    expect(sharedWith(server)).toEqual(['session-carol', 'session-alice', 'session-carol']);
  });

  test('who has no key, or is asked for an epoch gone by, stays silent', async () => {
    const { server, room } = await alone();
    server.heard = [];
    server.tellOne('alice', 'portal:key_request', { epoch: 9, generate: false, recipients: [stranger('x')] });
    server.tellOne('alice', 'portal:key_request', { epoch: 1, generate: false, recipients: [stranger('x')] });
    server.tellOne('alice', 'portal:key_request', { epoch: 9, generate: true, recipients: [stranger('y')] });
    await room.next('key', ({ epoch }) => epoch === 9);
    expect(sharedWith(server)).toEqual(['session-alice', 'session-y']);
  });

  test('a chat key from a key that is not trusted, or a blob for somebody else, is refused and told', async () => {
    const { server, alice, room } = await alone();
    const mallory = createKeyPair();
    const share = (blob: string) => ({
      epoch: 2,
      blob,
      sender_session_id: 'session-mallory',
      sender_public_key: mallory.publicKey,
    });
    const broken = room.next('error');
    server.tellOne('alice', 'portal:key_shared', share(sealKeyBlob(createChatKey(), mallory.publicKey, mallory)));
    expect(await broken).toMatchObject({ code: 'ERR_SEAL_BROKEN' });
    alice.trust.deny(mallory.publicKey);
    const denied = room.next('error');
    server.tellOne('alice', 'portal:key_shared', share(sealKeyBlob(createChatKey(), String(alice.publicKey), mallory)));
    expect(await denied).toMatchObject({ code: 'ERR_KEY_DENIED' });
    expect([room.epoch, room.hasKey]).toEqual([2, false]);
  });

  test("a known user's new key is told before anything is sealed for it, in time to deny it", async () => {
    const { server, alice, room } = await alone();
    const bob = await connect(server, 'bob');
    await bob.join(CHAT);
    await roomUntil(room, () => room.members.length === 2);
    const changes: unknown[] = [];
    room.on('keyChanged', (change) => {
      changes.push(change);
      alice.trust.deny(change.publicKey);
    });
    server.heard = [];
    const impostor = { ...stranger('bob'), user_id: 2 };
    server.tellOne('alice', 'portal:key_request', { epoch: 1, generate: false, recipients: [impostor, stranger('c')] });
    await server.until(() => server.calls('portal:key_share').length === 1);

    expect(sharedWith(server)).toEqual(['session-c']);
    const publicKey = impostor.public_key;
    expect(changes).toEqual([{ userId: 2, sessionId: 'session-bob', publicKey, previousKey: bob.publicKey }]);
    server.tell('portal:key_added', { user_id: 3, session_id: 'new', public_key: createKeyPair().publicKey });
    server.tell('portal:key_added', { user_id: 2, session_id: 'session-bob', public_key: publicKey });
    const typing = room.next('typing');
    server.tell('message:typing', { user_id: 2, typing: true });
    await typing;
    expect(changes).toHaveLength(1);
  });
});

describe('sending', () => {
  test('while the epoch changes a message waits, and goes out once, under the new key', async () => {
    const { server, room } = await alone();
    const changed = room.next('epoch');
    server.rotate('kick');
    expect(await changed).toEqual({ epoch: 2, reason: 'kick' });
    const sending = room.send('after the kick');
    expect(server.calls('message:send')).toEqual([]);
    server.tellOne('alice', 'portal:key_request', { epoch: 2, generate: true, recipients: [] });
    await sending;

    const [sent, ...more] = server.calls('message:send');
    expect(more).toEqual([]);
    expect(parseEnvelope(String(sent?.payload.content)).epoch).toBe(2);
  });

  test('a message refused for its epoch is sealed again under the new key and sent once more', async () => {
    const { server, alice, room } = await alone();
    const bob = createKeyPair();
    const chatKey = createChatKey();
    server.epoch = 2;
    server.refuse = (name, payload) =>
      name === 'message:send' && parseEnvelope(String(payload.content)).epoch !== 2
        ? { ok: false, error: 'old epoch', code: 'ERR_EPOCH_MISMATCH', epoch: 2 }
        : undefined;
    const sending = room.send('again');
    await room.next('epoch');
    const blob = sealKeyBlob(chatKey, String(alice.publicKey), bob);
    server.tellOne('alice', 'portal:key_shared', {
      epoch: 2,
      blob,
      sender_session_id: 'session-bob',
      sender_public_key: bob.publicKey,
    });
    const id = await sending;

    const contents = server.calls('message:send').map(({ payload }) => parseEnvelope(String(payload.content)));
    expect(contents.map(({ epoch }) => epoch)).toEqual([1, 2]);
    expect(contents.map((envelope, at) => (at === 1 ? openEnvelope(envelope, chatKey) : ''))).toEqual(['', 'again']);
    expect(server.history.at(-1)?.id).toBe(id);
  });

  test('a session whose key the server has lost asks by joining again, and sends once more', async () => {
    const { server, alice, room } = await alone();
    const bob = createKeyPair();
    const refused = { ok: false, error: 'no key', code: 'ERR_NO_ROOM_KEY' };
    server.refuse = (name) => (name === 'message:send' && server.calls(name).length === 1 ? refused : undefined);
    const blob = sealKeyBlob(createChatKey(), String(alice.publicKey), bob);
    const key = { blob, sender_session_id: 'session-bob', sender_public_key: bob.publicKey };
    server.blobs.set('session-alice', key);
    await room.send('hello');
    expect(server.heard.map(({ name }) => name).slice(-3)).toEqual(['message:send', 'room:join', 'message:send']);
  });

  test('it gives up after five refusals, with the last one as the cause', async () => {
    const { server, room } = await alone();
    server.refuse = (name) =>
      name === 'message:send' ? { ok: false, error: 'no key', code: 'ERR_NO_ROOM_KEY' } : undefined;
    const error = await refusalOf(room.send('hello'));
    expect(isPortalError(error, 'ERR_SEND_ABANDONED')).toBe(true);
    expect((error as Error).cause).toMatchObject({ code: 'ERR_NO_ROOM_KEY' });
    expect(server.calls('message:send')).toHaveLength(5);
  });

  test('it gives up when no key comes in the time allowed, with nothing sent', async () => {
    const { server, room } = await alone({ sendTimeoutMs: 40 });
    server.rotate('clear');
    await room.next('epoch');
    expect(isPortalError(await refusalOf(room.send('hello')), 'ERR_SEND_ABANDONED')).toBe(true);
    expect(server.calls('message:send')).toEqual([]);
  });

  test('any other refusal comes back at once, with its details', async () => {
    const { server, room } = await alone();
    const muted = { ok: false, error: 'Muted for 60 s', code: 'ERR_MUTED', ttl: 60, correlation_id: 'abc' };
    server.refuse = (name) => (name === 'message:send' ? muted : undefined);
    const error = await refusalOf(room.send('hello'));
    expect(error).toMatchObject({ name: 'PortalError', code: 'ERR_MUTED', message: 'Muted for 60 s', status: 0 });
    expect(error).toMatchObject({ details: { ttl: 60 }, correlationId: 'abc' });
    expect(server.calls('message:send')).toHaveLength(1);
  });

  test('a text too long is refused before it leaves', async () => {
    const { server, room } = await alone();
    expect(await refusalOf(room.send('x'.repeat(4000)))).toMatchObject({ code: 'ERR_TEXT_TOO_LONG' });
    expect(server.calls('message:send')).toEqual([]);
  });

  test('a message begun while the connection is down goes out after the return', async () => {
    const { server, alice, room } = await alone();
    const down = alice.next('disconnected');
    server.cut('alice');
    await down;
    await room.send('back again');
    expect(server.calls('message:send')).toHaveLength(1);
    expect(server.heard.map(({ name }) => name).slice(-2)).toEqual(['room:join', 'message:send']);
  });
});

describe('history', () => {
  /** Bodies in the order in which they were told. */
  function record(room: ChatRoom): (string | null)[] {
    const told: (string | null)[] = [];
    room.on('message', ({ body }) => told.push(body));
    return told;
  }

  test('joining loads the newest messages; loadOlder reads on to the beginning', async () => {
    const server = await startServer();
    for (let at = 0; at < 12; at += 1) server.write(`m${at}`);
    const alice = await connect(server, 'alice');
    const room = await alice.join(CHAT, { history: 5 });
    expect(bodies(room)).toEqual(['m7', 'm8', 'm9', 'm10', 'm11']);
    expect((await room.loadOlder(4)).map(({ body }) => body)).toEqual(['m3', 'm4', 'm5', 'm6']);
    expect(await room.loadOlder()).toHaveLength(3);
    expect(await room.loadOlder()).toEqual([]);
    expect(bodies(room)).toEqual(Array.from({ length: 12 }, (_, at) => `m${at}`));
  });

  test('a message that was never told is fetched, and all are told in order, each once', async () => {
    const { server, room } = await alone();
    const told = record(room);
    server.tell('message:new', server.write('one'));
    server.write('two');
    server.write('three');
    const four = server.write('four');
    server.historyQueries = [];
    server.tell('message:new', four);
    server.tell('message:new', four);
    await roomUntil(room, () => room.messages.length === 4);
    server.tell('message:new', server.write('five'));
    await roomUntil(room, () => told.includes('five'));
    expect(told).toEqual(['one', 'two', 'three', 'four', 'five']);
    expect(bodies(room)).toEqual(told);
    expect(server.historyQueries).toEqual(['?limit=500']);
  });

  test('a message that is only late is waited for: in order, and the history is not asked', async () => {
    const { server, room } = await alone({ repairDelayMs: 60_000 });
    const told = record(room);
    server.historyQueries = [];
    const [one, two, three] = [server.write('one'), server.write('two'), server.write('three')];
    for (const entry of [one, three, two]) server.tell('message:new', entry);
    await roomUntil(room, () => told.length === 3);
    expect(told).toEqual(['one', 'two', 'three']);
    expect(server.historyQueries).toEqual([]);
  });

  test('a gap of many pages is fetched backwards until the known message is met', async () => {
    const { server, room } = await alone();
    const told = record(room);
    server.tell('message:new', server.write('m0'));
    await roomUntil(room, () => told.length === 1);
    for (let at = 1; at < 1200; at += 1) server.write(`m${at}`);
    server.historyQueries = [];
    server.tell('message:new', server.write('m1200'));
    await roomUntil(room, () => told.length === 1201);
    expect(told).toEqual(Array.from({ length: 1201 }, (_, at) => `m${at}`));
    const before = (at: number) => `?limit=500&before=1710000000000-${at}`;
    expect(server.historyQueries).toEqual(['?limit=500', before(701), before(201)]);
  });

  test('while the history is down the message is told all the same, and the next one mends the hole', async () => {
    const { server, room } = await alone();
    const told = record(room);
    server.tell('message:new', server.write('one'));
    server.write('two');
    server.historyFailures = 3;
    const failed = room.next('error');
    server.tell('message:new', server.write('three'));
    expect(isPortalError(await failed, 'ERR_UNAVAILABLE')).toBe(true);
    expect(told).toEqual(['one', 'three']);
    server.tell('message:new', server.write('four'));
    await roomUntil(room, () => told.length === 4);
    expect(bodies(room)).toEqual(['one', 'two', 'three', 'four']);
  });

  test('after a lost connection the room joins again by itself and has what was said meanwhile', async () => {
    const { server, alice, room } = await alone();
    await room.send('before');
    const told = record(room);
    server.heard = [];
    const down = alice.next('disconnected');
    server.cut('alice');
    await down;
    expect(room.isJoined).toBe(false);
    server.write('meanwhile 1');
    server.write('meanwhile 2');
    await roomUntil(room, () => told.length === 2);
    server.tell('message:new', server.write('after'));
    await roomUntil(room, () => told.length === 3);

    expect(bodies(room)).toEqual(['before', 'meanwhile 1', 'meanwhile 2', 'after']);
    expect(told).toEqual(['meanwhile 1', 'meanwhile 2', 'after']);
    expect(server.heard.map(({ name }) => name)).toEqual(['room:join']);
  });

  test('a message whose key is not there is kept sealed, and opened once the key comes', async () => {
    const { server, alice, room } = await alone();
    const bob = createKeyPair();
    const chatKey = createChatKey();
    const waiting = room.next('message');
    server.tell('message:new', server.write(sealEnvelope('patience', 4, chatKey), 4));
    expect(await waiting).toMatchObject({ body: null, sealed: true, failure: null, epoch: 4 });
    const opened = room.next('opened');
    const blob = sealKeyBlob(chatKey, String(alice.publicKey), bob);
    server.tellOne('alice', 'portal:key_shared', {
      epoch: 4,
      blob,
      sender_session_id: 'session-bob',
      sender_public_key: bob.publicKey,
    });
    expect(await opened).toMatchObject({ body: 'patience', sealed: false });
    expect(bodies(room)).toEqual(['patience']);
  });

  test('plain text under a user’s name is never shown, nor an envelope whose epoch was changed', async () => {
    const { server, room } = await alone();
    const forged = room.next('message');
    server.tell('message:new', { ...server.write('send me your password'), type: 'user' });
    expect(await forged).toMatchObject({ body: null, sealed: true, failure: 'ERR_INVALID_ENVELOPE' });
    const moved = room.next('message');
    server.tell('message:new', server.write(sealEnvelope('x', 2, createChatKey()), 3));
    expect(await moved).toMatchObject({ body: null, sealed: true, failure: 'ERR_INVALID_ENVELOPE' });
  });

  test('what is deleted or cleared is gone, and the next message needs no repair', async () => {
    const { server, room } = await alone({ repairDelayMs: 60_000 });
    const entries = ['one', 'two', 'three'].map((text) => server.write(text));
    for (const entry of entries) server.tell('message:new', entry);
    const deleted = room.next('deleted');
    server.tell('message:bulk_deleted', { ids: [entries[1]?.id] });
    expect(await deleted).toEqual({ ids: ['1710000000000-1'] });
    expect(bodies(room)).toEqual(['one', 'three']);
    const cleared = room.next('cleared');
    server.tell('portal:cleared', { reason: 'wipe' });
    expect(await cleared).toEqual({ reason: 'wipe' });
    expect(bodies(room)).toEqual([]);
    const next = room.next('message');
    server.tell('message:new', { ...server.write('four'), prev_id: null });
    await next;
    expect(bodies(room)).toEqual(['four']);
  });
});

describe('the end', () => {
  test('a kick ends the room, and with it whatever waits to be sent', async () => {
    const { server, alice, room } = await alone();
    server.rotate('kick');
    await room.next('epoch');
    const sending = refusalOf(room.send('too late'));
    const kicked = room.next('kicked');
    server.tellOne('alice', 'room:kicked', { reason: 'spam', banned: true });
    expect(await kicked).toEqual({ reason: 'spam', banned: true });
    expect(await sending).toMatchObject({ code: 'ERR_CHAT_BANNED' });
    expect([alice.rooms, room.isJoined]).toEqual([[], false]);
  });

  test('a destroyed chat ends the room; one that was left hears nothing more and can be joined anew', async () => {
    const { server, alice, room } = await alone();
    await room.leave();
    expect(server.heard.at(-1)).toMatchObject({ name: 'room:leave', payload: { chat_id: CHAT } });
    const again = await alice.join(CHAT);
    expect(again).not.toBe(room);
    const destroyed = again.next('destroyed');
    server.tell('room:destroyed', {});
    expect(await destroyed).toEqual({ chatId: CHAT });
    expect(again.ending).toMatchObject({ code: 'ERR_NOT_FOUND' });
    expect(room.ending).toMatchObject({ code: 'ERR_ROOM_LEFT' });
  });

  test('who was put out while away learns it from the refused join', async () => {
    const { server, alice, room } = await alone();
    const ended = room.next('ended');
    server.refuse = (name) => (name === 'room:join' ? { ok: false, error: 'no', code: 'ERR_NOT_FOUND' } : undefined);
    server.cut('alice');
    expect(await ended).toMatchObject({ code: 'ERR_NOT_FOUND' });
    expect(alice.rooms).toEqual([]);
  });

  test('a refused join leaves no room behind, and can be tried again', async () => {
    const server = await startServer();
    const alice = await connect(server, 'alice');
    server.refuse = (name) => (name === 'room:join' ? { ok: false, error: 'no', code: 'ERR_NOT_FOUND' } : undefined);
    expect(await refusalOf(alice.join(CHAT))).toMatchObject({ code: 'ERR_NOT_FOUND' });
    expect(alice.rooms).toEqual([]);
    server.refuse = () => undefined;
    const [first, second] = await Promise.all([alice.join(CHAT), alice.join(CHAT)]);
    expect(first).toBe(second);
  });

  test('without a session connect() is refused by name', async () => {
    const server = await startServer();
    const client = new PortalClient({ url: server.url, token: 'unknown', timing: TIMING });
    open.push(client);
    expect(await refusalOf(client.connect())).toMatchObject({ code: 'ERR_UNAUTHENTICATED' });
    expect(client.isConnected).toBe(false);
  });

  test('a socket that cannot be opened fails connect() within its time', async () => {
    const fetch = async () => Response.json({ status: 'registered' });
    const server = await startServer();
    const { url } = server;
    await server.stop();
    const client = new PortalClient({ url, token: 'x', fetch, timing: { connectTimeoutMs: 50 } });
    open.push(client);
    expect(await refusalOf(client.connect())).toMatchObject({ code: 'ERR_NETWORK' });
    expect(client.isConnected).toBe(false);
  });

  test('an ended session forgets its keys, in the storage too, and does not come back', async () => {
    const server = await startServer();
    let stored: StoredKeys | null = null;
    const storage: KeyStorage = {
      load: () => stored,
      save: (keys) => {
        stored = keys;
      },
    };
    const alice = await connect(server, 'alice', {}, storage);
    const room = await alice.join(CHAT);
    await roomUntil(room, () => room.hasKey);
    await Promise.resolve();
    expect(stored).toMatchObject({ chats: { [CHAT]: { 1: [expect.any(String)] } } });
    const ended = alice.next('ended');
    server.tellOne('alice', 'session:ended', { reason: 'destroyed' });
    expect((await ended).reason).toBe('destroyed');
    await Promise.resolve();
    expect([stored, alice.isConnected, alice.publicKey, alice.rooms]).toEqual([null, false, undefined, []]);
    expect(room.ending).toMatchObject({ code: 'ERR_UNAUTHENTICATED' });
  });

  test('a session refused on the way back is over; keys kept by a page are read again after a reload', async () => {
    const server = await startServer();
    let stored: StoredKeys | null = null;
    const storage: KeyStorage = {
      load: () => stored,
      save: (keys) => {
        stored = keys;
      },
    };
    const before = await connect(server, 'alice', {}, storage);
    const room = await before.join(CHAT);
    await room.send('remember me');
    before.close();
    const after = await connect(server, 'alice', {}, storage);
    server.distributes = false;
    server.blobs.clear();
    const again = await after.join(CHAT);
    expect(after.publicKey).toBe(before.publicKey as string);
    expect(bodies(again)).toEqual(['remember me']);

    const ended = after.next('ended');
    server.signOut('alice');
    server.cut('alice');
    expect(await ended).toMatchObject({ reason: 'refused', error: { code: 'ERR_UNAUTHENTICATED' } });
  });
});
