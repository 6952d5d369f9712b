import { connect as connectTcp, createServer, type Socket as TcpSocket } from 'node:net';
import { io, type Socket } from 'socket.io-client';
import {
  createChatKey,
  createKeyPair,
  type KeyPair,
  openKeyBlob,
  PortalClient,
  type PortalClientOptions,
  sealEnvelope,
  sealKeyBlob,
} from '../../src/client/index.ts';
import { SECOND_MS } from '../../src/core/durations.ts';
import { listHolders } from '../../src/modules/chats/keys/keys.repository.ts';
import { keyBlobs } from '../../src/modules/chats/keys/keys.tables.ts';
import { type TestPortalOptions, testPortal } from '../support/portal.ts';
import { eventually } from '../support/waiting.ts';

type Session = { token: string; sessionId: string };
// biome-ignore lint/suspicious/noExplicitAny: a test compares the wire raw
export type Payload = Record<string, any>;
export type House = Awaited<ReturnType<typeof openHouse>>;

/** A server on its own port with real sockets. People connect with the client library, or with a bare socket. */
export async function openHouse(options: TestPortalOptions = {}) {
  const portal = await testPortal({ realTime: true, ...options });
  const url = portal.listen();
  const leaving: (() => void)[] = [];

  const house = {
    ...portal,
    url,

    /** Connects with the client library. */
    async client(session: Session, more: Partial<PortalClientOptions> = {}): Promise<PortalClient> {
      const client = new PortalClient({
        url,
        token: session.token,
        timing: { repairDelayMs: 20, retryDelayMs: 20 },
        ...more,
        socket: { transports: ['websocket'], reconnectionDelay: 20, reconnectionDelayMax: 50, ...more.socket },
      });
      leaving.push(() => client.close());
      await client.connect();
      return client;
    },

    /** Connects with a bare socket, for what the client library never sends. */
    async dial(session: Session): Promise<Visitor> {
      const visitor = house.knock({ token: session.token }, session);
      await visitor.heard('connect');
      return visitor;
    },

    /** As `dial`, with any handshake; the outcome is the event `connect` or `connect_error`. */
    knock(
      auth: object,
      session: Session = { token: '', sessionId: '' },
      extraHeaders: Record<string, string> = {},
    ): Visitor {
      const socket = io(url, {
        auth,
        extraHeaders,
        forceNew: true,
        reconnection: false,
        transports: ['websocket'],
        autoConnect: false,
      });
      leaving.push(() => void socket.disconnect());
      const visitor = new Visitor(socket, session);
      socket.connect();
      return visitor;
    },

    /** As `dial`, with a registered key pair. */
    async keyholder(session: Session, keyPair = createKeyPair()): Promise<Keyholder> {
      await portal.as(session).post('/v1/portal/keys', { public_key: keyPair.publicKey });
      const { socket } = await house.dial(session);
      return new Keyholder(socket, session, keyPair);
    },

    /** Advances a clock that stands still, a second at a time, until the promise settles. */
    async passUntil<T>(coming: Promise<T>): Promise<T> {
      let hasCome = false;
      void coming.finally(() => {
        hasCome = true;
      });
      await eventually(async () => {
        if (!hasCome) await portal.timers.advance(SECOND_MS);
        return hasCome;
      });
      return coming;
    },

    async blobs(): Promise<{ chatId: number; epoch: number; sessionId: string; blob: string }[]> {
      return portal.database.read.select().from(keyBlobs);
    },

    holders: (chatId: number, epoch: number) => listHolders(portal.database.read, chatId, epoch),

    /** Stops the server as SIGTERM does and keeps its data. Clients are not told. */
    shutDown: () => portal.close({ keep: true }),

    async [Symbol.asyncDispose](): Promise<void> {
      for (const leave of leaving) leave();
      await portal.close();
    },
  };
  return house;
}

/** A bare socket and every event it has received since it connected. */
export class Visitor {
  readonly told: { event: string; payload: Payload }[] = [];
  readonly #waiting = new Set<() => void>();

  readonly socket: Socket;
  readonly session: Session;

