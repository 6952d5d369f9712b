import type { Realtime } from '../../../ports/realtime.ts';
import type { DepsOf, Module } from '../../module.ts';
import { createMutes, type Mutes } from './mutes.ts';
import { punishmentsReaper } from './platform-moderation.jobs.ts';
import { endTimedOut } from './platform-moderation.realtime.ts';
import { createPlatformModeration, type PlatformModeration } from './platform-moderation.service.ts';

type Deps = DepsOf<typeof createPlatformModeration> & DepsOf<typeof createMutes> & { realtime: Realtime };

export function sanctionsModule(deps: Deps): Module<{ platformModeration: PlatformModeration; mutes: Mutes }> {
  const platformModeration = createPlatformModeration(deps);
  return {
    services: { platformModeration, mutes: createMutes(deps) },
    listen: (events) => endTimedOut({ events: events.only(), realtime: deps.realtime }),
    jobs: [punishmentsReaper(platformModeration)],
  };
}
