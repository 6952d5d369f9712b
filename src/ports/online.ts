import type { PersonId } from '../core/principal.ts';

/** One open socket. */
export type OnlineSocket = { socketId: string; sessionId: string; person: PersonId };

/** Someone who is connected; the session of their oldest socket stands for them. */
export type OnlinePerson = { person: PersonId; sessionId: string };

/**
 * Who is connected at all, in a chat or not: a person is online while one of their sockets is open. Losing all of it loses
 * no data: sockets come back. Every method is one atomic step across nodes.
 */
export type Online = {
  arrive(socket: OnlineSocket): Promise<void>;
  /** Does nothing for a socket that is not there. */
  depart(socketId: string): Promise<void>;
  countPeople(): Promise<number>;
  /** Those who have been online longest come first. */
  list(offset: number, limit: number): Promise<OnlinePerson[]>;
  /** Those of these people who are online. */
  among(people: readonly PersonId[]): Promise<Set<PersonId>>;
};
