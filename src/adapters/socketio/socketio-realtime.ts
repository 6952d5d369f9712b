import type { Realtime } from '../../ports/realtime.ts';

/** What Socket.IO does with the sockets of one process. */
export type SocketRooms = {
  /** To every socket in `room` that is not also in `except`. */
  broadcast(room: string, event: string, payload: object, except?: string): void;
  removeFrom(room: string, of: string): void;
  end(of: string, reason: string): void;
};

/** Reaches the clients of this process. */
export class SocketioRealtime implements Realtime {
  #rooms: SocketRooms | undefined;

  /** Until then there are no sockets, and a call reaches nobody. */
  attach(rooms: SocketRooms): void {
    this.#rooms = rooms;
  }

  publish = (room: string, event: string, payload: object): void => this.#rooms?.broadcast(room, event, payload);

  publishExcept = (room: string, except: string, event: string, payload: object): void =>
    this.#rooms?.broadcast(room, event, payload, except);

  removeFrom = (room: string, of: string): void => this.#rooms?.removeFrom(room, of);

  end = (of: string, reason: string): void => this.#rooms?.end(of, reason);
}
