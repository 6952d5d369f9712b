import { networkOf } from '../core/addresses.ts';
import { rateLimited } from '../core/errors.ts';
import { cutOff, type EngineConnection } from './engine-internals.ts';
import { TokenBuckets } from './token-buckets.ts';

/** How many packets of any kind the connections of one `key` may send together. */
export type PacketQuota = { key: string; perMinute: number };

type Options<Who> = {
  /** Undefined: no limit. */
  packetsOf(who: Who): PacketQuota | undefined;
  /** How many sign-ins of one network may fail per minute; undefined: no limit. */
  refusedPerNetwork: number | undefined;
  /** Whether an event comes many times a second and is limited by its handler. */
  isPaced(event: string): boolean;
  elapsed(): number;
};

/** Signing in takes one packet; before it, stock clients send a pong at most. */
const PACKETS_BEFORE_SIGN_IN = 16;
/** A longer packet counts as several, since reading it takes as long. */
const BYTES_A_PACKET = 4096;
/** How many packets with paced events one connection may send: several times what their handlers accept. */
const PACED_PER_MINUTE = 60_000;
/** The name of the event in a packet, of any namespace. */
const EVENT = /^2(?:\/[^,]*,)?\d*\["([\w:]{1,64})"/;

/** The share of the quota that must have refilled before a client that was cut off may reconnect. */
const RECOVERED = 0.25;

/** Where a connection's packets are counted: its own few until it has signed in, then those of its owner. */
type Watched = { ip: string; left: number; quota: PacketQuota | undefined };

/**
 * Closes connections that flood. An event above the rate limit is answered with an error, but the answers themselves cost time,
 * so a client far above the limit is cut off instead.
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

  /** Throws `ERR_RATE_LIMITED` while too many sign-ins of this client's network fail. */
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
      const packets = 1 + Math.floor((data?.length ?? 0) / BYTES_A_PACKET);
      const isPaced = watched.quota !== undefined && this.#isPaced(data);
      if (
        isPaced
          ? this.#packets.take(`paced:${connection.id}`, PACED_PER_MINUTE, packets)
          : this.#mayCome(watched, packets)
      )
        return;
      if (!watched.quota) this.refused(connection);
      cutOff(connection);
    });
  }

  /** Counts the connection's packets against its quota from now on. Throws `ERR_RATE_LIMITED` while the quota is exhausted. */
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

  /** Counts a failed sign-in against the connection's network. */
  refused(connection: EngineConnection): void {
    const { refusedPerNetwork } = this.#options;
    const ip = this.#watched.get(connection)?.ip;
    if (refusedPerNetwork !== undefined && ip !== undefined) this.#refusals.take(networkOf(ip), refusedPerNetwork);
  }

  #isPaced(data: string | Buffer | undefined): boolean {
    const name = typeof data === 'string' ? EVENT.exec(data)?.[1] : undefined;
    return name !== undefined && this.#options.isPaced(name);
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
