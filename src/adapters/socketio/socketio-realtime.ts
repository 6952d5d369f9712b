import type { Realtime } from '../../ports/realtime.ts';

/** The Socket.IO operations on the sockets of one process. */
export type Sockets = {
  readonly rooms: {
    /** Sends to every socket in `room` that is not also in `except`. */
    publish(room: string, event: string, payload: object, except?: string): void;
  };
  addTo(room: string, of: string): void;
  removeFrom(room: string, of: string): void;
  end(of: string, reason: string): void;
};

/** Reaches the clients of this process. */
export class SocketioRealtime implements Realtime {
  #sockets: Sockets | undefined;
  #rooms: Sockets['rooms'] | undefined;

  /** Before this there are no sockets, and calls have no effect. */
  attach(sockets: Sockets): void {
    this.#sockets = sockets;
    this.#rooms = sockets.rooms;
  }

  publish = (room: string, event: string, payload: object): void => this.#rooms?.publish(room, event, payload);

  publishExcept = (room: string, except: string, event: string, payload: object): void =>
    this.#rooms?.publish(room, event, payload, except);

  addTo = (room: string, of: string): void => this.#sockets?.addTo(room, of);

  removeFrom = (room: string, of: string): void => this.#sockets?.removeFrom(room, of);

  end = (of: string, reason: string): void => this.#sockets?.end(of, reason);
}
