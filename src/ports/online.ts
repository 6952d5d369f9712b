/** One socket of a signed-in person. */
export type OnlineSocket = { socketId: string; sessionId: string; userId: number };

/** Someone who is connected; the session of their oldest socket stands for them. */
export type OnlineUser = { userId: number; sessionId: string };

/**
 * Who is connected at all, in a chat or not: a person is online while one of their sockets is open. Losing all of it loses
 * no data: sockets come back. Every method is one atomic step across nodes.
 */
export type Online = {
  arrive(socket: OnlineSocket): Promise<void>;
  /** Nothing happens for a socket that is not there. */
  depart(socketId: string): Promise<void>;
  countUsers(): Promise<number>;
  /** Whoever has been online longest comes first. */
  list(offset: number, limit: number): Promise<OnlineUser[]>;
  /** Those of these users who are online. */
  among(userIds: readonly number[]): Promise<Set<number>>;
};
