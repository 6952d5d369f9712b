import type { PersonId } from '../core/principal.ts';

/** One open socket. */
export type OnlineSocket = { socketId: string; sessionId: string; person: PersonId };

/** A connected person, represented by the session of their oldest socket. */
export type OnlinePerson = { person: PersonId; sessionId: string };

/** What the arrival of a socket changed. Both are false for one that was there already. */
export type Arrival = { firstOfPerson: boolean; firstOfSession: boolean };

/** Whose socket has gone, and what that changed. */
export type Departure = { person: PersonId; sessionId: string; lastOfPerson: boolean; lastOfSession: boolean };

/**
 * Everyone who is connected, in a chat or not: a person is online while one of their sockets is open. Losing this state
 * loses no data, because sockets reconnect. Every method is one atomic step across nodes.
 */
export type Online = {
  arrive(socket: OnlineSocket): Promise<Arrival>;
  /** Undefined for an unknown socket. */
  depart(socketId: string): Promise<Departure | undefined>;
  hasPerson(person: PersonId): Promise<boolean>;
  hasSession(sessionId: string): Promise<boolean>;
  /** The sockets of this session, oldest first. */
  socketsOf(sessionId: string): Promise<string[]>;
  /** The connected sessions of this person. */
  sessionsOf(person: PersonId): Promise<string[]>;
  /** Everyone, with and without an account. */
  countPeople(): Promise<number>;
  countUsers(): Promise<number>;
  /** People with an account, ordered by time online, longest first. */
  listUsers(offset: number, limit: number): Promise<OnlinePerson[]>;
  /** All strangers, ordered by time online, longest first. */
  listStrangers(): Promise<PersonId[]>;
  /** The people among these who are online. */
  among(people: readonly PersonId[]): Promise<Set<PersonId>>;
};
