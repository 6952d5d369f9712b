import type { PersonId } from '../core/principal.ts';

/**
 * Rooms: each names a set of sockets. A socket is in the room of its session and in `everyone` for its whole life, with an
 * account also in its user's and in `everyUser`. It is in a chat's room from join to leave.
 */
export const everyone = 'everyone';
/** Sockets of people with an account. Strangers hear nothing of what goes on in chats. */
export const everyUser = 'users';
export const userRoom = (userId: number): string => `user:${userId}`;
export const sessionRoom = (sessionId: string): string => `session:${sessionId}`;
/** All sockets of a user, or of a stranger. */
export const personRoom = (person: PersonId): string => {
  const id = person.slice(2);
  return person.startsWith('u:') ? userRoom(Number(id)) : sessionRoom(id);
};
export const socketRoom = (socketId: string): string => `socket:${socketId}`;

/** Sends hints to connected clients: at most once, in call order within one room. */
export type Realtime = {
  publish(room: string, event: string, payload: object): void;
  /** As `publish`, but skips sockets that are also in `except`. */
  publishExcept(room: string, except: string, event: string, payload: object): void;
  /** Adds every socket in `of` to `room`. */
  addTo(room: string, of: string): void;
  /** Removes every socket in `of` from `room`. */
  removeFrom(room: string, of: string): void;
  /** Sends `session:ended` to every socket in `of`, then disconnects it for good. */
  end(of: string, reason: string): void;
};
