import type { PersonId } from '../core/principal.ts';

/** One open socket. */
export type OnlineSocket = { socketId: string; sessionId: string; person: PersonId };

/** A connected person, represented by the session of their oldest socket. */
export type OnlinePerson = { person: PersonId; sessionId: string };

/**
 * Everyone who is connected, in a chat or not: a person is online while one of their sockets is open. Losing this state
 * loses no data, because sockets reconnect. Every method is one atomic step across nodes.
 */
export type Online = {
  arrive(socket: OnlineSocket): Promise<void>;
  /** Does nothing for an unknown socket. */
  depart(socketId: string): Promise<void>;
  countPeople(): Promise<number>;
  /** Ordered by time online, longest first. */
  list(offset: number, limit: number): Promise<OnlinePerson[]>;
  /** The people among these who are online. */
  among(people: readonly PersonId[]): Promise<Set<PersonId>>;
};
