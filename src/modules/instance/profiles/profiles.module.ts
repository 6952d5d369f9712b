import type { DepsOf, Module } from '../../module.ts';
import { createUserViews, type UserViews } from './profiles.service.ts';
import { usersRoutes } from './users.routes.ts';

type Deps = DepsOf<typeof createUserViews> & Pick<Parameters<typeof usersRoutes>[0], 'users'>;

export function profilesModule(deps: Deps): Module<{ userViews: UserViews }> {
  const userViews = createUserViews(deps);
  return {
    services: { userViews },
    routes: ({ access }) => [usersRoutes({ access, users: deps.users, userViews })],
  };
}
