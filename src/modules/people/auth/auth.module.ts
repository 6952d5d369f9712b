import type { DepsOf, Module } from '../../module.ts';
import type { Instance } from '../public-key/public-key.service.ts';
import type { Sessions } from '../sessions/sessions.service.ts';
import { loginCodesReaper } from './auth.jobs.ts';
import { authRoutes } from './auth.routes.ts';
import { type Auth, type AuthLimits, createAuth } from './auth.service.ts';
import { type Claim, createClaim } from './claim.ts';
import { claimPageRoutes } from './claim-page.routes.ts';

type Deps = Omit<DepsOf<typeof createAuth>, 'limits' | 'sessions'> &
  DepsOf<typeof createClaim> & {
    config: { limits: AuthLimits & { enabled: boolean } };
    instance: Instance;
    sessions: Sessions;
  };

export function authModule(deps: Deps): Module<{ auth: Auth; claim: Claim }> {
  const { limits } = deps.config;
  const auth = createAuth({ ...deps, limits: limits.enabled ? limits : unlimited(limits) });
  const claim = createClaim(deps);
  const { sessions, instance } = deps;
  return {
    services: { auth, claim },
    routes: ({ access, cookies, pages }) => [
      authRoutes({ access, cookies, auth, claim, sessions }),
      claimPageRoutes({ access, pages, auth, instance }),
    ],
    jobs: [loginCodesReaper(auth)],
  };
}

/** Used with PORTAL_LIMITS=off. `botLogins` stays: it is a policy, not a rate limit. */
function unlimited(limits: AuthLimits): AuthLimits {
  const { POSITIVE_INFINITY } = Number;
  return { ...limits, pendingCodes: POSITIVE_INFINITY, failedLogins: POSITIVE_INFINITY };
}
