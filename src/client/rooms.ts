import type { RandomBytes } from './crypto/random.ts';
import { Signer, type Verifier } from './crypto/signing.ts';
import { isPortalError, PortalError } from './errors.ts';
import { Pace } from './link/pace.ts';
import type { PortalRest } from './link/rest.ts';
import { pauseMs } from './link/retry.ts';
import { unlessAborted } from './link/signal.ts';
import { type Link, notConnected } from './link/socket-link.ts';
import type { Timing } from './link/timing.ts';
import { wait } from './link/wait.ts';
import { DirectRoom } from './match/direct-room.ts';
import type { DirectTalk } from './match-wire.ts';
import { ChatRoom } from './room/chat-room.ts';
import type { Keyring } from './room/keyring.ts';
import type { RoomDeps } from './room/room-events.ts';
import type { Trust } from './room/trust.ts';

type Deps = {
  rest: PortalRest;
  trust: Trust;
  verify: Verifier;
  timing: Timing;
  random: RandomBytes;
  maxMessages: number;
  /** The connection and the session's keys; undefined while the client is closed. */
  line(): { link: Link; keyring: Keyring } | undefined;
};

/** How long a direct chat that was just opened may wait for a lost connection, and for its key. */
const PATIENCE_MS = 60_000;
const HISTORY_PATIENCE_MS = 3000;
const KEY_PATIENCE_MS = 2000;

/** Refusals of a join that pass. */
const FOR_NOW = ['ERR_TIMEOUT', 'ERR_RATE_LIMITED', 'ERR_UNAVAILABLE', 'ERR_INTERNAL'];
const ENTER_AGAIN = 3;

