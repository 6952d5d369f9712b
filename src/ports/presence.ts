import type { PersonId } from '../core/principal.ts';

/** One socket in one chat. `isKeyless`: it reads no messages, and has no keys to hand out. */
export type Visitor = { socketId: string; sessionId: string; person: PersonId; isKeyless?: true };

/** A session in a chat with its sockets there, newest first: an older connection may have dropped silently. */
export type PresentSession = { sessionId: string; person: PersonId; socketIds: readonly string[] };

/** `people`: the number of people in the chat afterwards. */
export type Arrival = { firstOfPerson: boolean; firstOfSession: boolean; people: number };
export type Departure = Visitor & { chatId: number; lastOfPerson: boolean; lastOfSession: boolean };

/**
 * Who is in which chat now. Sockets join; a person is present while one of their sockets is. Losing this state loses no
 * data, because sockets reconnect and rejoin. Every method is one atomic step across nodes.
 */
export type Presence = {
  enter(chatId: number, visitor: Visitor): Promise<Arrival>;
  /** Undefined if the socket was not in the chat. */
  leave(chatId: number, socketId: string): Promise<Departure | undefined>;
  /** Removes the socket from every chat. */
  leaveAll(socketId: string): Promise<Departure[]>;
  /** Removes all sockets of the person from the chat. Returns their sessions. */
  remove(chatId: number, person: PersonId): Promise<string[]>;
  /** Empties the chat. */
  clear(chatId: number): Promise<void>;
  hasSession(chatId: number, sessionId: string): Promise<boolean>;
  /** Longest-present first; with the sockets that can have keys, and without sessions that have none. */
  sessionsIn(chatId: number): Promise<PresentSession[]>;
  /** The sessions of these people, in order. */
  sessionsOf(chatId: number, people: readonly PersonId[]): Promise<PresentSession[]>;
  /** Longest-present first. */
  peopleIn(chatId: number): Promise<PersonId[]>;
  /** At most `most` of each chat, longest-present first; the chats in order. */
  firstPeopleOfEach(chatIds: readonly number[], most: number): Promise<PersonId[][]>;
  countPeople(chatId: number): Promise<number>;
  /** The same for many chats, in order. */
  countPeopleOfEach(chatIds: readonly number[]): Promise<number[]>;
  /** The number of chats with anyone in them. */
  countChats(): Promise<number>;
  /** The chats that this session is in. */
  chatsOf(sessionId: string): Promise<number[]>;
};
