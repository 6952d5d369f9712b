import type { DepsOf, Module } from '../../module.ts';
import { openPublicKey, type PublicKey } from './public-key.service.ts';

export async function publicKeyModule(deps: DepsOf<typeof openPublicKey>): Promise<Module<{ publicKey: PublicKey }>> {
  return { services: { publicKey: await openPublicKey(deps) } };
}
