import type { DepsOf, Module } from '../../module.ts';
import { onlineRoutes } from './online.routes.ts';
import { createWhoIsOnline, type WhoIsOnline } from './online.service.ts';

export function onlineModule(deps: DepsOf<typeof createWhoIsOnline>): Module<{ whoIsOnline: WhoIsOnline }> {
  const whoIsOnline = createWhoIsOnline(deps);
  return { services: { whoIsOnline }, routes: ({ access }) => [onlineRoutes({ access, whoIsOnline })] };
}
