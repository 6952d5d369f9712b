import type { Realtime } from '../../ports/realtime.ts';

type EncodedPacket = (string | Buffer)[];

/** The Socket.IO operations on the sockets of one process. */
export type Sockets = {
  /** The packet of an event, so that it is encoded once for all. */
  encode(event: string, payload: object): EncodedPacket;
  readonly rooms: {
    /** Sends an encoded packet to every socket in `room` that is not also in `except`. */
    publish(room: string, packet: EncodedPacket, except?: string): void;
  };
  addTo(room: string, of: string): void;
  removeFrom(room: string, of: string): void;
  end(of: string, reason: string): void;
};

/** Reaches the clients of this process. */
export class SocketioRealtime implements Realtime {
  #sockets: Sockets | undefined;

  /** Before this there are no sockets, and calls have no effect. */
  attach(sockets: Sockets): void {
    this.#sockets = sockets;
  }

  publish = (room: string, event: string, payload: object): void => {
    const sockets = this.#sockets;
    sockets?.rooms.publish(room, sockets.encode(event, payload));
  };

  publishExcept = (room: string, except: string, event: string, payload: object): void => {
    const sockets = this.#sockets;
    sockets?.rooms.publish(room, sockets.encode(event, payload), except);
  };

  addTo = (room: string, of: string): void => this.#sockets?.addTo(room, of);

  removeFrom = (room: string, of: string): void => this.#sockets?.removeFrom(room, of);

  end = (of: string, reason: string): void => this.#sockets?.end(of, reason);
}
