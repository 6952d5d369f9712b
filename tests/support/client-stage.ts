import {
  type ChatRoom,
  createKeyPair,
  type KeyRecipient,
  type KeyStorage,
  PortalClient,
  type SealedKey,
  type StoredKeys,
  type Timing,
  type TrustLevel,
} from '../../src/client/index.ts';
import { Signal } from '../../src/client/link/signal.ts';
import { FakeMatch } from './fake-match.ts';
import { CHAT, FakeServer } from './fake-server.ts';
import { PATIENCE_MS } from './waiting.ts';

export const TIMING: Partial<Timing> = {
  repairDelayMs: 20,
  retryDelayMs: 5,
  connectTimeoutMs: PATIENCE_MS,
  ackTimeoutMs: PATIENCE_MS,
  listingMs: 50,
};

type Setup = {
  timing?: Partial<Timing>;
  storage?: KeyStorage;
  trust?: TrustLevel;
  /** False: the test distributes keys itself, and the room has none yet. */
  distributes?: boolean;
};

/** Fake servers and clients connected to them. Call `close` after each test. */
export function clientStage() {
  const open: { close(): unknown }[] = [];

  async function server({ distributes = true }: Setup = {}): Promise<FakeServer> {
    const started = await new FakeServer().start();
    started.distributes = distributes;
    open.push({ close: () => started.stop() });
    return started;
  }

  /** Signs up a new person and connects their client. */
  async function connect(to: FakeServer, name: string, setup: Setup = {}): Promise<PortalClient> {
    const made = client(to, to.signUp(name), setup);
    await made.connect();
    return made;
  }

  /** A client that is not connected yet, of a session or without one. */
  function client(to: FakeServer, token?: string, { timing, storage, trust }: Setup = {}): PortalClient {
    const made = new PortalClient({
      url: to.url,
      timing: { ...TIMING, ...timing },
      socket: { reconnectionDelay: 5, reconnectionDelayMax: 5 },
      ...(token === undefined ? {} : { token }),
      ...(storage ? { storage } : {}),
      ...(trust ? { trust } : {}),
    });
    open.push(made);
    return made;
  }

  return {
    server,
    connect,
    client,
    /** Closes this client with the rest. */
    keep: (client: PortalClient) => void open.push(client),

    /** A server where people are matched, and the clients of two who search. */
    async searchers() {
      const started = await server();
      const match = new FakeMatch(started);
      return { server: started, match, alice: await connect(started, 'alice'), bob: await connect(started, 'bob') };
    },

    /** Alice alone in the chat, with its key unless `distributes` is false. */
    async alone(setup: Setup = {}) {
      const started = await server(setup);
      const alice = await connect(started, 'alice', setup);
      const room = await alice.join(CHAT);
      if (started.distributes) await roomUntil(room, () => room.hasKey);
      return { server: started, alice, room };
    },

    async close(): Promise<void> {
      for (const thing of open.splice(0).reverse()) await thing.close();
    },
  };
}

const ROOM_EVENTS = [
  'message',
  'opened',
  'epoch',
  'members',
  'cleared',
  'deleted',
  'error',
  'key',
  'archived',
  'peerLeft',
  'peerReturned',
] as const;

/** Waits for a state of the room, checked after each of its events. */
export async function roomUntil(room: ChatRoom, isTrue: () => boolean): Promise<void> {
  const signal = new Signal();
  const stops = ROOM_EVENTS.map((name) => room.on(name, () => signal.notify()));
  const isThere = await signal.until(isTrue, PATIENCE_MS);
  for (const stop of stops) stop();
  if (!isThere) throw new Error('The room waited in vain');
}

export const bodies = (room: ChatRoom) => room.messages.map(({ body }) => body);

/** The sessions that keys were shared with, in order. */
export const sharedWith = (server: FakeServer) =>
  server.calls('portal:key_share').flatMap(({ payload }) => (payload.keys as SealedKey[]).map((key) => key.session_id));

/** A recipient without a client. */
export function stranger(name: string, id = 99): KeyRecipient & { secretKey: Uint8Array } {
  const pair = createKeyPair();
  return { user_id: id, session_id: `session-${name}`, public_key: pair.publicKey, secretKey: pair.secretKey };
}

/** A page's storage; `stored()` returns its content. */
export function memoryStorage(): KeyStorage & { stored(): StoredKeys | null } {
  let kept: StoredKeys | null = null;
  return {
    load: () => kept,
    save: (keys) => {
      kept = keys;
    },
    stored: () => kept,
  };
}

export async function refusalOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => 'nothing was refused',
    (error: unknown) => error,
  );
}
