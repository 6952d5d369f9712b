import type { DepsOf, Module } from '../../module.ts';
import { createRegistration, type Registration } from './registration.service.ts';

export const registrationModule = (
  deps: DepsOf<typeof createRegistration>,
): Module<{ registration: Registration }> => ({ services: { registration: createRegistration(deps) } });
