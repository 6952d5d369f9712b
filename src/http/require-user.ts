import { accountRequired } from '../core/errors.ts';
import type { StrangerPrincipal, UserPrincipal } from '../core/principal.ts';

/** For what a stranger may call, but not do. Throws 403. */
export function requireUser(principal: UserPrincipal | StrangerPrincipal): UserPrincipal {
  if (principal.kind === 'stranger') throw accountRequired();
  return principal;
}
