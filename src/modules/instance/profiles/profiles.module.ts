import type { DepsOf, Module } from '../../module.ts';
import { profilesRoutes } from './profiles.routes.ts';
import { createProfiles, type Profiles } from './profiles.service.ts';

type Deps = DepsOf<typeof createProfiles> & Pick<Parameters<typeof profilesRoutes>[0], 'users'>;

export function profilesModule(deps: Deps): Module<{ profiles: Profiles }> {
  const profiles = createProfiles(deps);
  return {
    services: { profiles },
    routes: ({ access }) => [profilesRoutes({ access, users: deps.users, profiles })],
  };
}
