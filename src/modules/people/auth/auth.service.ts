import { networkOf } from '../../../core/addresses.ts';
import type { Clock } from '../../../core/clock.ts';
import { MINUTE_MS, secondsToWait } from '../../../core/durations.ts';
import { type ClientPrincipal, type ConsolePrincipal, Level } from '../../../core/principal.ts';
import type { Queries } from '../../../db/queries.ts';
import type { Unit, Units } from '../../../db/units.ts';
import type { RateLimiter } from '../../../ports/rate-limiter.ts';
import type { NotificationsEvent } from '../notifications/notifications.events.ts';
import type { Registration } from '../registration/registration.service.ts';
import type { SessionsEvent } from '../sessions/sessions.events.ts';
import type { ClientInfo, OpenedSession, Sessions } from '../sessions/sessions.service.ts';
import { accountErrors } from '../users/users.errors.ts';
import { isBanned } from '../users/users.policy.ts';
import * as usersRepository from '../users/users.repository.ts';
import type { Users } from '../users/users.service.ts';
import type { UserRow } from '../users/users.tables.ts';
import { authErrors } from './auth.errors.ts';
import type { LookedUpUser, SignedIn } from './auth.model.ts';
import type { LoginCodeRow } from './auth.tables.ts';
import type { Asker, LoginCodes } from './login-codes.service.ts';

type Events = NotificationsEvent | SessionsEvent;

type Deps = {
  read: Queries;
  units: Pick<Units<Events>, 'run'>;
  clock: Clock;
  limiter: RateLimiter;
  limits: {
    /** Failed logins within ten minutes that lock a network out for ten minutes. */
    failedLogins: number;
  };
  users: Pick<Users, 'require' | 'requireByName' | 'present' | 'refreshAvatar'>;
  registration: Registration;
  sessions: Pick<Sessions, 'open' | 'endStrangers'>;
  loginCodes: Pick<LoginCodes, 'take' | 'isTrusted' | 'makeForConsole'>;
};

const LOCK_MS = 10 * MINUTE_MS;
/** Platforms whose ids are e-mail addresses or the like: anyone with the public key may look users up. */
const WITH_PERSONAL_IDS = ['email', 'oidc'];
const CLIENT: ClientPrincipal = { kind: 'client' };

export type Auth = ReturnType<typeof createAuth>;
export type Login = { profile: SignedIn; session: OpenedSession };

