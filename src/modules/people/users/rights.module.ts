import type { DepsOf, Module } from '../../module.ts';
import { createRights, type Rights } from './rights.service.ts';

/** Separate from users: services assembled earlier need rights too. */
export const rightsModule = (deps: DepsOf<typeof createRights>): Module<{ rights: Rights }> => ({
  services: { rights: createRights(deps) },
});
