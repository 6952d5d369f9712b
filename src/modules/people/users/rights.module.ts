import type { DepsOf, Module } from '../../module.ts';
import { createRights, type Rights } from './rights.service.ts';

/** Apart from the users themselves, as whatever comes before them asks for rights too. */
export const rightsModule = (deps: DepsOf<typeof createRights>): Module<{ rights: Rights }> => ({
  services: { rights: createRights(deps) },
});
