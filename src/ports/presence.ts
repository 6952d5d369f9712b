import type { PersonId } from '../core/principal.ts';

/** One socket in one chat. */
export type Visitor = { socketId: string; sessionId: string; person: PersonId };

/** A session in a chat, with its sockets there: the youngest first, as an older one may be a line that has broken. */
export type PresentSession = { sessionId: string; person: PersonId; socketIds: readonly string[] };

/** `people`: how many are in the chat then. */
export type Arrival = { firstOfPerson: boolean; firstOfSession: boolean; people: number };
export type Departure = Visitor & { chatId: number; lastOfPerson: boolean; lastOfSession: boolean };

/**
 * Who is in which chat now. Joining is per socket; a person is there while one of their sockets is.
 * Losing all of it loses no data: sockets come back and join again. Every method is one atomic step across nodes.
 */
export type Presence = {
  enter(chatId: number, visitor: Visitor): Promise<Arrival>;
  /** Undefined when the socket was not there. */
  leave(chatId: number, socketId: string): Promise<Departure | undefined>;
  /** The socket leaves every chat. */
  leaveAll(socketId: string): Promise<Departure[]>;
  /** Every socket of the person leaves the chat; gives back their sessions. */
  remove(chatId: number, person: PersonId): Promise<string[]>;
  /** Nobody is in the chat any more. */
  clear(chatId: number): Promise<void>;
  hasSession(chatId: number, sessionId: string): Promise<boolean>;
  /** Longest there first. */
  sessionsIn(chatId: number): Promise<PresentSession[]>;
  /** Those of these people, in their order. */
  sessionsOf(chatId: number, people: readonly PersonId[]): Promise<PresentSession[]>;
  /** Longest there first. */
  peopleIn(chatId: number): Promise<PersonId[]>;
  countPeople(chatId: number): Promise<number>;
  /** The same of many chats, in their order. */
  countPeopleOfEach(chatIds: readonly number[]): Promise<number[]>;
  /** How many chats somebody is in. */
  countChats(): Promise<number>;
  /** The chats that this session is in. */
  chatsOf(sessionId: string): Promise<number[]>;
};
