import type { PersonId } from '../../core/principal.ts';
import type { Arrival, Departure, Presence, PresentSession, Visitor } from '../../ports/presence.ts';

/** A session in a chat, as others ask for it. Made when its sockets change, since crowds are asked for as a whole. */
type Attendance = {
  visitors: readonly Visitor[];
  present: PresentSession;
  /** With the sockets that can have keys; undefined if there are none. */
  keyed: PresentSession | undefined;
};

/** Maps keep the order of arrival. */
type Room = {
  visitors: Map<string, Visitor>;
  sessions: Map<string, Attendance>;
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
    attend(room, sessionId, [...(room.sessions.get(sessionId)?.visitors ?? []), visitor]);
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
      for (const { socketId } of room?.sessions.get(sessionId)?.visitors ?? []) this.#leave(chatId, socketId);
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
    for (const { keyed } of this.#rooms.get(chatId)?.sessions.values() ?? []) if (keyed) found.push(keyed);
    return found;
  }

  async sessionsOf(chatId: number, people: readonly PersonId[]): Promise<PresentSession[]> {
    const room = this.#rooms.get(chatId);
    const found: PresentSession[] = [];
    for (const person of people)
      for (const sessionId of room?.people.get(person) ?? []) {
        const attendance = room?.sessions.get(sessionId);
        if (attendance) found.push(attendance.present);
      }
    return found;
  }

  async peopleIn(chatId: number): Promise<PersonId[]> {
    return [...(this.#rooms.get(chatId)?.people.keys() ?? [])];
  }

  async firstPeopleOfEach(chatIds: readonly number[], most: number): Promise<PersonId[][]> {
    return chatIds.map((chatId) => [...(this.#rooms.get(chatId)?.people.keys().take(most) ?? [])]);
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
    const others = room.sessions.get(sessionId)?.visitors.filter((one) => one.socketId !== socketId) ?? [];
    const lastOfSession = !attend(room, sessionId, others);
    const lastOfPerson = lastOfSession && remove(room.people, person, sessionId);
    return { ...visitor, chatId, lastOfPerson, lastOfSession };
  }
}

/** Notes the session's sockets in the room. False if there are none. */
function attend(room: Room, sessionId: string, visitors: readonly Visitor[]): boolean {
  const present = presentBy(visitors);
  if (!present) {
    room.sessions.delete(sessionId);
    return false;
  }
  const keyed = visitors.some(({ isKeyless }) => isKeyless)
    ? presentBy(visitors.filter(({ isKeyless }) => !isKeyless))
    : present;
  room.sessions.set(sessionId, { visitors, present, keyed });
  return true;
}

function presentBy(visitors: readonly Visitor[]): PresentSession | undefined {
  const [first] = visitors;
  if (!first) return undefined;
  const { sessionId, person } = first;
  return { sessionId, person, socketIds: visitors.map(({ socketId }) => socketId).reverse() };
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
