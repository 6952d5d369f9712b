import {
  type ChatRoom,
  createKeyPair,
  type KeyRecipient,
  type KeyStorage,
  PortalClient,
  type SealedKey,
  type StoredKeys,
  type Timing,
} from '../../src/client/index.ts';
import { Signal } from '../../src/client/link/signal.ts';
import { CHAT, FakeServer } from './fake-server.ts';
import { PATIENCE_MS } from './waiting.ts';

export const TIMING: Partial<Timing> = {
  repairDelayMs: 20,
  retryDelayMs: 5,
  connectTimeoutMs: PATIENCE_MS,
  ackTimeoutMs: PATIENCE_MS,
};

type Setup = {
  timing?: Partial<Timing>;
  storage?: KeyStorage;
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
  async function connect(to: FakeServer, name: string, { timing, storage }: Setup = {}): Promise<PortalClient> {
    const client = new PortalClient({
      url: to.url,
      token: to.signUp(name),
      timing: { ...TIMING, ...timing },
      socket: { reconnectionDelay: 5, reconnectionDelayMax: 5 },
      ...(storage ? { storage } : {}),
    });
    open.push(client);
    await client.connect();
    return client;
  }

  return {
    server,
    connect,
    /** Closes this client with the rest. */
    keep: (client: PortalClient) => void open.push(client),

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

/** Waits for a state of the room, checked after each of its events. */
export async function roomUntil(room: ChatRoom, isTrue: () => boolean): Promise<void> {
  const signal = new Signal();
  const stops = (['message', 'opened', 'epoch', 'members', 'cleared', 'deleted', 'error', 'key'] as const).map((name) =>
    room.on(name, () => signal.notify()),
  );
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
