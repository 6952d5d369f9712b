import { networkOf } from '../core/addresses.ts';
import { rateLimited } from '../core/errors.ts';
import { cut, type EngineConnection } from './engine-internals.ts';
import { TokenBuckets } from './token-buckets.ts';

/** How many packets of whatever kind may come in: from all connections of one `key` together. */
export type PacketQuota = { key: string; perMinute: number };

type Options<Who> = {
  /** Undefined: without a limit. */
  packetsOf(who: Who): PacketQuota | undefined;
  /** How often connections of one network may fail to sign in, a minute; undefined: without a limit. */
  refusedPerNetwork: number | undefined;
  elapsed(): number;
};

/** To sign in takes one packet, and stock clients send none before it but a pong. */
const PACKETS_BEFORE_SIGN_IN = 16;
/** A longer packet counts as several: to read it takes as long. */
const BYTES_A_PACKET = 4096;
/** Which part of its packets must be there again before an owner that was cut off may come back. */
const RECOVERED = 0.25;

/** Where a connection's packets are counted: its own few until it has signed in, then those of its owner. */
type Watched = { ip: string; left: number; quota: PacketQuota | undefined };

/**
 * Cuts connections off that send without end. An event above its limit is answered with an error; but so many answers a second
 * would cost everybody else, so one that sends far more than the limit is not answered any more.
 */
export class FloodGuard<Who> {
  readonly #options: Options<Who>;
  readonly #packets: TokenBuckets;
  readonly #refusals: TokenBuckets;
  readonly #watched = new WeakMap<EngineConnection, Watched>();

  constructor(options: Options<Who>) {
    this.#options = options;
    this.#packets = new TokenBuckets(options.elapsed);
    this.#refusals = new TokenBuckets(options.elapsed);
  }

  /** Throws `ERR_RATE_LIMITED` while this client's network fails to sign in too often. */
  requireGoodStanding(ip: string): void {
    const { refusedPerNetwork } = this.#options;
    if (refusedPerNetwork === undefined) return;
    const retry_after = this.#refusals.secondsUntil(1, networkOf(ip), refusedPerNetwork);
    if (retry_after > 0) throw tooManyRefused({ retry_after });
  }

  opened(connection: EngineConnection, ip: string): void {
    const watched: Watched = { ip, left: PACKETS_BEFORE_SIGN_IN, quota: undefined };
    this.#watched.set(connection, watched);
    connection.on('packet', ({ data }) => {
      if (this.#mayCome(watched, 1 + Math.floor((data?.length ?? 0) / BYTES_A_PACKET))) return;
      if (!watched.quota) this.refused(connection);
      cut(connection);
    });
  }

  /** From now on its packets count as its owner's. Throws `ERR_RATE_LIMITED` while the owner has just sent far too many. */
  admit(connection: EngineConnection, who: Who): void {
    const watched = this.#watched.get(connection);
    if (!watched) return;
    const quota = this.#options.packetsOf(who);
    if (quota) {
      const { key, perMinute } = quota;
      const retry_after = this.#packets.secondsUntil(perMinute * RECOVERED, key, perMinute);
      if (retry_after > 0) throw tooManyPackets({ retry_after });
    }
    watched.quota = quota;
    watched.left = Number.POSITIVE_INFINITY;
  }

  /** It has failed to sign in, which its network may do so often. */
  refused(connection: EngineConnection): void {
    const { refusedPerNetwork } = this.#options;
    const ip = this.#watched.get(connection)?.ip;
    if (refusedPerNetwork !== undefined && ip !== undefined) this.#refusals.take(networkOf(ip), refusedPerNetwork);
  }

  #mayCome(watched: Watched, packets: number): boolean {
    const { quota } = watched;
    if (quota) return this.#packets.take(quota.key, quota.perMinute, packets);
    watched.left -= packets;
    return watched.left >= 0;
  }
}

const tooManyRefused = rateLimited.saying('Too many connections from your network failed to sign in: try again later');
const tooManyPackets = rateLimited.saying('This session sent far more than it may: try again later');
