import type { Realtime } from '../../../ports/realtime.ts';
import type { DepsOf, Module } from '../../module.ts';
import { announcementsReaper } from './announcements.jobs.ts';
import { fanOutAnnouncements } from './announcements.realtime.ts';
import { announcementsRoutes } from './announcements.routes.ts';
import { type Announcements, createAnnouncements } from './announcements.service.ts';

type Deps = DepsOf<typeof createAnnouncements> & { realtime: Realtime };

export function announcementsModule(deps: Deps): Module<{ announcements: Announcements }> {
  const announcements = createAnnouncements(deps);
  return {
    services: { announcements },
    routes: ({ access }) => [announcementsRoutes({ access, announcements })],
    listen: (events) => fanOutAnnouncements({ events: events.only(), realtime: deps.realtime }),
    jobs: [announcementsReaper(announcements)],
  };
}
