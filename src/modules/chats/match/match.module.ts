import { createDueTimer } from '../../../core/due-timer.ts';
import type { DepsOf, Module } from '../../module.ts';
import type { StrangerActivity } from '../../people/strangers/activity.ts';
import type { StrangerBlocks } from '../../people/strangers/stranger-blocks.service.ts';
import type { Strangers } from '../../people/strangers/strangers.service.ts';
import type { Direct } from '../direct/direct.service.ts';
import type { Reports } from '../reports/reports.service.ts';
import { createFreshPairs } from './fresh-pairs.ts';
import { matchCheck } from './match.jobs.ts';
import { fanOutMatch } from './match.realtime.ts';
import { matchRoutes } from './match.routes.ts';
import { createMatch, type Match } from './match.service.ts';
import { createPairsUnderWay } from './pairs-under-way.ts';
import { createSearching, type Queue } from './searching.ts';
import { createStateTeller } from './state-teller.ts';
import { createStates } from './states.ts';

type MatchDeps = DepsOf<typeof createMatch>;
type SearchingDeps = DepsOf<typeof createSearching>;

type Deps = Pick<MatchDeps, 'units' | 'geo' | 'limiter'> &
  Pick<SearchingDeps, 'read' | 'clock' | 'logger' | 'directPeople'> &
  Omit<DepsOf<typeof createStateTeller>, 'states'> &
  Omit<DepsOf<typeof createDueTimer>, 'work' | 'nextDue' | 'run'> & {
    online: MatchDeps['online'];
    matchQueue: Queue;
    direct: Direct;
    strangers: Pick<Strangers, 'extend' | 'requireAdmitted'>;
    strangerActivity: Pick<StrangerActivity, 'add'>;
    strangerBlocks: Pick<StrangerBlocks, 'requireNotBlocked'>;
    reports: Pick<Reports, 'keysOf' | 'avoidsOf' | 'areApart' | 'requireNotOnHold'>;
    config: { limits: { enabled: boolean; match: number } };
  };

export function matchModule(deps: Deps): Module<{ match: Match }> {
  const { matchQueue: queue, direct, strangers, strangerBlocks, reports, timers, logger } = deps;
  const { enabled, match: perMinute } = deps.config.limits;
  const { requireNotBlocked } = strangerBlocks;
  const { requireNotOnHold } = reports;
  const pairsUnderWay = createPairsUnderWay();
  const freshPairs = createFreshPairs(deps);
  const states = createStates({ ...deps, queue, pairsUnderWay });
  const stateTeller = createStateTeller({ ...deps, states });
  const changed = stateTeller.tell;
  const matchTimer = createDueTimer({
    timers,
    logger,
    work: 'settling searches',
    async nextDue() {
      const inMs = await queue.nextDueInMs();
      return inMs === undefined ? undefined : timers.now() + inMs;
    },
    run: () => match.settleDue(),
  });
  const searching = createSearching({
    ...deps,
    queue,
    pairsUnderWay,
    freshPairs,
    changed,
    guards: { ...reports, requireNotBlocked },
  });
  const match = createMatch({
    ...deps,
    queue,
    searching,
    states,
    pairsUnderWay,
    freshPairs,
    changed,
    planned: () => void matchTimer.plan(),
    perMinute: enabled ? perMinute : undefined,
    guards: {
      requireNotBlocked,
      requireNotOnHold,
      extend: strangers.extend,
      requireAdmitted: ({ kind }) => (kind === 'stranger' ? strangers.requireAdmitted() : undefined),
    },
  });
  deps.strangerActivity.add({
    isBusy: async (person) => pairsUnderWay.has(person) || (await match.searchingSince(person)) !== undefined,
    async stateOf(person) {
      const since = await match.searchingSince(person);
      return since === undefined ? undefined : { state: 'searching', since };
    },
  });
  return {
    services: { match },
    routes: ({ access }) => [matchRoutes({ access, match, direct })],
    listen: (events) => fanOutMatch({ events: events.only(), match, stateTeller }),
    jobs: [matchCheck(matchTimer)],
    stop: () => matchTimer.stop(),
  };
}
