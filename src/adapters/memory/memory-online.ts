import type { PersonId } from '../../core/principal.ts';
import type { Online, OnlinePerson, OnlineSocket } from '../../ports/online.ts';

/** The people connected to one process. Maps keep the order of arrival. */
export class MemoryOnline implements Online {
  /** By person: their sockets, each with its session. */
  readonly #people = new Map<PersonId, Map<string, string>>();
  readonly #personOfSocket = new Map<string, PersonId>();

  async arrive({ socketId, sessionId, person }: OnlineSocket): Promise<void> {
    if (this.#personOfSocket.has(socketId)) return;
    this.#personOfSocket.set(socketId, person);
    const sockets = this.#people.get(person) ?? new Map<string, string>();
    this.#people.set(person, sockets.set(socketId, sessionId));
  }

  async depart(socketId: string): Promise<void> {
    const person = this.#personOfSocket.get(socketId);
    if (person === undefined) return;
    this.#personOfSocket.delete(socketId);
    const sockets = this.#people.get(person);
    sockets?.delete(socketId);
    if (sockets?.size === 0) this.#people.delete(person);
  }

  async countPeople(): Promise<number> {
    return this.#people.size;
  }

  async list(offset: number, limit: number): Promise<OnlinePerson[]> {
    return this.#people
      .entries()
      .drop(offset)
      .take(limit)
      .map(([person, sockets]) => ({ person, sessionId: sockets.values().next().value ?? '' }))
      .toArray();
  }

  async among(people: readonly PersonId[]): Promise<Set<PersonId>> {
    return new Set(people.filter((person) => this.#people.has(person)));
  }
}
