import type { Socket } from 'socket.io';
import type { Connection } from './socket-handler.ts';

/** A {@link Connection} over a Socket.IO socket. It tracks the work in progress for it. */
export class SocketConnection<Who> implements Connection<Who> {
  readonly id: string;
  readonly who: Who;
  readonly #socket: Socket;
  readonly #work = new Set<Promise<void>>();
  #lastRooms: Set<string> | undefined;

  constructor(socket: Socket, who: Who) {
    this.id = socket.id;
    this.who = who;
    this.#socket = socket;
    socket.once('disconnecting', () => {
      this.#lastRooms = new Set(socket.rooms);
    });
  }

  get isOpen(): boolean {
    return this.#lastRooms === undefined;
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

  /** Tracks `work`, which must not reject, until it is done. */
  track(work: Promise<void>): void {
    this.#work.add(work);
    void work.finally(() => this.#work.delete(work));
  }

  /** Resolves when all work is done, or after `atMostMs`. */
  async settled(atMostMs: number): Promise<void> {
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, atMostMs);
    await Promise.race([Promise.all(this.#work), late]);
    clearTimeout(timer);
  }
}
