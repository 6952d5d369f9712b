import { isPublicAddress, networkOf } from '../../../core/addresses.ts';
import { type Clock, isoTime } from '../../../core/clock.ts';
import { personOfStranger } from '../../../core/principal.ts';
import type { Random } from '../../../core/random.ts';
import { keyedHash } from '../../../core/secrets.ts';
import type { Queries } from '../../../db/queries.ts';
import type { Unit, Units } from '../../../db/units.ts';
import type { Geo } from '../../../ports/geo.ts';
import type { Online } from '../../../ports/online.ts';
import type { SessionsEvent } from '../sessions/sessions.events.ts';
import type { ClientInfo, OpenedSession, Sessions } from '../sessions/sessions.service.ts';
import type { StrangerActivity } from './activity.ts';
import { newAlias } from './aliases.policy.ts';
import type { LastSeen } from './last-seen.ts';
import { strangerErrors } from './strangers.errors.ts';
import type { Arrived } from './strangers.model.ts';
import * as repository from './strangers.repository.ts';

type Deps = {
  units: Pick<Units<SessionsEvent>, 'run'>;
  clock: Clock;
  random: Random;
  secret: Uint8Array;
  geo: Geo;
  online: Pick<Online, 'hasSession'>;
  sessions: Pick<Sessions, 'openStranger' | 'findStrangerAmong' | 'extendStranger' | 'end'>;
  strangerActivity: Pick<StrangerActivity, 'isBusy'>;
  lastSeen: Pick<LastSeen, 'of'>;
  /** Whether strangers are admitted. */
  isOn: boolean;
  /** Live sessions per network. */
  perNetwork: number;
};

const SIGNATURE_LENGTH = 16;
/** When all sessions of a network are in use, one may be idle again after this. */
const RETRY_S = 60;

export type Strangers = ReturnType<typeof createStrangers>;

/** Sessions of people without an account. */
export function createStrangers(deps: Deps) {
  const { units, clock, random, secret, geo, online, sessions, strangerActivity, lastSeen, isOn, perNetwork } = deps;

  async function isInUse(sessionId: string): Promise<boolean> {
    return (await online.hasSession(sessionId)) || strangerActivity.isBusy(personOfStranger(sessionId));
  }

  /** Ends what has been idle longest until there is room for one more. */
  async function makeRoom(unit: Unit<SessionsEvent>, network: string): Promise<void> {
    if (perNetwork === Number.POSITIVE_INFINITY) return;
    const live = await repository.listLiveOn(unit.db, network, clock.now());
    const ending = live.length - perNetwork + 1;
    if (ending <= 0) return;
    const idle: { sessionId: string; since: number }[] = [];
    for (const { sessionId, lastSeenAt } of live)
      if (!(await isInUse(sessionId))) idle.push({ sessionId, since: lastSeen.of(sessionId, lastSeenAt) });
    if (idle.length < ending) throw strangerErrors.allInUse({ retry_after: RETRY_S });
    const longest = idle.toSorted((a, b) => a.since - b.since).slice(0, ending);
    for (const { sessionId } of longest) await sessions.end(unit, sessionId, 'expired');
  }

  async function open(
    unit: Unit<SessionsEvent>,
    client: ClientInfo,
    countryCode: string | null,
  ): Promise<{ alias: string } & OpenedSession> {
    const network = networkOf(client.ip);
    await makeRoom(unit, network);
    const opened = await sessions.openStranger(unit.db, client);
    const { sessionId, token } = opened;
    const signature = keyedHash(secret, token).toString('hex').slice(0, SIGNATURE_LENGTH);
    const now = clock.now();
    const alias = newAlias(random);
    const stranger = { sessionId, signature, alias, countryCode, network, createdAt: now, lastSeenAt: now };
    await repository.insertStranger(unit.db, stranger);
    return { alias, ...opened };
  }

  /** Throws `ERR_STRANGERS_OFF` where strangers are not admitted. */
  function requireAdmitted(): void {
    if (!isOn) throw strangerErrors.off();
  }

  return {
    requireAdmitted,

    /**
     * Opens a session for someone without an account, or goes on with the one they have. An account's session is left as it
     * is. Throws `ERR_STRANGERS_OFF` where strangers are not admitted.
     */
    async arrive(client: ClientInfo): Promise<{ arrived: Arrived; token: string }> {
      requireAdmitted();
      const place = await geo.find(client.ip);
      return units.run('admit stranger', async (unit) => {
        const known = await sessions.findStrangerAmong(unit.db, client.tokens ?? []);
        const row = known && (await repository.findStranger(unit.db, known.sessionId));
        const { alias, token, expiresAt } =
          known && row ? { ...known, alias: row.alias } : await open(unit, client, place?.country_code ?? null);
        return { arrived: { alias, expires_at: isoTime(expiresAt) }, token };
      });
    },

    /** Lets a stranger's session last at least until then. `ip` is where a search comes from; a block holds there too. */
    async extend(db: Queries, sessionId: string, until: number, ip?: string): Promise<void> {
      await sessions.extendStranger(db, sessionId, until);
      await repository.noteSeen(db, sessionId, clock.now());
      if (ip !== undefined && isPublicAddress(ip)) await repository.noteNetwork(db, sessionId, networkOf(ip));
    },
  };
}