  constructor(socket: Socket, session: Session) {
    this.socket = socket;
    this.session = session;
    const note = (event: string) => (payload: Payload) => {
      this.told.push({ event, payload });
      for (const look of [...this.#waiting]) look();
    };
    socket.onAny((event: string, payload: Payload) => note(event)(payload));
    for (const event of ['connect', 'connect_error', 'disconnect'] as const) socket.on(event, note(event) as never);
    if (socket.connected) note('connect')({});
  }

  /** One event out, its acknowledgement back. */
  call(event: string, payload: unknown): Promise<Payload> {
    return this.socket.timeout(5000).emitWithAck(event, payload);
  }

  join(chatId: number): Promise<Payload> {
    return this.call('room:join', { chat_id: chatId });
  }

  all(event: string): Payload[] {
    return this.told.filter((one) => one.event === event).map(({ payload }) => payload);
  }

  /** The first such event, of those that came already or that will. */
  heard(event: string, accepts: (payload: Payload) => boolean = () => true): Promise<Payload> {
    return new Promise((resolve) => {
      const look = () => {
        const found = this.told.find((one) => one.event === event && accepts(one.payload));
        if (!found) return;
        this.#waiting.delete(look);
        resolve(found.payload);
      };
      this.#waiting.add(look);
      look();
    });
  }

  /** Forgets what was told so far. */
  forget(): void {
    this.told.length = 0;
  }

  /** A round trip: everything sent to this socket before has arrived. */
  async settled(): Promise<void> {
    await this.call('no such event', {});
  }
}

/** A bare socket that can seal. */
export class Keyholder extends Visitor {
  readonly keyPair: KeyPair;
  readonly chatKeys = new Map<number, Uint8Array>();

  constructor(socket: Socket, session: Session, keyPair: KeyPair) {
    super(socket, session);
    this.keyPair = keyPair;
  }

  /** Answers a key request: seals the epoch's key, made if need be, for each recipient. */
  async answer({ chat_id, epoch, recipients }: Payload): Promise<Payload> {
    const chatKey = this.chatKeys.get(epoch) ?? createChatKey();
    this.chatKeys.set(epoch, chatKey);
    const keys = recipients.map(({ session_id, public_key }: Payload) => ({
      session_id,
      blob: sealKeyBlob(chatKey, public_key, this.keyPair),
    }));
    return this.call('portal:key_share', { chat_id, epoch, keys });
  }

  /** Answers every key request from now on. One that is under way when the socket closes is lost. */
  answerAll(): void {
    this.socket.on('portal:key_request', (request) => void this.answer(request).catch(() => undefined));
  }

  /** Answers each request for the epoch's key, however many there are, until all of these hold it. */
  async bring(others: readonly Keyholder[], epoch = 1): Promise<void> {
    const answer = (request: Payload) => {
      if (request.epoch === epoch) void this.answer(request).catch(() => undefined);
    };
    for (const request of this.all('portal:key_request')) answer(request);
    this.socket.on('portal:key_request', answer);
    for (const one of others) one.take(epoch, await one.heard('portal:key_shared', (key) => key.epoch === epoch));
    this.socket.off('portal:key_request', answer);
  }

  /** Opens the blob of a join or of `portal:key_shared`. */
  take(epoch: number, { blob, sender_public_key }: Payload): void {
    this.chatKeys.set(epoch, openKeyBlob(blob, sender_public_key, this.keyPair));
  }

  seal(text: string, epoch: number): string {
    return sealEnvelope(text, epoch, this.chatKeys.get(epoch) ?? new Uint8Array(32));
  }
}

/** A connection to the server that can be cut as a network fails: neither side's program is told. */
export async function openWire(to: string) {
  const target = Number(new URL(to).port);
  const open = new Set<TcpSocket>();
  const lines = new Set<{ near: TcpSocket; far: TcpSocket }>();
  let isUp = true;
  const server = createServer((near) => {
    near.on('error', () => {});
    if (!isUp) return near.destroy();
    const far = connectTcp(target, '127.0.0.1');
    far.on('error', () => {});
    const line = { near, far };
    lines.add(line);
    for (const end of [near, far]) {
      open.add(end);
      end.on('close', () => {
        open.delete(end);
        lines.delete(line);
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const cut = () => {
    isUp = false;
    for (const end of open) end.destroy();
  };
  return {
    url: `http://127.0.0.1:${port}`,
    cut,
    mend: () => {
      isUp = true;
    },
    /** What the server says from now on stays on the way. */
    hold: () => {
      for (const { near, far } of lines) far.unpipe(near).pause();
    },
    release: () => {
      for (const { near, far } of lines) far.pipe(near);
    },
    [Symbol.dispose]: () => {
      cut();
      server.close();
    },
  };
}
