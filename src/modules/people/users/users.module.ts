import type { DepsOf, Module } from '../../module.ts';
import { avatarsRoutes } from './avatars.routes.ts';
import { type AvatarAddress, createAvatarAddress } from './users.presenter.ts';
import { createUsers, type Users } from './users.service.ts';

type Deps = Omit<DepsOf<typeof createUsers>, 'avatarAddress'> & {
  config: { server: { publicUrl: string | undefined } };
};

export function usersModule(deps: Deps): Module<{ users: Users; avatarAddress: AvatarAddress }> {
  const avatarAddress = createAvatarAddress(deps.config.server.publicUrl);
  return {
    services: { users: createUsers({ ...deps, avatarAddress }), avatarAddress },
    routes: ({ access }) => [avatarsRoutes({ access })],
  };
}
