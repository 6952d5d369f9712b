import { type PersonId, userIdOf } from '../../core/principal.ts';
import type { Arrival, Departure, Online, OnlinePerson, OnlineSocket } from '../../ports/online.ts';

/** By person: their sockets, each with its session. */
type People = Map<PersonId, Map<string, string>>;

/** The people connected to one process. Maps keep the order of arrival. */
export class MemoryOnline implements Online {
  readonly #users: People = new Map();
  readonly #strangers: People = new Map();
  readonly #socketsOfSession = new Map<string, number>();
  readonly #personOfSession = new Map<string, PersonId>();
  readonly #personOfSocket = new Map<string, PersonId>();

  async arrive({ socketId, sessionId, person }: OnlineSocket): Promise<Arrival> {
    if (this.#personOfSocket.has(socketId)) return { firstOfPerson: false, firstOfSession: false };
    this.#personOfSocket.set(socketId, person);
    const people = this.#peopleLike(person);
    const known = people.get(person);
    people.set(person, (known ?? new Map<string, string>()).set(socketId, sessionId));
    const before = this.#socketsOfSession.get(sessionId) ?? 0;
    this.#socketsOfSession.set(sessionId, before + 1);
    this.#personOfSession.set(sessionId, person);
    return { firstOfPerson: known === undefined, firstOfSession: before === 0 };
  }

  async depart(socketId: string): Promise<Departure | undefined> {
    const person = this.#personOfSocket.get(socketId);
    if (person === undefined) return undefined;
    this.#personOfSocket.delete(socketId);
    const people = this.#peopleLike(person);
    const sockets = people.get(person);
    const sessionId = sockets?.get(socketId) ?? '';
    sockets?.delete(socketId);
    const lastOfPerson = sockets?.size === 0;
    if (lastOfPerson) people.delete(person);
    const left = (this.#socketsOfSession.get(sessionId) ?? 1) - 1;
    if (left === 0) {
      this.#socketsOfSession.delete(sessionId);
      this.#personOfSession.delete(sessionId);
    } else this.#socketsOfSession.set(sessionId, left);
    return { person, sessionId, lastOfPerson, lastOfSession: left === 0 };
  }

  async hasPerson(person: PersonId): Promise<boolean> {
    return this.#peopleLike(person).has(person);
  }

  async hasSession(sessionId: string): Promise<boolean> {
    return this.#socketsOfSession.has(sessionId);
  }

  async socketsOf(sessionId: string): Promise<string[]> {
    const person = this.#personOfSession.get(sessionId);
    const sockets = person === undefined ? undefined : this.#peopleLike(person).get(person);
    return [...(sockets ?? [])].filter(([, session]) => session === sessionId).map(([socketId]) => socketId);
  }

  async sessionsOf(person: PersonId): Promise<string[]> {
    return [...new Set(this.#peopleLike(person).get(person)?.values())];
  }

  async countPeople(): Promise<number> {
    return this.#users.size + this.#strangers.size;
  }

  async countUsers(): Promise<number> {
    return this.#users.size;
  }

  async listUsers(offset: number, limit: number): Promise<OnlinePerson[]> {
    return this.#users
      .entries()
      .drop(offset)
      .take(limit)
      .map(([person, sockets]) => ({ person, sessionId: sockets.values().next().value ?? '' }))
      .toArray();
  }

  async listStrangers(): Promise<PersonId[]> {
    return [...this.#strangers.keys()];
  }

  async among(people: readonly PersonId[]): Promise<Set<PersonId>> {
    return new Set(people.filter((person) => this.#peopleLike(person).has(person)));
  }

  #peopleLike(person: PersonId): People {
    return userIdOf(person) === undefined ? this.#strangers : this.#users;
  }
}
