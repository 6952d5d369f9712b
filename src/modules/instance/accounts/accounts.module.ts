import type { DepsOf, Module } from '../../module.ts';
import { type AccountDeletion, createAccountDeletion } from './account-deletion.service.ts';
import { type AccountLevels, createAccountLevels } from './account-levels.service.ts';
import { deletedUsersPurge } from './accounts.jobs.ts';

type Deps = DepsOf<typeof createAccountDeletion> & DepsOf<typeof createAccountLevels>;

export function accountsModule(deps: Deps): Module<{ accountLevels: AccountLevels; accountDeletion: AccountDeletion }> {
  const accountDeletion = createAccountDeletion(deps);
  return {
    services: { accountLevels: createAccountLevels(deps), accountDeletion },
    jobs: [deletedUsersPurge(accountDeletion)],
  };
}
