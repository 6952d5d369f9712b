import type { DepsOf, Module } from '../../module.ts';
import { invitesRoutes } from './invites.routes.ts';
import { createInvites, type Invites } from './invites.service.ts';

type InvitesDeps = DepsOf<typeof createInvites>;
type Deps = Omit<InvitesDeps, 'limits'> & { config: { limits: InvitesDeps['limits'] } };

export function invitesModule(deps: Deps): Module<{ invites: Invites }> {
  const invites = createInvites({ ...deps, limits: deps.config.limits });
  return { services: { invites }, routes: ({ access }) => [invitesRoutes({ access, invites })] };
}