/** The rooms of a client. Each is joined once, and again after a reconnect. */
export class Rooms {
  readonly #deps: Deps;
  readonly #rooms = new Map<number, ChatRoom>();
  readonly #joins = new Map<number, Promise<ChatRoom>>();
  /** Joins whose answer is awaited, also of rooms that were left meanwhile. */
  readonly #entering = new Map<number, Promise<unknown>>();
  /** How many have asked for a room, and have not gone again. */
  readonly #askers = new Map<number, number>();
  readonly #directJoins = new Map<number, Promise<DirectRoom>>();
  readonly #pace = new Pace();
  /** Aborts when the connection is lost. */
  #connected = new AbortController();

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  get all(): ChatRoom[] {
    return [...this.#rooms.values()];
  }

  find(chatId: number): ChatRoom | undefined {
    return this.#rooms.get(chatId);
  }

  findDirect(chatId: number): DirectRoom | undefined {
    const room = this.#rooms.get(chatId);
    return room instanceof DirectRoom ? room : undefined;
  }

  async join(chatId: number, history: number, signal?: AbortSignal): Promise<ChatRoom> {
    const join = this.#directJoins.get(chatId) ?? once(this.#joins, chatId, () => this.#joinAfter(chatId, history));
    this.#askers.set(chatId, (this.#askers.get(chatId) ?? 0) + 1);
    try {
      return await unlessAborted(join, signal);
    } catch (error) {
      const others = (this.#askers.get(chatId) ?? 1) - 1;
      this.#askers.set(chatId, others);
      if (signal?.aborted && others === 0 && !this.#directJoins.has(chatId))
        this.find(chatId)
          ?.leave()
          .catch(() => {});
      throw error;
    }
  }

  /** The room exists when this returns, so that no event of the chat is missed from then on. */
  joinDirect(talk: DirectTalk, history: number): Promise<DirectRoom> {
    return once(this.#directJoins, talk.chat_id, () => this.#joinDirect(talk, history));
  }

  suspend(): void {
    this.#connected.abort();
    this.#connected = new AbortController();
    for (const room of this.all) room.suspend();
  }

  /** After a reconnect: rejoins the rooms and loads what was missed. False if the connection is lost again meanwhile. */
  async restore(): Promise<boolean> {
    const { signal } = this.#connected;
    await Promise.all(this.all.map((room) => this.#restore(room)));
    return !signal.aborted;
  }

  end(error: PortalError): void {
    this.#connected.abort();
    this.#connected = new AbortController();
    for (const room of this.all) room.end(error);
  }

  /** A room that was left while it was joined may still say so to the server, which must not leave the next one. */
  async #joinAfter(chatId: number, history: number): Promise<ChatRoom> {
    const before = this.#entering.get(chatId);
    const start = () => this.#join(chatId, history);
    const join = before === undefined ? start() : before.then(start);
    const entering = join
      .catch(() => {})
      .finally(() => {
        if (this.#entering.get(chatId) === entering) this.#entering.delete(chatId);
      });
    this.#entering.set(chatId, entering);
    return join;
  }

  async #join(chatId: number, history: number): Promise<ChatRoom> {
    const { link, keyring } = this.#line();
    const keys = { link, keyring, keyPair: keyring.keyPair, signer: keyring.signer };
    const room = this.#keep(
      new ChatRoom(chatId, { ...this.#about(chatId), ...keys, entry: () => ({ chat_id: chatId }) }),
    );
    try {
      await this.#enter(room);
      await room.loadLatest(history);
    } catch (error) {
      room.leave().catch(() => {});
      throw error;
    }
    return room;
  }

  /** For a chat in which the peer is waiting: survives a connection lost during the join, and does not wait for history. */
  async #joinDirect(talk: DirectTalk, history: number): Promise<DirectRoom> {
    const { link, keyring } = this.#line();
    const { rest } = this.#deps;
    const { chat_id: chatId, token } = talk;
    const keyPair = keyring.directPair(chatId, token);
    const signer = new Signer(keyPair);
    const room = this.#keep(
      new DirectRoom(talk, {
        ...this.#about(chatId),
        link,
        keyring,
        keyPair,
        signer,
        entry: (signingKey) => ({ token, public_key: keyPair.publicKey, signing_key: signingKey }),
        leaveTalk: () => rest.match.leave({ chat_id: chatId }),
        report: (_, reason) => rest.match.report({ chat_id: chatId, reason: reason }),
      }),
    );
    room.on('ended', (reason) => {
      if (isPortalError(reason, 'ERR_NOT_FOUND')) keyring.forget(chatId);
    });
    await this.#restore(room);
    await room.untilJoined(PATIENCE_MS);
    const loading = room.loadLatest(history).catch(() => {});
    await Promise.race([loading, wait(HISTORY_PATIENCE_MS, this.#connected.signal)]);
    await room.untilKey(KEY_PATIENCE_MS);
    return room;
  }

  /** Rejoins and loads what was missed, for as long as the connection lasts. A room that can no longer be joined ends. */
  async #restore(room: ChatRoom): Promise<void> {
    const { timing, random } = this.#deps;
    const { signal } = this.#connected;
    for (let attempt = 0; !signal.aborted; attempt += 1) {
      try {
        return await room.comeBack();
      } catch (error) {
        // Disconnected again: the next connection starts over.
        if (room.ending || isPortalError(error, 'ERR_DISCONNECTED', 'ERR_NOT_CONNECTED')) return;
        if (!isPortalError(error, ...FOR_NOW)) return room.end(asPortalError(error));
        await wait(pauseMs({ error, attempt, baseMs: timing.retryDelayMs, random }), signal);
      }
    }
  }

  /** Joins for the first time. A refusal for now is waited out, a few times. */
  async #enter(room: ChatRoom): Promise<void> {
    const { timing, random } = this.#deps;
    for (let attempt = 0; ; attempt += 1) {
      try {
        await room.join();
        return;
      } catch (error) {
        if (attempt === ENTER_AGAIN || room.ending || !isPortalError(error, 'ERR_RATE_LIMITED', 'ERR_UNAVAILABLE'))
          throw error;
        await wait(pauseMs({ error, attempt, baseMs: timing.retryDelayMs, random }), this.#connected.signal);
      }
    }
  }

  #line(): { link: Link; keyring: Keyring } {
    const line = this.#deps.line();
    if (!line) throw notConnected();
    return line;
  }

  #about(chatId: number): Omit<RoomDeps, 'link' | 'keyring' | 'keyPair' | 'signer' | 'entry'> {
    return { ...this.#deps, pace: this.#pace, onEnded: () => this.#drop(chatId) };
  }

  #keep<Room extends ChatRoom>(room: Room): Room {
    this.#rooms.set(room.chatId, room);
    return room;
  }

  #drop(chatId: number): void {
    this.#rooms.delete(chatId);
    this.#joins.delete(chatId);
    this.#askers.delete(chatId);
    this.#directJoins.delete(chatId);
  }
}

/** A failed join must not be returned to the next caller. */
function once<Room>(joins: Map<number, Promise<Room>>, chatId: number, start: () => Promise<Room>): Promise<Room> {
  const join = joins.get(chatId) ?? start();
  joins.set(chatId, join);
  join.catch(() => {
    if (joins.get(chatId) === join) joins.delete(chatId);
  });
  return join;
}

function asPortalError(error: unknown): PortalError {
  if (error instanceof PortalError) return error;
  return new PortalError({ code: 'ERR_BAD_RESPONSE', message: 'The answer to a join is malformed', cause: error });
}
