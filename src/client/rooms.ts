import type { RandomBytes } from './crypto/random.ts';
import { deriveSigningPair, type Verifier } from './crypto/signing.ts';
import { isPortalError, PortalError } from './errors.ts';
import type { PortalRest } from './link/rest.ts';
import { type Link, notConnected } from './link/socket-link.ts';
import type { Timing } from './link/timing.ts';
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
const KEY_PATIENCE_MS = 2000;

/** The rooms of a client. Each is joined once, and again after a reconnect. */
export class Rooms {
  readonly #deps: Deps;
  readonly #rooms = new Map<number, ChatRoom>();
  readonly #joins = new Map<number, Promise<ChatRoom>>();
  readonly #directJoins = new Map<number, Promise<DirectRoom>>();

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

  join(chatId: number, history: number): Promise<ChatRoom> {
    return this.#directJoins.get(chatId) ?? once(this.#joins, chatId, () => this.#join(chatId, history));
  }

  /** The room exists when this returns, so that no event of the chat is missed from then on. */
  joinDirect(talk: DirectTalk, history: number): Promise<DirectRoom> {
    return once(this.#directJoins, talk.chat_id, () => this.#joinDirect(talk, history));
  }

  suspend(): void {
    for (const room of this.all) room.suspend();
  }

  /** After a reconnect: rejoins the rooms and loads what was missed. */
  restore(): void {
    for (const room of this.all) void this.#restore(room);
  }

  end(error: PortalError): void {
    for (const room of this.all) room.end(error);
  }

  async #join(chatId: number, history: number): Promise<ChatRoom> {
    const { link, keyring } = this.#line();
    const keys = { link, keyring, keyPair: keyring.keyPair, signingPair: keyring.signingPair };
    const room = this.#keep(new ChatRoom(chatId, { ...this.#about(chatId), ...keys, entry: { chat_id: chatId } }));
    try {
      await room.join();
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
    const signingPair = deriveSigningPair(keyPair);
    const room = this.#keep(
      new DirectRoom(talk, {
        ...this.#about(chatId),
        link,
        keyring,
        keyPair,
        signingPair,
        entry: { token, public_key: keyPair.publicKey, signing_key: signingPair.publicKey },
        leaveTalk: () => rest.match.leave({ chat_id: chatId }),
        report: (_, reason) => rest.match.report({ chat_id: chatId, reason: reason }),
      }),
    );
    room.on('ended', (reason) => {
      if (isPortalError(reason, 'ERR_NOT_FOUND')) keyring.forget(chatId);
    });
    await this.#restore(room);
    await room.untilJoined(PATIENCE_MS);
    await room.loadLatest(history).catch(() => {});
    await room.untilKey(KEY_PATIENCE_MS);
    return room;
  }

  /** After a reconnect: rejoins and loads what was missed. A room that can no longer be joined ends. */
  async #restore(room: ChatRoom): Promise<void> {
    for (let attempt = 0; attempt < 4; attempt += 1) {
      try {
        await room.join();
        return await room.catchUp();
      } catch (error) {
        // Disconnected again: the next connection starts over.
        if (room.ending || isPortalError(error, 'ERR_DISCONNECTED', 'ERR_NOT_CONNECTED')) return;
        const isPassing = isPortalError(error, 'ERR_TIMEOUT', 'ERR_RATE_LIMITED', 'ERR_UNAVAILABLE', 'ERR_INTERNAL');
        if (!isPassing || attempt === 3) return room.end(asPortalError(error));
      }
      await new Promise((resolve) => setTimeout(resolve, this.#deps.timing.retryDelayMs * 4 ** attempt));
    }
  }

  #line(): { link: Link; keyring: Keyring } {
    const line = this.#deps.line();
    if (!line) throw notConnected();
    return line;
  }

  #about(chatId: number): Omit<RoomDeps, 'link' | 'keyring' | 'keyPair' | 'signingPair' | 'entry'> {
    return { ...this.#deps, onEnded: () => this.#drop(chatId) };
  }

  #keep<Room extends ChatRoom>(room: Room): Room {
    this.#rooms.set(room.chatId, room);
    return room;
  }

  #drop(chatId: number): void {
    this.#rooms.delete(chatId);
    this.#joins.delete(chatId);
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
