import type { Online, OnlineSocket, OnlineUser } from '../../ports/online.ts';

/** Who is connected to one process. Maps keep the order of arrival. */
export class MemoryOnline implements Online {
  /** By user: their sockets, each with its session. */
  readonly #users = new Map<number, Map<string, string>>();
  readonly #userOfSocket = new Map<string, number>();

  async arrive({ socketId, sessionId, userId }: OnlineSocket): Promise<void> {
    if (this.#userOfSocket.has(socketId)) return;
    this.#userOfSocket.set(socketId, userId);
    const sockets = this.#users.get(userId) ?? new Map<string, string>();
    this.#users.set(userId, sockets.set(socketId, sessionId));
  }

  async depart(socketId: string): Promise<void> {
    const userId = this.#userOfSocket.get(socketId);
    if (userId === undefined) return;
    this.#userOfSocket.delete(socketId);
    const sockets = this.#users.get(userId);
    sockets?.delete(socketId);
    if (sockets?.size === 0) this.#users.delete(userId);
  }

  async countUsers(): Promise<number> {
    return this.#users.size;
  }

  async list(offset: number, limit: number): Promise<OnlineUser[]> {
    return this.#users
      .entries()
      .drop(offset)
      .take(limit)
      .map(([userId, sockets]) => ({ userId, sessionId: sockets.values().next().value ?? '' }))
      .toArray();
  }

  async among(userIds: readonly number[]): Promise<Set<number>> {
    return new Set(userIds.filter((userId) => this.#users.has(userId)));
  }
}
