import { accountRequired } from '../core/errors.ts';
import type { StrangerPrincipal, UserPrincipal } from '../core/principal.ts';

/** For actions that need an account, on routes open to strangers. Throws 403. */
export function requireUser(principal: UserPrincipal | StrangerPrincipal): UserPrincipal {
  if (principal.kind === 'stranger') throw accountRequired();
  return principal;
}
