/**
 * Rooms, each a name for "all sockets that …". A socket is in its own session's and user's rooms, and in `everyone`,
 * from the start to the end of its life; it is in a chat's room from join to leave.
 */
export const everyone = 'everyone';
export const userRoom = (userId: number): string => `user:${userId}`;
export const sessionRoom = (sessionId: string): string => `session:${sessionId}`;
export const socketRoom = (socketId: string): string => `socket:${socketId}`;

/** Tells connected clients what happened: hints, delivered at most once, in the order of the calls within one room. */
export type Realtime = {
  publish(room: string, event: string, payload: object): void;
  /** As publish, but not to the sockets that are also in `except`. */
  publishExcept(room: string, except: string, event: string, payload: object): void;
  /** Every socket that is in `of` leaves `room`. */
  removeFrom(room: string, of: string): void;
  /** Every socket in `of` is told `session:ended`, then disconnected for good. */
  end(of: string, reason: string): void;
};
