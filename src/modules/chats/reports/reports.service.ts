import { networkOf } from '../../../core/addresses.ts';
import type { Clock } from '../../../core/clock.ts';
import { DAY_MS, secondsToWait } from '../../../core/durations.ts';
import { networkKey } from '../../../core/person-key.ts';
import { type Guest, type PersonId, personOf, strangerSessionOf, userIdOf } from '../../../core/principal.ts';
import type { Queries } from '../../../db/queries.ts';
import type { Units } from '../../../db/units.ts';
import { listLastAddresses } from '../../people/sessions/sessions.repository.ts';
import { findStranger } from '../../people/strangers/strangers.repository.ts';
import type { Direct } from '../direct/direct.service.ts';
import { isOnHold } from './holds.policy.ts';
import type { NeverPairs } from './never-pairs.ts';
import { reportErrors } from './reports.errors.ts';
import type { ReportsEvent } from './reports.events.ts';
import type { ReportBody } from './reports.model.ts';
import * as repository from './reports.repository.ts';

type Deps = {
  read: Queries;
  units: Pick<Units<ReportsEvent>, 'run'>;
  clock: Clock;
  secret: Uint8Array;
  direct: Pick<Direct, 'sidesOf'>;
  neverPairs: Pick<NeverPairs, 'keepApart' | 'keysOf' | 'avoidsOf' | 'areApart'>;
  /** Open reports that set off a wait; 0: never. */
  hold: number;
  /** Reports per day; undefined: no limit. */
  perDay: number | undefined;
};

const KEPT_MS = 180 * DAY_MS;
const OLD_AT_ONCE = 200;
const DONE = { message: 'Reported' };

export type Reports = ReturnType<typeof createReports>;

/** Reports of one participant of a direct chat about the other. The reported one is told nothing. */
export function createReports({ read, units, clock, secret, direct, neverPairs, hold, perDay }: Deps) {
  async function isHeld(db: Queries, person: PersonId): Promise<boolean> {
    return hold > 0 && isOnHold(await repository.listOpenAgainst(db, person), hold);
  }

  async function requireBelowLimit(db: Queries, reporter: PersonId, network: string): Promise<void> {
    if (perDay === undefined) return;
    const since = clock.now() - DAY_MS;
    const times =
      strangerSessionOf(reporter) === undefined
        ? await repository.listTimesOfUser(db, reporter, since, perDay)
        : await repository.listTimesOfStrangers(db, network, since, perDay);
    const oldest = times[perDay - 1];
    if (oldest !== undefined) throw reportErrors.tooMany({ retry_after: secondsToWait(oldest - since) });
  }

  /** Where the person was seen; by what moderators know a stranger. */
  async function tracesOf(db: Queries, person: PersonId): Promise<{ signature: string | null; networks: string[] }> {
    const userId = userIdOf(person);
    if (userId !== undefined) {
      const addresses = await listLastAddresses(db, userId, clock.now());
      return { signature: null, networks: addresses.map(networkOf) };
    }
    const row = await findStranger(db, strangerSessionOf(person) ?? '');
    if (!row) return { signature: null, networks: [] };
    return { signature: row.signature, networks: [row.network, row.lastNetwork ?? []].flat() };
  }

  return {
    keysOf: neverPairs.keysOf,
    avoidsOf: neverPairs.avoidsOf,
    areApart: neverPairs.areApart,

    /** Reports the other participant. Does nothing while an earlier report of this chat by the same person is open. */
    async make(who: Guest, { chat_id: chatId, reason }: ReportBody, ip: string): Promise<{ message: string }> {
      return units.run('report', async ({ db, emit }) => {
        const { own, peer } = await direct.sidesOf(db, who, chatId);
        const reporter = personOf(who);
        if (await repository.hasOpenReport(db, chatId, reporter)) return DONE;
        const from = networkOf(ip);
        const network = networkKey(secret, from);
        await requireBelowLimit(db, reporter, network);
        const [ownTraces, peerTraces] = [await tracesOf(db, reporter), await tracesOf(db, peer.person)];
        await repository.insertReport(db, {
          chatId,
          reason: reason.trim(),
          state: 'open',
          createdAt: clock.now(),
          reporter,
          reporterSignature: ownTraces.signature,
          reporterAlias: own.alias,
          reporterNetwork: network,
          reported: peer.person,
          reportedSignature: peerTraces.signature,
          reportedAlias: peer.alias,
        });
        await neverPairs.keepApart(
          db,
          { person: reporter, networks: [from, ...ownTraces.networks] },
          { person: peer.person, networks: peerTraces.networks },
        );
        const held = await isHeld(db, peer.person);
        emit({ name: 'report.made', reporter, reported: peer.person, isOnHold: held });
        return DONE;
      });
    },

    /** Throws `ERR_MATCH_ON_HOLD` while reports about the person wait for a moderator. */
    async requireNotOnHold(db: Queries, person: PersonId): Promise<void> {
      if (await isHeld(db, person)) throw reportErrors.onHold();
    },

    /** Deletes reports that have been kept long enough. True when there may be more. */
    async deleteOld(): Promise<boolean> {
      const old = await repository.listOldReports(read, clock.now() - KEPT_MS, OLD_AT_ONCE);
      if (old.length === 0) return false;
      await units.run('delete reports', ({ db }) => repository.deleteReports(db, old));
      return old.length === OLD_AT_ONCE;
    },
  };
}
