import type { Socket } from 'socket.io';
import { connectionOf, cutOff, isBehind } from './engine-internals.ts';
import type { Connection, SocketHandlers } from './socket-handler.ts';

/** How many events of one client are handled before everyone else has a turn. */
const AT_ONCE = 16;

/** A {@link Connection} over a Socket.IO socket. It tracks the work in progress for it. */
export class SocketConnection<Who> implements Connection<Who> {
  readonly id: string;
  readonly who: Who;
  readonly #socket: Socket;
  readonly #work = new Set<Promise<void>>();
  readonly #turns = new FairTurns();
  #lastRooms: Set<string> | undefined;
  #isAbandoned = false;
  isOpen = true;

  constructor(socket: Socket, who: Who) {
    this.id = socket.id;
    this.who = who;
    this.#socket = socket;
    socket.once('disconnecting', () => {
      this.#lastRooms = new Set(socket.rooms);
      this.isOpen = false;
    });
  }

  get rooms(): ReadonlySet<string> {
    return this.#lastRooms ?? this.#socket.rooms;
  }

  join(room: string): void {
    if (this.#lastRooms) this.#lastRooms.add(room);
    else void this.#socket.join(room);
  }

  leave(room: string): void {
    if (this.#lastRooms) this.#lastRooms.delete(room);
    else void this.#socket.leave(room);
  }

  isIn(room: string): boolean {
    return this.isOpen && this.#socket.rooms.has(room);
  }

  emit(event: string, payload: object): void {
    if (this.isOpen) this.#socket.emit(event, payload);
  }

  get isBehind(): boolean {
    return this.isOpen && isBehind(connectionOf(this.#socket));
  }

  cut(): void {
    if (this.isOpen) cutOff(connectionOf(this.#socket));
  }

  /** What takes an event that has come: it is handled in its turn, unless the client has gone. */
  receiver(handlers: SocketHandlers<Who>): (event: readonly unknown[]) => void {
    return ([event, ...args]) => {
      if (!this.isOpen) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.track(promise);
      void this.#turns.run(() => this.#dispatch(handlers, event, args)).then(resolve);
    };
  }

  async #dispatch(handlers: SocketHandlers<Who>, event: unknown, args: readonly unknown[]): Promise<void> {
    if (!this.#isAbandoned) await handlers.dispatch(this, event, args);
  }

  /** Tracks `work`, which must not reject, until it is done. */
  track(work: Promise<void>): void {
    this.#work.add(work);
    void work.finally(() => this.#work.delete(work));
  }

  /** Resolves when all work is done, or after `atMostMs`; events that have not begun by then never do. */
  async settled(atMostMs: number): Promise<void> {
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, atMostMs);
    await Promise.race([Promise.all(this.#work), late]);
    clearTimeout(timer);
    this.#isAbandoned = true;
  }
}

/**
 * Runs one client's work in order and spreads a burst over several turns of the event loop. Otherwise a thousand events that
 * arrive in one read would block everyone else, because reading SQLite never yields.
 */
export class FairTurns {
  readonly #waiting: (() => void)[] = [];
  #begun = 0;

  run(work: () => Promise<void>): Promise<void> {
    if (this.#waiting.length === 0 && ++this.#begun <= AT_ONCE) return work();
    if (this.#waiting.length === 0) setImmediate(() => this.#goOn());
    return new Promise((resolve) => this.#waiting.push(() => resolve(work())));
  }

  #goOn(): void {
    const next = this.#waiting.splice(0, AT_ONCE);
    this.#begun = next.length;
    for (const begin of next) begin();
    if (this.#waiting.length > 0) setImmediate(() => this.#goOn());
  }
}
