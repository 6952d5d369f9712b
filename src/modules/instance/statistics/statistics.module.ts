import type { DepsOf, Module } from '../../module.ts';
import { statisticsRoutes } from './statistics.routes.ts';
import { createStatistics, type Statistics } from './statistics.service.ts';

export function statisticsModule(deps: DepsOf<typeof createStatistics>): Module<{ statistics: Statistics }> {
  const statistics = createStatistics(deps);
  return { services: { statistics }, routes: ({ access }) => [statisticsRoutes({ access, statistics })] };
}
