import type { Realtime } from '../../../ports/realtime.ts';
import type { DepsOf, Module } from '../../module.ts';
import { createSessionLists, type SessionLists } from './session-lists.service.ts';
import { activityWriter, sessionsPurge, sessionsReaper } from './sessions.jobs.ts';
import { endSockets } from './sessions.realtime.ts';
import { sessionsRoutes } from './sessions.routes.ts';
import { createSessions, type Sessions } from './sessions.service.ts';

type Deps = DepsOf<typeof createSessions> &
  Omit<DepsOf<typeof createSessionLists>, 'sessions'> & { realtime: Realtime };

export function sessionsModule(deps: Deps): Module<{ sessions: Sessions; sessionLists: SessionLists }> {
  const sessions = createSessions(deps);
  const sessionLists = createSessionLists({ ...deps, sessions });
  return {
    services: { sessions, sessionLists },
    routes: ({ access }) => [sessionsRoutes({ access, sessionLists })],
    listen: (events) => endSockets({ events: events.only(), realtime: deps.realtime }),
    jobs: [sessionsReaper(sessions), sessionsPurge(sessions), activityWriter(sessions)],
    stop: () => sessions.writeActivity(),
  };
}
