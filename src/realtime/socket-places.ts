import { networkOf } from '../core/addresses.ts';
import { type AppError, rateLimited } from '../core/errors.ts';
import type { EngineConnection } from './engine-internals.ts';

/** Something that has room for so many sockets; whoever comes when it is full hears why. */
export type Place = { key: string; most: number; refusal(): AppError };

type Options<Who> = {
  /** Connections of one network that have not been let in yet; undefined: no limit. */
  pendingPerNetwork: number | undefined;
  placesOf(who: Who): readonly Place[];
  retryAfterSeconds: number;
};

/** Counts connections: by network until they are let in, then by what they belong to. Those that are there stay. */
export class SocketPlaces<Who> {
  readonly #options: Options<Who>;
  readonly #pending = new OpenCounts();
  readonly #taken = new OpenCounts();
  readonly #endPending = new WeakMap<EngineConnection, () => void>();

  constructor(options: Options<Who>) {
    this.#options = options;
  }

  /** Throws `ERR_RATE_LIMITED` when too many of this client's network wait to be let in. */
  requireRoom(ip: string): void {
    const { pendingPerNetwork, retryAfterSeconds } = this.#options;
    if (pendingPerNetwork === undefined || this.#pending.of(networkOf(ip)) < pendingPerNetwork) return;
    throw tooManyPending({ retry_after: retryAfterSeconds });
  }

  /** A connection is there that has not been let in. */
  opened(connection: EngineConnection, ip: string): void {
    if (this.#options.pendingPerNetwork === undefined) return;
    const end = this.#pending.add(networkOf(ip));
    this.#endPending.set(connection, end);
    connection.on('close', end);
  }

  /** It is let in, and counts where it belongs until it closes. Throws the refusal of the first place that is full. */
  take(connection: EngineConnection, who: Who): void {
    if (connection.readyState === 'closed') return;
    const places = this.#options.placesOf(who);
    const full = places.find(({ key, most }) => this.#taken.of(key) >= most);
    if (full) throw full.refusal();
    for (const { key } of places) connection.on('close', this.#taken.add(key));
    this.#endPending.get(connection)?.();
  }
}

const tooManyPending = rateLimited.saying(
  'Too many connections from your network wait to sign in: try again in a moment',
);

/** How many are open now, by key. */
class OpenCounts {
  readonly #counts = new Map<string, number>();

  of(key: string): number {
    return this.#counts.get(key) ?? 0;
  }

  /** One more. Gives what takes it off again, however often it is called. */
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
