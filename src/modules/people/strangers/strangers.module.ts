import type { DepsOf, Module } from '../../module.ts';
import { createStrangerActivity, type StrangerActivity } from './activity.ts';
import { createLastSeen } from './last-seen.ts';
import { createStrangerBlocks, type StrangerBlocks } from './stranger-blocks.service.ts';
import { createStrangerLists, type StrangerLists } from './stranger-lists.service.ts';
import { lastSeenWriter, strangerBlocksReaper } from './strangers.jobs.ts';
import { strangersRoutes } from './strangers.routes.ts';
import { createStrangers, type Strangers } from './strangers.service.ts';

type Made = 'strangerActivity' | 'lastSeen' | 'isOn' | 'perNetwork';
type Deps = Omit<DepsOf<typeof createStrangers>, Made> &
  Omit<DepsOf<typeof createStrangerLists>, Made> &
  DepsOf<typeof createStrangerBlocks> &
  DepsOf<typeof createLastSeen> & {
    config: { match: { strangers: boolean }; limits: { enabled: boolean; strangers: number } };
  };
type Services = {
  strangers: Strangers;
  strangerBlocks: StrangerBlocks;
  strangerLists: StrangerLists;
  strangerActivity: StrangerActivity;
};

export function strangersModule(deps: Deps): Module<Services> {
  const { match, limits } = deps.config;
  const strangerActivity = createStrangerActivity();
  const lastSeen = createLastSeen(deps);
  const perNetwork = limits.enabled ? limits.strangers : Number.POSITIVE_INFINITY;
  const strangers = createStrangers({ ...deps, strangerActivity, lastSeen, isOn: match.strangers, perNetwork });
  const strangerBlocks = createStrangerBlocks(deps);
  const strangerLists = createStrangerLists({ ...deps, strangerActivity });
  return {
    services: { strangers, strangerBlocks, strangerLists, strangerActivity },
    routes: ({ access, cookies }) => [strangersRoutes({ access, strangers, cookies })],
    listen: (events) => lastSeen.listen(events.only()),
    jobs: [lastSeenWriter(lastSeen), strangerBlocksReaper(strangerBlocks)],
    stop: () => lastSeen.write(),
  };
}
