import type { Module, RouteTools } from '../../module.ts';
import { adminAuditRoutes } from './admin-audit.routes.ts';
import { adminBotsRoutes } from './admin-bots.routes.ts';
import { adminBrowsersRoutes } from './admin-browsers.routes.ts';
import { adminChatsRoutes } from './admin-chats.routes.ts';
import { adminInstanceRoutes } from './admin-instance.routes.ts';
import { adminModerationRoutes } from './admin-moderation.routes.ts';
import { adminNotificationsRoutes } from './admin-notifications.routes.ts';
import { adminReportsRoutes } from './admin-reports.routes.ts';
import { adminStrangersRoutes } from './admin-strangers.routes.ts';
import { adminSubscriptionsRoutes } from './admin-subscriptions.routes.ts';
import { adminUsersRoutes } from './admin-users.routes.ts';

type Served<Routes extends (deps: never) => unknown> = Omit<Parameters<Routes>[0], keyof RouteTools>;
type Deps = Served<typeof adminAuditRoutes> &
  Served<typeof adminBotsRoutes> &
  Served<typeof adminBrowsersRoutes> &
  Served<typeof adminChatsRoutes> &
  Served<typeof adminInstanceRoutes> &
  Served<typeof adminModerationRoutes> &
  Served<typeof adminNotificationsRoutes> &
  Served<typeof adminReportsRoutes> &
  Served<typeof adminStrangersRoutes> &
  Served<typeof adminSubscriptionsRoutes> &
  Served<typeof adminUsersRoutes>;

/** The admin API. It has no rules of its own: it calls the same services as everyone else. */
export const adminModule = (services: Deps): Module<object> => ({
  services: {},
  routes: ({ access }) =>
    [
      adminAuditRoutes,
      adminBotsRoutes,
      adminBrowsersRoutes,
      adminChatsRoutes,
      adminInstanceRoutes,
      adminModerationRoutes,
      adminNotificationsRoutes,
      adminReportsRoutes,
      adminStrangersRoutes,
      adminSubscriptionsRoutes,
      adminUsersRoutes,
    ].map((routes) => routes({ access, ...services })),
});
