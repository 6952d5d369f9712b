import type { PersonId } from '../../core/principal.ts';
import type { Arrival, Departure, Presence, PresentSession, Visitor } from '../../ports/presence.ts';

/** Maps keep the order of arrival. */
type Room = {
  visitors: Map<string, Visitor>;
  /** By session: its sockets in the chat. */
  sessions: Map<string, Map<string, Visitor>>;
  /** By person: their sessions in the chat. */
  people: Map<PersonId, Set<string>>;
};

/** Presence of one process. */
export class MemoryPresence implements Presence {
  readonly #rooms = new Map<number, Room>();
  readonly #chatsOfSocket = new Map<string, Set<number>>();
  /** By session and chat: the number of sockets. */
  readonly #chatsOfSession = new Map<string, Map<number, number>>();

  async enter(chatId: number, visitor: Visitor): Promise<Arrival> {
    const { socketId, sessionId, person } = visitor;
    const room = this.#rooms.get(chatId) ?? { visitors: new Map(), sessions: new Map(), people: new Map() };
    this.#rooms.set(chatId, room);
    if (room.visitors.has(socketId)) return { firstOfPerson: false, firstOfSession: false, people: room.people.size };
    room.visitors.set(socketId, visitor);
    this.#chatsOfSocket.set(socketId, (this.#chatsOfSocket.get(socketId) ?? new Set()).add(chatId));
    const ofSession = this.#chatsOfSession.get(sessionId) ?? new Map<number, number>();
    this.#chatsOfSession.set(sessionId, ofSession);
    change(ofSession, chatId, 1);
    const arrival = { firstOfPerson: !room.people.has(person), firstOfSession: !room.sessions.has(sessionId) };
    room.sessions.set(sessionId, (room.sessions.get(sessionId) ?? new Map()).set(socketId, visitor));
    room.people.set(person, (room.people.get(person) ?? new Set()).add(sessionId));
    return { ...arrival, people: room.people.size };
  }

  async leave(chatId: number, socketId: string): Promise<Departure | undefined> {
    return this.#leave(chatId, socketId);
  }

  async leaveAll(socketId: string): Promise<Departure[]> {
    const chats = [...(this.#chatsOfSocket.get(socketId) ?? [])];
    return chats.flatMap((chatId) => this.#leave(chatId, socketId) ?? []);
  }

  async remove(chatId: number, person: PersonId): Promise<string[]> {
    const room = this.#rooms.get(chatId);
    const sessions = [...(room?.people.get(person) ?? [])];
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
    const found: PresentSession[] = [];
    for (const sockets of this.#rooms.get(chatId)?.sessions.values() ?? []) addPresent(found, withKeys(sockets));
    return found;
  }

  async sessionsOf(chatId: number, people: readonly PersonId[]): Promise<PresentSession[]> {
    const room = this.#rooms.get(chatId);
    const found: PresentSession[] = [];
    for (const person of people)
      for (const sessionId of room?.people.get(person) ?? []) addPresent(found, room?.sessions.get(sessionId));
    return found;
  }

  async peopleIn(chatId: number): Promise<PersonId[]> {
    return [...(this.#rooms.get(chatId)?.people.keys() ?? [])];
  }

  async countPeople(chatId: number): Promise<number> {
    return this.#rooms.get(chatId)?.people.size ?? 0;
  }

  async countPeopleOfEach(chatIds: readonly number[]): Promise<number[]> {
    return chatIds.map((chatId) => this.#rooms.get(chatId)?.people.size ?? 0);
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
    const { sessionId, person } = visitor;
    room.visitors.delete(socketId);
    if (room.visitors.size === 0) this.#rooms.delete(chatId);
    remove(this.#chatsOfSocket, socketId, chatId);
    const ofSession = this.#chatsOfSession.get(sessionId);
    if (ofSession) change(ofSession, chatId, -1);
    if (ofSession?.size === 0) this.#chatsOfSession.delete(sessionId);
    const lastOfSession = remove(room.sessions, sessionId, socketId);
    const lastOfPerson = lastOfSession && remove(room.people, person, sessionId);
    return { ...visitor, chatId, lastOfPerson, lastOfSession };
  }
}

/** Adds the session of these sockets. Asked for whole crowds at a time, so it makes nothing that it does not give. */
function addPresent(found: PresentSession[], sockets: ReadonlyMap<string, Visitor> | undefined): void {
  const [first] = sockets?.values() ?? [];
  if (!sockets || !first) return;
  const { sessionId, person, socketId } = first;
  found.push({ sessionId, person, socketIds: sockets.size === 1 ? [socketId] : [...sockets.keys()].reverse() });
}

/** Those that can have keys: nearly always all of them. */
function withKeys(sockets: ReadonlyMap<string, Visitor>): ReadonlyMap<string, Visitor> {
  for (const { isKeyless } of sockets.values())
    if (isKeyless) return new Map([...sockets].filter(([, visitor]) => !visitor.isKeyless));
  return sockets;
}

/** Removes an entry from a collection, and the collection once it is empty. True if it was the last entry. */
function remove<K, V>(all: Map<K, { delete(value: V): boolean; readonly size: number }>, key: K, value: V): boolean {
  const some = all.get(key);
  some?.delete(value);
  return some?.size === 0 && all.delete(key);
}

/** Adds to a counter and removes it at 0. */
function change<K>(counters: Map<K, number>, key: K, by: 1 | -1): void {
  const now = (counters.get(key) ?? 0) + by;
  if (now === 0) counters.delete(key);
  else counters.set(key, now);
}
