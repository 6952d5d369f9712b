import type { DepsOf, Module } from '../../module.ts';
import { type Instance, openInstance } from './public-key.service.ts';

export async function publicKeyModule(deps: DepsOf<typeof openInstance>): Promise<Module<{ instance: Instance }>> {
  return { services: { instance: await openInstance(deps) } };
}
