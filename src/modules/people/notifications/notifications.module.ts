import type { Realtime } from '../../../ports/realtime.ts';
import type { DepsOf, Module } from '../../module.ts';
import { type Broadcasts, createBroadcasts } from './broadcasts.service.ts';
import { broadcastDelivery } from './notifications.jobs.ts';
import { fanOutNotifications } from './notifications.realtime.ts';
import { notificationsRoutes } from './notifications.routes.ts';
import { createNotifications, type Notifications } from './notifications.service.ts';

type Deps = DepsOf<typeof createNotifications> &
  Omit<DepsOf<typeof createBroadcasts>, 'notifications'> & { realtime: Realtime };

export function notificationsModule(deps: Deps): Module<{ notifications: Notifications; broadcasts: Broadcasts }> {
  const notifications = createNotifications(deps);
  const broadcasts = createBroadcasts({ ...deps, notifications });
  return {
    services: { notifications, broadcasts },
    routes: ({ access }) => [notificationsRoutes({ access, notifications })],
    listen: (events) => fanOutNotifications({ events: events.only(), realtime: deps.realtime }),
    jobs: [broadcastDelivery(broadcasts)],
  };
}
