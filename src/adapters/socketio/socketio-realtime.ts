import type { Realtime } from '../../ports/realtime.ts';

/** What Socket.IO does with the sockets of one process. */
export type SocketRooms = {
  /** To every socket in `room` that is not also in `except`. */
  broadcast(room: string, event: string, payload: object, except?: string): void;
  removeFrom(room: string, of: string): void;
  end(of: string, reason: string): void;
};

/** Reaches the clients of this process. */
export function createSocketIoRealtime(rooms: SocketRooms): Realtime {
  return {
    publish: (room, event, payload) => rooms.broadcast(room, event, payload),
    publishExcept: (room, except, event, payload) => rooms.broadcast(room, event, payload, except),
    removeFrom: (room, of) => rooms.removeFrom(room, of),
    end: (of, reason) => rooms.end(of, reason),
  };
}
