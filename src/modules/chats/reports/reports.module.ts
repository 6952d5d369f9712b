import type { EventBus } from '../../../core/events.ts';
import type { DepsOf, Module } from '../../module.ts';
import type { SessionsEvent } from '../../people/sessions/sessions.events.ts';
import { createNeverPairs } from './never-pairs.ts';
import { createReportDecisions, type ReportDecisions } from './report-decisions.service.ts';
import { neverPairsPurge, reportsPurge } from './reports.jobs.ts';
import { reportsRoutes } from './reports.routes.ts';
import { createReports, type Reports } from './reports.service.ts';

type Deps = Omit<DepsOf<typeof createReports>, 'neverPairs' | 'hold' | 'perDay'> &
  DepsOf<typeof createNeverPairs> &
  DepsOf<typeof createReportDecisions> & {
    config: { match: { reportHold: number }; limits: { enabled: boolean; reports: number } };
  };
type Services = { reports: Reports; reportDecisions: ReportDecisions };

export function reportsModule(deps: Deps): Module<Services> {
  const { match, limits } = deps.config;
  const neverPairs = createNeverPairs(deps);
  const perDay = limits.enabled ? limits.reports : undefined;
  const reports = createReports({ ...deps, neverPairs, hold: match.reportHold, perDay });
  return {
    services: { reports, reportDecisions: createReportDecisions(deps) },
    routes: ({ access }) => [reportsRoutes({ access, reports })],
    listen(events) {
      const heard: EventBus<SessionsEvent> = events.only();
      heard.on('session.ended', async ({ sessionId, userId }) => {
        if (userId === null) await neverPairs.forgetSession(sessionId);
      });
    },
    jobs: [reportsPurge(reports), neverPairsPurge(neverPairs)],
  };
}