/** Signing in, and claiming the instance. */
export function createAuth(deps: Deps) {
  const { read, units, clock, limiter, limits, users, registration, sessions, loginCodes } = deps;
  const lock = { limit: 1, windowMs: LOCK_MS };
  const failures = { limit: limits.failedLogins, windowMs: LOCK_MS };

  function lockedOut(resetMs: number): Error {
    return authErrors.loginLocked({ retry_after: secondsToWait(resetMs) });
  }

  /**
   * Runs an attempt under the network's limit. Attempts are counted before they run and refunded unless the code was wrong,
   * so concurrent attempts get no further than sequential ones.
   */
  async function limited<R>(ip: string, attempt: () => Promise<R | undefined>): Promise<R | undefined> {
    const network = networkOf(ip);
    const held = await limiter.peek(`login-lock:${network}`, lock);
    if (!held.allowed) throw lockedOut(held.resetMs);
    const tries = `login-tries:${network}`;
    const { allowed, resetMs } = await limiter.consume(tries, failures);
    if (!allowed) throw lockedOut(resetMs);
    let isWrong = false;
    try {
      const result = await attempt();
      isWrong = result === undefined;
      return result;
    } finally {
      if (!isWrong) await limiter.refund(tries);
      else await countFailure(network);
    }
  }

  async function countFailure(network: string): Promise<void> {
    const { remaining } = await limiter.consume(`login-failures:${network}`, failures);
    if (remaining === 0) await limiter.consume(`login-lock:${network}`, lock);
  }

  /** The account that the code signs in, created for a new identity. Undefined if the code is no longer trusted. */
  async function ownerOf(
    unit: Unit<Events>,
    code: LoginCodeRow,
  ): Promise<{ row: UserRow; created: boolean } | undefined> {
    if (code.userId !== null) return { row: await users.require(unit.db, code.userId), created: false };
    const { platform, platformUserId, platformUsername, platformAvatarUrl } = code;
    if (platform === null || platformUserId === null) throw new Error('a login code without an identity or account');
    const known = await usersRepository.findIdentity(unit.db, platform, platformUserId);
    const now = clock.now();
    if (!known) {
      const row = await registration.create(unit, { actor: CLIENT });
      const identity = { platform, platformUserId, platformUsername, platformAvatarUrl, userId: row.id, linkedAt: now };
      await usersRepository.insertIdentity(unit.db, { ...identity, lastAuthenticatedAt: now });
      await users.refreshAvatar(unit.db, row.id);
      return { row: await users.require(unit.db, row.id), created: true };
    }
    if (!(await loginCodes.isTrusted(unit.db, code, known.userId))) return undefined;
    await usersRepository.updateIdentity(unit.db, platform, platformUserId, {
      lastAuthenticatedAt: now,
      botLogins: code.kind === 'bot' ? known.botLogins + 1 : 0,
    });
    return { row: await users.require(unit.db, known.userId), created: false };
  }

  async function signIn(unit: Unit<Events>, row: UserRow, created: boolean, client: ClientInfo): Promise<Login> {
    const { db } = unit;
    if (isBanned(row, clock.now())) throw accountErrors.banned();
    await sessions.endStrangers(unit, client);
    const session = await sessions.open(db, row, client);
    const profile = await users.present(db, row);
    return { profile: { ...profile, user_created: created, subscription_level: profile.subscription_tier }, session };
  }

  return {
    async lookup(username: string): Promise<LookedUpUser> {
      const row = await users.requireByName(read, username);
      const profile = await users.present(read, row);
      const { id, avatar_url, permission_level, subscription_tier, linked_platforms } = profile;
      const platforms = linked_platforms.map(({ platform, platform_user_id: ownId }) => ({
        platform,
        platform_user_id: WITH_PERSONAL_IDS.includes(platform) ? null : ownId,
      }));
      return { id, username: profile.username, avatar_url, permission_level, subscription_tier, platforms };
    },

    /** Signs in with a code and uses it up. Every invalid code gets the same error. */
    async verify(code: string, client: ClientInfo & Asker): Promise<Login> {
      const login = await limited(client.ip, () =>
        units.run('verify login code', async (unit) => {
          const found = await loginCodes.take(unit.db, code, client);
          const owner = found && (await ownerOf(unit, found));
          return owner && signIn(unit, owner.row, owner.created, client);
        }),
      );
      if (!login) throw authErrors.codeInvalid();
      return login;
    },

    /** A login code made by the operator for an existing account. */
    async consoleCode(username: string): Promise<{ code: string; expires_at: string }> {
      return units.run('make console login code', async ({ db }) => {
        const row = await users.requireByName(db, username);
        return loginCodes.makeForConsole(db, row.id);
      });
    },

    /** Creates an Owner and a login code for them. For the operator alone. */
    async createOwner(
      username: string,
      actor: ConsolePrincipal,
    ): Promise<{ row: UserRow; code: string; expires_at: string }> {
      return units.run('create owner', async (unit) => {
        const row = await registration.create(unit, { username, level: Level.Owner, actor });
        return { row, ...(await loginCodes.makeForConsole(unit.db, row.id)) };
      });
    },

    async hasOwner(): Promise<boolean> {
      return usersRepository.someoneHasLevel(read, Level.Owner);
    },

    /** Creates the first Owner. `isRightToken` is called only while there is none. Throws 404 afterwards. */
    async claim(isRightToken: () => boolean, username: string, client: ClientInfo): Promise<Login> {
      return units.run('claim instance', async (unit) => {
        if (await usersRepository.someoneHasLevel(unit.db, Level.Owner)) throw authErrors.claimed();
        if (!isRightToken()) throw authErrors.claimInvalid();
        const row = await registration.create(unit, { username, level: Level.Owner, actor: CLIENT });
        return signIn(unit, row, true, client);
      });
    },
  };
}
