/** The people in one room, by their sockets. */
export class Here {
  readonly #sockets = new Map<number, Set<string>>();
  readonly #people = new Map<string, number>();

  has(userId: number): boolean {
    return this.#sockets.has(userId);
  }

  hasSocket(socketId: string): boolean {
    return this.#people.has(socketId);
  }

  /** The number of people. */
  get size(): number {
    return this.#sockets.size;
  }

  enter(userId: number, socketId: string): void {
    this.#people.set(socketId, userId);
    this.#sockets.set(userId, (this.#sockets.get(userId) ?? new Set()).add(socketId));
  }

  /** The person, if this was their last socket. */
  leave(socketId: string): number | undefined {
    const userId = this.#people.get(socketId);
    if (userId === undefined) return undefined;
    this.#people.delete(socketId);
    const sockets = this.#sockets.get(userId);
    sockets?.delete(socketId);
    if (sockets?.size !== 0) return undefined;
    this.#sockets.delete(userId);
    return userId;
  }

  /** The person is out with all sockets. */
  remove(userId: number): void {
    for (const socketId of this.#sockets.get(userId) ?? []) this.#people.delete(socketId);
    this.#sockets.delete(userId);
  }
}
