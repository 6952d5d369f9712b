import { type Clock, isoTime } from '../../../core/clock.ts';
import type { UserPrincipal } from '../../../core/principal.ts';
import type { Queries } from '../../../db/queries.ts';
import type { Units } from '../../../db/units.ts';
import type { Geo } from '../../../ports/geo.ts';
import { sessionErrors } from './sessions.errors.ts';
import type { SessionsEvent } from './sessions.events.ts';
import type { OwnSessions, PastSession, Session } from './sessions.model.ts';
import * as repository from './sessions.repository.ts';
import type { Sessions } from './sessions.service.ts';
import type { SessionRow } from './sessions.tables.ts';

type Deps = {
  read: Queries;
  units: Pick<Units<SessionsEvent>, 'run'>;
  clock: Clock;
  geo: Geo;
  sessions: Pick<Sessions, 'end' | 'endAll'>;
};

const SHOWN = 50;

export type SessionLists = ReturnType<typeof createSessionLists>;

/** A user's view of their own sessions. */
export function createSessionLists({ read, units, clock, geo, sessions }: Deps) {
  async function presentPast({ tokenSuffix, createdAt, clientIp, userAgent }: SessionRow): Promise<PastSession> {
    return {
      token_suffix: tokenSuffix,
      created_at: isoTime(createdAt),
      client_ip: clientIp,
      user_agent: userAgent,
      geo: await geo.find(clientIp),
    };
  }

  async function present(row: SessionRow, currentId: string): Promise<Session> {
    return { ...(await presentPast(row)), expires_at: isoTime(row.expiresAt), is_current: row.id === currentId };
  }

  return {
    /** The caller's open and ended sessions. */
    async own({ userId, sessionId }: UserPrincipal): Promise<OwnSessions> {
      const now = clock.now();
      const live = await repository.listLive(read, userId, now);
      const ended = await repository.listEnded(read, userId, now, SHOWN);
      return {
        sessions: await Promise.all(live.map((row) => present(row, sessionId))),
        history: await Promise.all(ended.map(presentPast)),
      };
    },

    /** A user's latest sessions, open and ended. */
    async latestOf(userId: number): Promise<PastSession[]> {
      return Promise.all((await repository.listLatest(read, userId, SHOWN)).map(presentPast));
    },

    /** Ends all of the caller's sessions except the current one. */
    async destroyOthers({ userId, sessionId }: UserPrincipal): Promise<{ destroyed: number }> {
      return units.run('destroy sessions', async (unit) => ({
        destroyed: await sessions.endAll(unit, userId, 'destroyed', { except: sessionId }),
      }));
    },

    /** Ends the caller's sessions with this token suffix, never the current one. */
    async destroy({ userId, sessionId }: UserPrincipal, suffix: string): Promise<{ destroyed: true }> {
      return units.run('destroy session', async (unit) => {
        const live = await repository.listLive(unit.db, userId, clock.now());
        const meant = live.filter(({ tokenSuffix }) => tokenSuffix === suffix);
        const others = meant.filter(({ id }) => id !== sessionId);
        if (meant.length === 0) throw sessionErrors.notFound();
        if (others.length === 0) throw sessionErrors.current();
        for (const { id } of others) await sessions.end(unit, id, 'destroyed');
        return { destroyed: true };
      });
    },
  };
}
