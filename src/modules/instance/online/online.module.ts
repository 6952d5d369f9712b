import type { DepsOf, Module } from '../../module.ts';
import { onlineStatusRoutes } from './online-status.routes.ts';
import { createOnlineStatus, type OnlineStatus } from './online-status.service.ts';

export function onlineModule(deps: DepsOf<typeof createOnlineStatus>): Module<{ onlineStatus: OnlineStatus }> {
  const onlineStatus = createOnlineStatus(deps);
  return { services: { onlineStatus }, routes: ({ access }) => [onlineStatusRoutes({ access, onlineStatus })] };
}
