import { networkOf } from '../core/addresses.ts';
import { type AppError, rateLimited } from '../core/errors.ts';
import type { EngineConnection } from './engine-internals.ts';

/** A named quota of sockets. A socket beyond it is refused with `refusal()`. */
export type SocketQuota = { key: string; most: number; refusal(): AppError };

type Options<Who> = {
  /** How many connections of one network may wait to sign in; undefined: no limit. */
  pendingPerNetwork: number | undefined;
  quotasOf(who: Who): readonly SocketQuota[];
  retryAfterSeconds: number;
};

/** Counts connections: by network until they sign in, then against their quotas. A full quota closes no open connection. */
export class SocketQuotas<Who> {
  readonly #options: Options<Who>;
  readonly #pending = new OpenCounts();
  readonly #taken = new OpenCounts();
  readonly #endPending = new WeakMap<EngineConnection, () => void>();

  constructor(options: Options<Who>) {
    this.#options = options;
  }

  /** Throws `ERR_RATE_LIMITED` when too many connections of this client's network wait to sign in. */
  requireRoom(ip: string): void {
    const { pendingPerNetwork, retryAfterSeconds } = this.#options;
    if (pendingPerNetwork === undefined || this.#pending.of(networkOf(ip)) < pendingPerNetwork) return;
    throw tooManyPending({ retry_after: retryAfterSeconds });
  }

  /** Counts a new connection that has not signed in. */
  opened(connection: EngineConnection, ip: string): void {
    if (this.#options.pendingPerNetwork === undefined) return;
    const end = this.#pending.add(networkOf(ip));
    this.#endPending.set(connection, end);
    connection.on('close', end);
  }

  /** Counts a connection that has signed in, until it closes. Throws the refusal of the first full quota. */
  take(connection: EngineConnection, who: Who): void {
    if (connection.readyState === 'closed') return;
    const quotas = this.#options.quotasOf(who);
    const full = quotas.find(({ key, most }) => this.#taken.of(key) >= most);
    if (full) throw full.refusal();
    for (const { key } of quotas) connection.on('close', this.#taken.add(key));
    this.#endPending.get(connection)?.();
  }
}

const tooManyPending = rateLimited.saying(
  'Too many connections from your network wait to sign in: try again in a moment',
);

/** How many are open, by key. */
class OpenCounts {
  readonly #counts = new Map<string, number>();

  of(key: string): number {
    return this.#counts.get(key) ?? 0;
  }

  /** Adds one. The function returned takes it off again; calling it twice does no harm. */
  add(key: string): () => void {
    this.#counts.set(key, this.of(key) + 1);
    let isOpen = true;
    return () => {
      if (!isOpen) return;
      isOpen = false;
      const rest = this.of(key) - 1;
      if (rest > 0) this.#counts.set(key, rest);
      else this.#counts.delete(key);
    };
  }
}
