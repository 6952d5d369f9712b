import type { StrangerPrincipal, UserPrincipal } from '../core/principal.ts';
import { accountRequired } from './access.plugin.ts';

/** For what a stranger may call, but not do. Throws 403. */
export function requireUser(principal: UserPrincipal | StrangerPrincipal): UserPrincipal {
  if (principal.kind === 'stranger') throw accountRequired();
  return principal;
}
