import type { ManagerOptions, SocketOptions } from 'socket.io-client';
import type { ClientLifeEvents } from './client-events.ts';
import { type RandomBytes, secureRandom } from './crypto/random.ts';
import { createVerifier } from './crypto/signing.ts';
import { Emitter } from './emitter.ts';
import { isPortalError, PortalError } from './errors.ts';
import type { EndReason } from './events.ts';
import { PortalRest } from './link/rest.ts';
import type { RestOptions } from './link/rest-transport.ts';
import { listenToChats, listenToMatches, listenToNotices } from './link/server-events.ts';
import {
  connectError,
  createLink,
  createSocket,
  firstConnection,
  type Link,
  notConnected,
  type PortalSocket,
} from './link/socket-link.ts';
import { DEFAULT_TIMING, type Timing } from './link/timing.ts';
import { Match } from './match/match.ts';
import type { ChatRoom } from './room/chat-room.ts';
import { Keyring, type KeyStorage } from './room/keyring.ts';
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
  random?: RandomBytes;
  /** Passed to socket.io-client, for example `{ transports: ['websocket'] }`. */
  socket?: Partial<ManagerOptions & SocketOptions>;
};

export type JoinOptions = {
  /** How many recent messages to load (0–500), 100 by default. */
  history?: number;
};

/** Refusals that mean the session is over. */
const SESSION_REFUSALS = ['ERR_UNAUTHENTICATED', 'ERR_BANNED', 'ERR_TIMED_OUT'];

/**
 * A Portal client. Sign in through `rest`, then `connect()`, then `join(chatId)` or `match.find(tags)`. The client creates the session's key pair,
 * exchanges chat keys when the server asks, and restores its rooms after a lost connection.
 *
 * ```ts
 * const client = new PortalClient({ url, publicKey });
 * await client.rest.verify(code);
 * await client.connect();
 * const room = await client.join(7);
 * room.on('message', ({ sender, body }) => console.log(sender?.username, body));
 * await room.send('hello');
 * ```
 */
export class PortalClient extends Emitter<ClientLifeEvents> {
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
  #socket: PortalSocket | undefined;
  #link: Link | undefined;

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
      line: () => this.#link && this.#keyring && { link: this.#link, keyring: this.#keyring },
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
    return this.#socket?.connected ?? false;
  }

  /** The joined rooms. */
  get rooms(): ChatRoom[] {
    return this.#rooms.all;
  }

  room(chatId: number): ChatRoom | undefined {
    return this.#rooms.find(chatId);
  }

  /**
   * Registers the session's public key and opens the socket, which from then on reconnects by itself.
   * @throws PortalError the server's refusal (`ERR_UNAUTHENTICATED`, `ERR_BANNED`, `ERR_TIMED_OUT`), or `ERR_NETWORK` if there
   * is no connection within `connectTimeoutMs`
   */
  async connect(): Promise<void> {
    if (this.#socket) return;
    this.#keyring ??= await Keyring.open(this.#options.storage, this.#random);
    await this.rest.registerKey(this.#keyring.keyPair.publicKey, this.#keyring.signingPair.publicKey);
    const socket = createSocket(this.rest, this.#options.socket);
    this.#socket = socket;
    this.#link = createLink(socket, this.#timing.ackTimeoutMs);
    this.#listen(socket);
    try {
      await firstConnection(socket, this.#timing.connectTimeoutMs);
    } catch (error) {
      if (this.#socket === socket) this.close();
      throw error;
    }
  }

  /** Closes the socket and ends the rooms. The session stays; `connect()` starts again with the same keys. */
  close(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    this.#link = undefined;
    socket?.close();
    this.#endAll(notConnected());
  }

  /** Ends the session on the server and drops its keys. */
  async logout(): Promise<void> {
    await this.rest.logout();
    this.#end('logout', new PortalError({ code: 'ERR_UNAUTHENTICATED', message: 'Logged out' }));
  }

  /**
   * Joins a chat and loads its recent messages. Joining twice returns the same room.
   * @throws PortalError `ERR_NOT_CONNECTED`, `ERR_NOT_FOUND`, `ERR_CHAT_BANNED`, …
   */
  join(chatId: number, { history = 100 }: JoinOptions = {}): Promise<ChatRoom> {
    return this.#rooms.join(chatId, history);
  }

  #listen(socket: PortalSocket): void {
    let isFirst = true;
    socket.on('connect', () => {
      this.emit('connected', { isFirst });
      if (!isFirst) {
        this.#rooms.restore();
        this.match.compare();
      }
      isFirst = false;
    });
    socket.on('disconnect', (reason) => {
      this.#rooms.suspend();
      this.emit('disconnected', { reason });
      // The server closed this connection but not the session; socket.io does not reconnect in that case.
      if (reason === 'io server disconnect') this.#reopen(socket);
    });
    socket.on('connect_error', (error) => {
      // `active`: socket.io retries by itself. The first connection is handled by connect().
      if (socket.active || isFirst) return;
      const refusal = connectError(error);
      if (isPortalError(refusal, ...SESSION_REFUSALS)) this.#end('refused', refusal);
      else this.#reopen(socket);
    });
    socket.on('session:ended', ({ reason }) => {
      this.#end(reason, new PortalError({ code: 'ERR_UNAUTHENTICATED', message: `The session ended: ${reason}` }));
    });
    listenToChats(socket, (chatId) => this.#rooms.find(chatId));
    listenToMatches(socket, this.match);
    listenToNotices(socket, (name, payload) => this.emit(name, payload));
  }

  #reopen(socket: PortalSocket): void {
    setTimeout(() => {
      if (this.#socket === socket) socket.connect();
    }, this.#timing.retryDelayMs);
  }

  #end(reason: EndReason | 'refused', error: PortalError): void {
    this.#keyring?.clear();
    this.#keyring = undefined;
    const socket = this.#socket;
    this.#socket = undefined;
    this.#link = undefined;
    socket?.close();
    this.#endAll(error);
    this.emit('ended', { reason, error });
  }

  #endAll(error: PortalError): void {
    this.match.end(error);
    this.#rooms.end(error);
  }
}
