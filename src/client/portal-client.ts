import type { ManagerOptions, SocketOptions } from 'socket.io-client';
import { RestGroups } from './api/rest-groups.ts';
import { type RandomBytes, secureRandom } from './crypto/random.ts';
import { createVerifier } from './crypto/signing.ts';
import { isPortalError, PortalError } from './errors.ts';
import type { EndReason } from './events.ts';
import { Connection } from './link/connection.ts';
import { PortalRest } from './link/rest.ts';
import type { RestOptions } from './link/rest-transport.ts';
import { listenToChats, listenToMatches, listenToNotices } from './link/server-events.ts';
import { type Abortable, unlessAborted } from './link/signal.ts';
import { notConnected } from './link/socket-link.ts';
import { DEFAULT_TIMING, type Timing } from './link/timing.ts';
import { Match } from './match/match.ts';
import type { ChatRoom } from './room/chat-room.ts';
import { Keyring } from './room/keyring.ts';
import type { KeyStorage } from './room/stored-keys.ts';
import { Trust, type TrustLevel } from './room/trust.ts';
import { Rooms } from './rooms.ts';

export type PortalClientOptions = RestOptions & {
  /** Keeps the key pair and chat keys across reloads. Without it they live as long as this object. */
  storage?: KeyStorage;
  /**
   * Whom chat keys are sealed for. `listed` (the default): every session in the member list, each told of before. `verified`: only
   * sessions that were confirmed with `ChatRoom.confirm`.
   */
  trust?: TrustLevel;
  timing?: Partial<Timing>;
  /** How many messages a room keeps in memory; 5000 by default. */
  maxMessages?: number;
  /** Passed to socket.io-client, for example `{ transports: ['websocket'] }`. */
  socket?: Partial<ManagerOptions & SocketOptions>;
};

export type JoinOptions = Abortable & {
  /** How many recent messages to load (0–500), 100 by default. */
  history?: number;
};

/**
 * A Portal client. Sign in through `auth`, then `connect()`, then `join(chatId)` or `match.find(tags)`. The client creates the session's key pair,
 * exchanges chat keys when the server asks, and restores its rooms after a lost connection.
 *
 * ```ts
 * const client = new PortalClient({ url, publicKey });
 * await client.auth.verify({ code });
 * await client.connect();
 * const room = await client.join(7);
 * room.on('message', ({ sender, body }) => console.log(sender?.username, body));
 * await room.send('hello');
 * ```
 */
export class PortalClient extends RestGroups {
  /** All operations, without the live part. */
  readonly rest: PortalRest;
  /** Public keys the user has rejected; the client never seals for them. */
  readonly trust: Trust;
  /** Meeting people by shared interests. */
  readonly match: Match;
  readonly #options: PortalClientOptions;
  readonly #timing: Timing;
  readonly #random: RandomBytes;
  readonly #rooms: Rooms;
  #keyring: Keyring | undefined;
  /** The keyring, being opened. */
  #keyrings: Promise<Keyring> | undefined;
  #connection: Connection | undefined;
  /** The first connection, under way or made. */
  #connecting: Promise<void> | undefined;
  #closing: AbortController | undefined;

