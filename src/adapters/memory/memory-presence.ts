import type { Arrival, Departure, Presence, PresentSession, Visitor } from '../../ports/presence.ts';

/** Maps keep the order of arrival. */
type Room = {
  visitors: Map<string, Visitor>;
  /** By session, its sockets here. */
  sessions: Map<string, Map<string, Visitor>>;
  /** By user, their sessions here. */
  users: Map<number, Set<string>>;
};

/** Presence of one process. */
export class MemoryPresence implements Presence {
  readonly #rooms = new Map<number, Room>();
  readonly #chatsOfSocket = new Map<string, Set<number>>();
  /** By session and chat, how many sockets. */
  readonly #chatsOfSession = new Map<string, Map<number, number>>();

  async enter(chatId: number, visitor: Visitor): Promise<Arrival> {
    const { socketId, sessionId, userId } = visitor;
    const room = this.#rooms.get(chatId) ?? { visitors: new Map(), sessions: new Map(), users: new Map() };
    this.#rooms.set(chatId, room);
    if (room.visitors.has(socketId)) return { firstOfUser: false, firstOfSession: false };
    room.visitors.set(socketId, visitor);
    this.#chatsOfSocket.set(socketId, (this.#chatsOfSocket.get(socketId) ?? new Set()).add(chatId));
    const ofSession = this.#chatsOfSession.get(sessionId) ?? new Map<number, number>();
    this.#chatsOfSession.set(sessionId, ofSession);
    change(ofSession, chatId, 1);
    const arrival = { firstOfUser: !room.users.has(userId), firstOfSession: !room.sessions.has(sessionId) };
    room.sessions.set(sessionId, (room.sessions.get(sessionId) ?? new Map()).set(socketId, visitor));
    room.users.set(userId, (room.users.get(userId) ?? new Set()).add(sessionId));
    return arrival;
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
    const sessions = [...(room?.users.get(userId) ?? [])];
    for (const sessionId of sessions)
      for (const socketId of [...(room?.sessions.get(sessionId)?.keys() ?? [])]) this.#leave(chatId, socketId);
    return sessions;
  }

  async clear(chatId: number): Promise<void> {
    for (const socketId of [...(this.#rooms.get(chatId)?.visitors.keys() ?? [])]) this.#leave(chatId, socketId);
  }

  async hasSession(chatId: number, sessionId: string): Promise<boolean> {
    return this.#rooms.get(chatId)?.sessions.has(sessionId) ?? false;
  }

  async sessionsIn(chatId: number): Promise<PresentSession[]> {
    return [...(this.#rooms.get(chatId)?.sessions.values() ?? [])].flatMap(oldest);
  }

  async sessionsOf(chatId: number, userIds: readonly number[]): Promise<PresentSession[]> {
    const room = this.#rooms.get(chatId);
    if (!room) return [];
    return userIds.flatMap((userId) =>
      [...(room.users.get(userId) ?? [])].flatMap((sessionId) => oldest(room.sessions.get(sessionId) ?? new Map())),
    );
  }

  async usersIn(chatId: number): Promise<number[]> {
    return [...(this.#rooms.get(chatId)?.users.keys() ?? [])];
  }

  async countUsers(chatId: number): Promise<number> {
    return this.#rooms.get(chatId)?.users.size ?? 0;
  }

  async countUsersOfEach(chatIds: readonly number[]): Promise<number[]> {
    return chatIds.map((chatId) => this.#rooms.get(chatId)?.users.size ?? 0);
  }

  async countChats(): Promise<number> {
    return this.#rooms.size;
  }

  async chatsOf(sessionId: string): Promise<number[]> {
    return [...(this.#chatsOfSession.get(sessionId)?.keys() ?? [])];
  }

  #leave(chatId: number, socketId: string): Departure | undefined {
    const room = this.#rooms.get(chatId);
    const visitor = room?.visitors.get(socketId);
    if (!room || !visitor) return undefined;
    const { sessionId, userId } = visitor;
    room.visitors.delete(socketId);
    if (room.visitors.size === 0) this.#rooms.delete(chatId);
    remove(this.#chatsOfSocket, socketId, chatId);
    const ofSession = this.#chatsOfSession.get(sessionId);
    if (ofSession) change(ofSession, chatId, -1);
    if (ofSession?.size === 0) this.#chatsOfSession.delete(sessionId);
    const lastOfSession = remove(room.sessions, sessionId, socketId);
    const lastOfUser = lastOfSession && remove(room.users, userId, sessionId);
    return { ...visitor, chatId, lastOfUser, lastOfSession };
  }
}

function oldest(sockets: ReadonlyMap<string, Visitor>): Visitor[] {
  const [first] = sockets.values();
  return first ? [first] : [];
}

/** Takes an entry out of one of several collections; true when that was its last one, and then the collection goes, too. */
function remove<K, V>(all: Map<K, { delete(value: V): boolean; readonly size: number }>, key: K, value: V): boolean {
  const some = all.get(key);
  some?.delete(value);
  return some?.size === 0 && all.delete(key);
}

/** Adds to a counter; a counter at 0 goes. */
function change<K>(counters: Map<K, number>, key: K, by: 1 | -1): void {
  const now = (counters.get(key) ?? 0) + by;
  if (now === 0) counters.delete(key);
  else counters.set(key, now);
}
