import type { DepsOf, Module } from '../../module.ts';
import { hardMutesRoutes } from './hard-mutes.routes.ts';
import { chatModerationReaper } from './moderation.jobs.ts';
import { fanOutModeration } from './moderation.realtime.ts';
import { moderationRoutes } from './moderation.routes.ts';
import { createModeration, type Moderation } from './moderation.service.ts';
import { moderationHandlers } from './moderation.socket.ts';
import { createModerationEnds, type ModerationEnds } from './moderation-ends.service.ts';
import { createMuting, type Muting } from './muting.service.ts';
import { createPardon, type Pardon } from './pardon.ts';
import { sanctionListsRoutes } from './sanction-lists.routes.ts';
import { createSanctionLists } from './sanction-lists.service.ts';
import { createTargets } from './targets.ts';

type ModerationDeps = DepsOf<typeof createModeration>;
type Deps = Omit<ModerationDeps, 'targets' | 'limits'> &
  DepsOf<typeof createTargets> &
  Omit<DepsOf<typeof createMuting>, 'targets'> &
  DepsOf<typeof createModerationEnds> &
  DepsOf<typeof createPardon> &
  DepsOf<typeof createSanctionLists> &
  Omit<DepsOf<typeof fanOutModeration>, 'events'> & { config: { limits: ModerationDeps['limits'] } };

type Services = { moderation: Moderation; muting: Muting; moderationEnds: ModerationEnds; pardon: Pardon };

export function moderationModule(deps: Deps): Module<Services> {
  const targets = createTargets(deps);
  const moderation = createModeration({ ...deps, targets, limits: deps.config.limits });
  const muting = createMuting({ ...deps, targets });
  const moderationEnds = createModerationEnds(deps);
  const sanctionLists = createSanctionLists(deps);
  return {
    services: { moderation, muting, moderationEnds, pardon: createPardon(deps) },
    routes: ({ access }) => [
      moderationRoutes({ access, moderation, muting }),
      sanctionListsRoutes({ access, sanctionLists }),
      hardMutesRoutes({ access, muting }),
    ],
    handlers: moderationHandlers({ moderation }),
    listen: (events) => fanOutModeration({ ...deps, events: events.only() }),
    jobs: [chatModerationReaper(moderationEnds)],
  };
}