  constructor(options: PortalClientOptions) {
    super();
    this.rest = new PortalRest(options);
    this.#options = options;
    this.trust = new Trust(options.trust);
    this.#timing = { ...DEFAULT_TIMING, ...options.timing };
    this.#random = options.random ?? secureRandom;
    this.#rooms = new Rooms({
      rest: this.rest,
      trust: this.trust,
      verify: createVerifier(),
      timing: this.#timing,
      random: this.#random,
      maxMessages: options.maxMessages ?? 5000,
      line: () => this.#connection && this.#keyring && { link: this.#connection.link, keyring: this.#keyring },
    });
    this.match = new Match({
      rest: this.rest,
      rooms: this.#rooms,
      timing: this.#timing,
      isConnected: () => this.isConnected,
      keyring: () => this.#keyring,
    });
  }

  /** The public half of the session key pair; undefined before `connect()`. */
  get publicKey(): string | undefined {
    return this.#keyring?.keyPair.publicKey;
  }

  get isConnected(): boolean {
    return this.#connection?.socket.connected ?? false;
  }

  /** The joined rooms. */
  get rooms(): ChatRoom[] {
    return this.#rooms.all;
  }

  room(chatId: number): ChatRoom | undefined {
    return this.#rooms.find(chatId);
  }

  /**
   * Registers the session's public key and opens the socket, which from then on reconnects by itself. Concurrent calls share one
   * connection. The signal ends the attempt, for all who wait for it.
   * @throws PortalError the server's refusal (`ERR_UNAUTHENTICATED`, `ERR_BANNED`, `ERR_TIMED_OUT`), `ERR_NETWORK` if there
   * is no connection within `connectTimeoutMs`, or `ERR_NOT_CONNECTED` after a `close()` meanwhile
   */
  async connect({ signal }: Abortable = {}): Promise<void> {
    signal?.throwIfAborted();
    this.#connecting ??= this.#connect();
    const attempt = this.#connecting;
    try {
      await unlessAborted(attempt, signal);
    } catch (error) {
      if (signal?.aborted && this.#connecting === attempt && !this.isConnected) this.close();
      throw error;
    }
  }

  /** Closes the socket and ends the rooms. The session stays; `connect()` starts again with the same keys. */
  close(): void {
    this.#drop();
    this.#endAll(notConnected());
  }

  /** Ends the session on the server and drops its keys. */
  async logout(): Promise<void> {
    const connection = this.#connection;
    await this.rest.auth.logout();
    // The server's event may have come first.
    if (this.#connection === connection)
      this.#end('logout', new PortalError({ code: 'ERR_UNAUTHENTICATED', message: 'Logged out' }));
  }

  /**
   * Joins a chat and loads its recent messages. Joining twice returns the same room. If the signal ends the waiting, the room is
   * left, unless somebody else has asked for it.
   * @throws PortalError `ERR_NOT_CONNECTED`, `ERR_NOT_FOUND`, `ERR_CHAT_BANNED`, …
   */
  async join(chatId: number, { history = 100, signal }: JoinOptions = {}): Promise<ChatRoom> {
    signal?.throwIfAborted();
    return this.#rooms.join(chatId, history, signal);
  }

  async #connect(): Promise<void> {
    const closing = new AbortController();
    this.#closing = closing;
    try {
      const keyring = await this.#register(closing.signal);
      closing.signal.throwIfAborted();
      this.#keyring = keyring;
      const connection = this.#createConnection();
      this.#connection = connection;
      await connection.open();
    } catch (error) {
      if (this.#closing === closing) this.close();
      throw error;
    }
  }

  /** The keyring of this session. One that the server may not know any more is only good for the session that it is from. */
  async #register(signal: AbortSignal): Promise<Keyring> {
    const keyring = this.#keyring ?? (await this.#openKeyring());
    const { status } = await this.#registerKeys(keyring, signal);
    if (!keyring.isDoubted) return keyring;
    if (status === 'unchanged') {
      keyring.believe();
      return keyring;
    }
    keyring.clear();
    await keyring.flush();
    this.#keyrings = undefined;
    const own = await this.#openKeyring();
    await this.#registerKeys(own, signal);
    return own;
  }

  #openKeyring(): Promise<Keyring> {
    this.#keyrings ??= Keyring.open(this.#options.storage, this.#random);
    this.#keyrings.catch(() => {
      this.#keyrings = undefined;
    });
    return this.#keyrings;
  }

  async #registerKeys({ keyPair, signer }: Keyring, signal: AbortSignal) {
    const { publicKey: signingKey } = await signer.pair;
    return this.rest.keys.register({ public_key: keyPair.publicKey, signing_key: signingKey }, { signal });
  }

  #createConnection(): Connection {
    const connection = new Connection({
      rest: this.rest,
      options: this.#options.socket,
      timing: this.#timing,
      random: this.#random,
      connected: (isFirst) => {
        this.emit('connected', { isFirst });
        if (isFirst) return;
        void this.#comeBack();
        this.match.compare();
      },
      disconnected: (reason) => {
        this.#rooms.suspend();
        this.emit('disconnected', { reason });
      },
      timedOut: (error) => {
        const { expires_at: until } = error.details;
        this.emit('timedOut', { until: typeof until === 'string' ? until : null, error });
      },
      ended: (reason, error) => this.#end(reason, error),
    });
    const { socket } = connection;
    listenToChats(socket, (chatId) => this.#rooms.find(chatId));
    listenToMatches(socket, this.match);
    listenToNotices(socket, (name, payload) => this.emit(name, payload));
    return connection;
  }

  async #comeBack(): Promise<void> {
    if (await this.#rooms.restore()) this.emit('resumed', { rooms: this.rooms });
  }

  #drop(): void {
    this.#closing?.abort(notConnected());
    this.#closing = undefined;
    this.#connecting = undefined;
    this.#connection?.close();
    this.#connection = undefined;
  }

  #end(reason: EndReason | 'refused', error: PortalError): void {
    if (reason === 'refused' && isPortalError(error, 'ERR_UNAUTHENTICATED')) this.#keyring?.doubt();
    else {
      this.#keyring?.clear();
      this.#keyring = undefined;
      this.#keyrings = undefined;
    }
    this.#drop();
    this.#endAll(error);
    this.emit('ended', { reason, error });
  }

  #endAll(error: PortalError): void {
    this.match.end(error);
    this.#rooms.end(error);
  }
}
