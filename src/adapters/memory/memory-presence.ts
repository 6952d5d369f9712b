import type { Arrival, Departure, Presence, PresentSession, Visitor } from '../../ports/presence.ts';

type Room = {
  /** By socket, in the order of arrival. */
  visitors: Map<string, Visitor>;
  /** How many sockets each has here. Maps keep the order of arrival. */
  sessions: Map<string, number>;
  users: Map<number, number>;
};

/** Presence of one process. */
export class MemoryPresence implements Presence {
  readonly #rooms = new Map<number, Room>();
  readonly #chatsOfSocket = new Map<string, Set<number>>();
  readonly #chatsOfSession = new Map<string, Map<number, number>>();

  /** How many chats somebody is in. */
  get size(): number {
    return this.#rooms.size;
  }

  async enter(chatId: number, visitor: Visitor): Promise<Arrival> {
    const room = this.#rooms.get(chatId) ?? { visitors: new Map(), sessions: new Map(), users: new Map() };
    this.#rooms.set(chatId, room);
    if (room.visitors.has(visitor.socketId)) return { firstOfUser: false, firstOfSession: false };
    room.visitors.set(visitor.socketId, visitor);
    const chats = this.#chatsOfSocket.get(visitor.socketId) ?? new Set();
    this.#chatsOfSocket.set(visitor.socketId, chats.add(chatId));
    const ofSession = this.#chatsOfSession.get(visitor.sessionId) ?? new Map<number, number>();
    this.#chatsOfSession.set(visitor.sessionId, ofSession);
    change(ofSession, chatId, 1);
    return {
      firstOfUser: change(room.users, visitor.userId, 1) === 1,
      firstOfSession: change(room.sessions, visitor.sessionId, 1) === 1,
    };
  }

  async leave(chatId: number, socketId: string): Promise<Departure | undefined> {
    return this.#leave(chatId, socketId);
  }

  async leaveAll(socketId: string): Promise<Departure[]> {
    const chats = [...(this.#chatsOfSocket.get(socketId) ?? [])];
    return chats.flatMap((chatId) => this.#leave(chatId, socketId) ?? []);
  }

  async removeUser(chatId: number, userId: number): Promise<string[]> {
    const room = this.#rooms.get(chatId);
    const theirs = [...(room?.visitors.values() ?? [])].filter((visitor) => visitor.userId === userId);
    for (const { socketId } of theirs) this.#leave(chatId, socketId);
    return [...new Set(theirs.map(({ sessionId }) => sessionId))];
  }

  async clear(chatId: number): Promise<void> {
    for (const socketId of [...(this.#rooms.get(chatId)?.visitors.keys() ?? [])]) this.#leave(chatId, socketId);
  }

  async hasSession(chatId: number, sessionId: string): Promise<boolean> {
    return this.#rooms.get(chatId)?.sessions.has(sessionId) ?? false;
  }

  async sessionsIn(chatId: number): Promise<PresentSession[]> {
    const oldest = new Map<string, Visitor>();
    for (const visitor of this.#rooms.get(chatId)?.visitors.values() ?? []) {
      if (!oldest.has(visitor.sessionId)) oldest.set(visitor.sessionId, visitor);
    }
    return [...oldest.values()];
  }

  async usersIn(chatId: number): Promise<number[]> {
    return [...(this.#rooms.get(chatId)?.users.keys() ?? [])];
  }

  async countUsers(chatId: number): Promise<number> {
    return this.#rooms.get(chatId)?.users.size ?? 0;
  }

  async chatsOf(sessionId: string): Promise<number[]> {
    return [...(this.#chatsOfSession.get(sessionId)?.keys() ?? [])];
  }

  #leave(chatId: number, socketId: string): Departure | undefined {
    const room = this.#rooms.get(chatId);
    const visitor = room?.visitors.get(socketId);
    if (!room || !visitor) return undefined;
    room.visitors.delete(socketId);
    if (room.visitors.size === 0) this.#rooms.delete(chatId);
    const chats = this.#chatsOfSocket.get(socketId);
    chats?.delete(chatId);
    if (chats?.size === 0) this.#chatsOfSocket.delete(socketId);
    const ofSession = this.#chatsOfSession.get(visitor.sessionId);
    if (ofSession) change(ofSession, chatId, -1);
    if (ofSession?.size === 0) this.#chatsOfSession.delete(visitor.sessionId);
    return {
      ...visitor,
      chatId,
      lastOfUser: change(room.users, visitor.userId, -1) === 0,
      lastOfSession: change(room.sessions, visitor.sessionId, -1) === 0,
    };
  }
}

/** Adds to a counter and gives back what it comes to; a counter at 0 goes. */
function change<K>(counters: Map<K, number>, key: K, by: 1 | -1): number {
  const now = (counters.get(key) ?? 0) + by;
  if (now === 0) counters.delete(key);
  else counters.set(key, now);
  return now;
}
