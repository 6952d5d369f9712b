/** One socket in one chat. */
export type Visitor = { socketId: string; sessionId: string; userId: number };

/** A session in a chat: its oldest socket there stands for it. */
export type PresentSession = Visitor;

export type Arrival = { firstOfUser: boolean; firstOfSession: boolean };
export type Departure = Visitor & { chatId: number; lastOfUser: boolean; lastOfSession: boolean };

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
  /** Every socket of the user leaves the chat; gives back their sessions. */
  removeUser(chatId: number, userId: number): Promise<string[]>;
  /** Nobody is in the chat any more. */
  clear(chatId: number): Promise<void>;
  hasSession(chatId: number, sessionId: string): Promise<boolean>;
  /** Longest there first. */
  sessionsIn(chatId: number): Promise<PresentSession[]>;
  /** Those of these users, in their order. */
  sessionsOf(chatId: number, userIds: readonly number[]): Promise<PresentSession[]>;
  /** Users, longest there first. */
  usersIn(chatId: number): Promise<number[]>;
  countUsers(chatId: number): Promise<number>;
  /** The same of many chats, in their order. */
  countUsersOfEach(chatIds: readonly number[]): Promise<number[]>;
  /** How many chats somebody is in. */
  countChats(): Promise<number>;
  /** The chats that this session is in. */
  chatsOf(sessionId: string): Promise<number[]>;
};
