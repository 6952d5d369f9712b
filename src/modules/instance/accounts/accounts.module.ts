import type { DepsOf, Module } from '../../module.ts';
import { createUserDeletion, type UserDeletion } from './account-deletion.service.ts';
import { createUserLevels, type UserLevels } from './account-levels.service.ts';
import { deletedUsersPurge } from './accounts.jobs.ts';

type Deps = DepsOf<typeof createUserDeletion> & DepsOf<typeof createUserLevels>;

export function accountsModule(deps: Deps): Module<{ userLevels: UserLevels; userDeletion: UserDeletion }> {
  const userDeletion = createUserDeletion(deps);
  return {
    services: { userLevels: createUserLevels(deps), userDeletion },
    jobs: [deletedUsersPurge(userDeletion)],
  };
}
