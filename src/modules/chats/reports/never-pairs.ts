import { isPublicAddress, networkOf } from '../../../core/addresses.ts';
import type { Clock } from '../../../core/clock.ts';
import { DAY_MS } from '../../../core/durations.ts';
import { networkKey, personKey } from '../../../core/person-key.ts';
import { type PersonId, strangerSessionOf } from '../../../core/principal.ts';
import type { Queries } from '../../../db/queries.ts';
import type { Units } from '../../../db/units.ts';
import * as repository from './never-pairs.repository.ts';
import type { NeverPairRow } from './reports.tables.ts';

type Deps = { units: Pick<Units<never>, 'run'>; read: Queries; clock: Clock; secret: Uint8Array };

/** One of two who must not meet. `networks`: where the person was seen. */
export type Apart = { person: PersonId; networks: readonly string[] };
type Searcher = { person: PersonId; ip: string };
type Key = { key: string; sessionId: string | null; isNetwork: boolean };

/** Addresses change hands. */
const NETWORK_LASTS_MS = DAY_MS;
const OVER_AT_ONCE = 200;

export type NeverPairs = ReturnType<typeof createNeverPairs>;

/**
 * Keeps two people apart for good. Accounts are known by their id, strangers by their session. A person who returns as another
 * stranger is known by the network for a while, so that a new cookie does not bring the two together again.
 */
export function createNeverPairs({ units, read, clock, secret }: Deps) {
  function keysOfSide({ person, networks }: Apart): Key[] {
    const sessionId = strangerSessionOf(person) ?? null;
    const own = { key: personKey(secret, person), sessionId, isNetwork: false };
    const seen = [...new Set(networks.filter(isPublicNetwork))];
    return [own, ...seen.map((network) => ({ key: networkKey(secret, network), sessionId: null, isNetwork: true }))];
  }

  /** What others may avoid this person by, when they search from this address. */
  function keysOf(person: PersonId, ip: string): string[] {
    // Accounts are known well enough: none is avoided for its address.
    const networks = strangerSessionOf(person) === undefined ? [] : [networkOf(ip)];
    return keysOfSide({ person, networks }).map(({ key }) => key);
  }

  return {
    keysOf,

    /** The keys of those whom this person, who searches from this address, must never meet. */
    avoidsOf(db: Queries, person: PersonId, ip: string): Promise<string[]> {
      return repository.listOthers(db, keysOf(person, ip), clock.now());
    },

    /** Whether the two must never meet, as they search now. */
    async areApart(db: Queries, one: Searcher, other: Searcher): Promise<boolean> {
      return repository.hasPair(db, keysOf(one.person, one.ip), keysOf(other.person, other.ip), clock.now());
    },

    async keepApart(db: Queries, one: Apart, other: Apart): Promise<void> {
      const endsAt = clock.now() + NETWORK_LASTS_MS;
      const pairs = keysOfSide(one).flatMap((a) =>
        keysOfSide(other).flatMap((b): NeverPairRow[] => {
          // Neighbours behind one address would otherwise never meet each other.
          if (a.key === b.key) return [];
          const lasting = a.isNetwork || b.isNetwork ? endsAt : null;
          return [
            { key: a.key, otherKey: b.key, sessionId: a.sessionId ?? b.sessionId, endsAt: lasting },
            { key: b.key, otherKey: a.key, sessionId: b.sessionId ?? a.sessionId, endsAt: lasting },
          ];
        }),
      );
      await repository.insertNeverPairs(db, pairs);
    },

    /** A stranger's session has ended: nobody has its key any more. */
    async forgetSession(sessionId: string): Promise<void> {
      await units.run('forget pairs of stranger', ({ db }) => repository.deletePairsOfSession(db, sessionId));
    },

    /** Deletes pairs whose time is up. True when there may be more. */
    async deleteOver(): Promise<boolean> {
      const over = await repository.listOverPairs(read, clock.now(), OVER_AT_ONCE);
      if (over.length === 0) return false;
      await units.run('delete pairs', ({ db }) => repository.deletePairs(db, over));
      return over.length === OVER_AT_ONCE;
    },
  };
}

function isPublicNetwork(network: string): boolean {
  return isPublicAddress(network.replace(/\/64$/, ''));
}
