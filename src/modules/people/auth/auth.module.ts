import type { DepsOf, Module } from '../../module.ts';
import type { PublicKey } from '../public-key/public-key.service.ts';
import type { Sessions } from '../sessions/sessions.service.ts';
import { loginCodesReaper } from './auth.jobs.ts';
import { authRoutes } from './auth.routes.ts';
import { type Auth, createAuth } from './auth.service.ts';
import { type Claim, createClaim } from './claim.ts';
import { claimPageRoutes } from './claim-page.routes.ts';
import { createLoginCodes, type LoginCodes } from './login-codes.service.ts';
import { createWaysIn } from './ways.ts';

type AuthDeps = DepsOf<typeof createAuth>;
type CodeDeps = DepsOf<typeof createLoginCodes>;
type Limits = AuthDeps['limits'] & CodeDeps['limits'];
type Deps = Omit<AuthDeps, 'limits' | 'sessions' | 'loginCodes'> &
  Omit<CodeDeps, 'limits'> &
  DepsOf<typeof createClaim> &
  DepsOf<typeof createWaysIn> & {
    config: { limits: Limits & { enabled: boolean } };
    publicKey: PublicKey;
    sessions: Sessions;
  };

export function authModule(deps: Deps): Module<{ auth: Auth; loginCodes: LoginCodes; claim: Claim }> {
  const limits = deps.config.limits.enabled ? deps.config.limits : unlimited(deps.config.limits);
  const loginCodes = createLoginCodes({ ...deps, limits });
  const auth = createAuth({ ...deps, limits, loginCodes });
  const claim = createClaim(deps);
  const waysIn = createWaysIn(deps);
  const { sessions, publicKey } = deps;
  return {
    services: { auth, loginCodes, claim },
    routes: ({ access, cookies, pages }) => [
      authRoutes({ access, cookies, auth, loginCodes, claim, sessions, waysIn }),
      claimPageRoutes({ access, pages, auth, publicKey }),
    ],
    jobs: [loginCodesReaper(loginCodes)],
  };
}

/** Used with PORTAL_LIMITS=off. `botLogins` stays: it is a policy, not a rate limit. */
function unlimited(limits: Limits): Limits {
  const { POSITIVE_INFINITY } = Number;
  return { ...limits, pendingCodes: POSITIVE_INFINITY, failedLogins: POSITIVE_INFINITY };
}
