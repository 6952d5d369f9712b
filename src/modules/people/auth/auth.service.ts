import { networkOf } from '../../../core/addresses.ts';
import { type Clock, isoTime } from '../../../core/clock.ts';
import { type BotPrincipal, type ClientPrincipal, Level, type Principal } from '../../../core/principal.ts';
import type { Random } from '../../../core/random.ts';
import { MINUTE_MS, secondsToWait } from '../../../core/units.ts';
import type { Queries } from '../../../db/queries.ts';
import type { Unit, Units } from '../../../db/units.ts';
import type { RateLimiter } from '../../../ports/rate-limiter.ts';
import { findBot } from '../bots/bots.repository.ts';
import type { NotificationsEvent } from '../notifications/notifications.events.ts';
import type { Registration } from '../registration/registration.service.ts';
import type { ClientInfo, OpenedSession, Sessions } from '../sessions/sessions.service.ts';
import { accountErrors } from '../users/users.errors.ts';
import { canActOn, isBanned } from '../users/users.policy.ts';
import * as usersRepository from '../users/users.repository.ts';
import type { Users } from '../users/users.service.ts';
import type { UserRow } from '../users/users.tables.ts';
import { authErrors } from './auth.errors.ts';
import type { BotIdentityBody, CodeRequested, IdentityBody, LoginCode, LookedUpUser, SignedIn } from './auth.model.ts';
import * as repository from './auth.repository.ts';
import type { LoginCodeRow } from './auth.tables.ts';
import { createLoginCodes } from './login-codes.ts';

export type AuthLimits = {
  /** Codes that may wait for one address. */
  pendingCodes: number;
  /** Wrong codes in ten minutes that lock an address out for ten minutes. */
  failedLogins: number;
  /** Logins in a row by codes from a bot, until one through the website is due. */
  botLogins: number;
};

type Deps = {
  read: Queries;
  units: Pick<Units<NotificationsEvent>, 'run'>;
  clock: Clock;
  random: Random;
  secret: Uint8Array;
  limiter: RateLimiter;
  limits: AuthLimits;
  users: Pick<Users, 'require' | 'requireByName' | 'present' | 'refreshAvatar'>;
  registration: Registration;
  sessions: Pick<Sessions, 'open'>;
};

const CODE_LIFETIME_MS = 10 * MINUTE_MS;
const LOCK_MS = 10 * MINUTE_MS;
const CLIENT: ClientPrincipal = { kind: 'client' };

export type Auth = ReturnType<typeof createAuth>;
export type Login = { profile: SignedIn; session: OpenedSession };

export function createAuth({
  read,
  units,
  clock,
  random,
  secret,
  limiter,
  limits,
  users,
  registration,
  sessions,
}: Deps) {
  const codes = createLoginCodes({ secret, random });
  const lock = { limit: 1, windowMs: LOCK_MS };
  const failures = { limit: limits.failedLogins, windowMs: LOCK_MS };

  async function refuseLockedOut(ip: string): Promise<void> {
    const { allowed, resetMs } = await limiter.peek(`login-lock:${networkOf(ip)}`, lock);
    if (!allowed) throw authErrors.loginLocked({ retry_after: secondsToWait(resetMs) });
  }

  async function countFailure(ip: string): Promise<void> {
    const { remaining } = await limiter.consume(`login-failures:${networkOf(ip)}`, failures);
    if (remaining === 0) await limiter.consume(`login-lock:${networkOf(ip)}`, lock);
  }

  async function makeCode(db: Queries, code: Partial<LoginCodeRow> & Pick<LoginCodeRow, 'kind'>) {
    const { nonce, codeHash, code: text } = codes.make();
    const now = clock.now();
    const expiresAt = now + CODE_LIFETIME_MS;
    await repository.insertCode(db, { ...code, nonce, codeHash, createdAt: now, expiresAt });
    return { code: text, expires_at: isoTime(expiresAt) };
  }

  /** Whoever the code signs in; an identity that is new here gets an account. */
  async function ownerOf(
    unit: Unit<NotificationsEvent>,
    code: LoginCodeRow,
  ): Promise<{ row: UserRow; created: boolean }> {
    if (code.userId !== null) return { row: await users.require(unit.db, code.userId), created: false };
    const { platform, platformUserId, platformUsername, platformAvatarUrl } = code;
    if (platform === null || platformUserId === null) throw new Error('a login code that signs nobody in');
    const known = await usersRepository.findIdentity(unit.db, platform, platformUserId);
    const now = clock.now();
    if (!known) {
      const row = await registration.create(unit, { actor: CLIENT });
      const identity = { platform, platformUserId, platformUsername, platformAvatarUrl, userId: row.id, linkedAt: now };
      await usersRepository.insertIdentity(unit.db, { ...identity, lastAuthenticatedAt: now });
      await users.refreshAvatar(unit.db, row.id);
      return { row: await users.require(unit.db, row.id), created: true };
    }
    await usersRepository.updateIdentity(unit.db, platform, platformUserId, {
      lastAuthenticatedAt: now,
      botLogins: code.kind === 'bot' ? known.botLogins + 1 : 0,
    });
    return { row: await users.require(unit.db, known.userId), created: false };
  }

  async function signIn(
    { db }: Unit<NotificationsEvent>,
    row: UserRow,
    created: boolean,
    client: ClientInfo,
  ): Promise<Login> {
    if (isBanned(row, clock.now())) throw accountErrors.banned();
    const session = await sessions.open(db, row, client);
    const profile = await users.present(db, row);
    return { profile: { ...profile, user_created: created, subscription_level: profile.subscription_tier }, session };
  }

  function requireOwnPlatform(bot: BotPrincipal, platform: string): void {
    if (bot.platform !== platform) throw authErrors.otherPlatform();
  }

  /** Whoever registers bots must not sign in by one as somebody on whom they could not act. */
  async function requireTrusted(db: Queries, { botId }: BotPrincipal, userId: number): Promise<void> {
    const { permissionLevel: level } = await users.require(db, userId);
    if (level < Level.Admin) return;
    const ownerId = (await findBot(db, botId))?.ownerId;
    if (ownerId === undefined) throw authErrors.untrustedBot();
    if (ownerId === userId) return;
    const owner = await users.require(db, ownerId);
    if (!canActOn(owner.permissionLevel, level)) throw authErrors.untrustedBot();
  }

  /** Keeps what the platform calls its user. */
  async function refreshIdentity(db: Queries, body: BotIdentityBody): Promise<void> {
    const known = await usersRepository.findIdentity(db, body.platform, body.platform_user_id);
    if (!known) return;
    await usersRepository.updateIdentity(db, body.platform, body.platform_user_id, {
      platformUsername: body.platform_username,
      platformAvatarUrl: body.platform_avatar_url ?? null,
    });
    await users.refreshAvatar(db, known.userId);
  }

  return {
    async lookup(username: string): Promise<LookedUpUser> {
      const row = await users.requireByName(read, username);
      const profile = await users.present(read, row);
      const { id, avatar_url, permission_level, subscription_tier, linked_platforms } = profile;
      const platforms = linked_platforms.map(({ platform, platform_user_id }) => ({ platform, platform_user_id }));
      return { id, username: profile.username, avatar_url, permission_level, subscription_tier, platforms };
    },

    /** Makes a code that a bot will deliver. It is good from the caller's address only; a second request replaces it. */
    async requestCode(
      { platform, platform_user_id: platformUserId }: IdentityBody,
      ip: string,
    ): Promise<CodeRequested> {
      return units.run('request login code', async ({ db }) => {
        const identity = { platform, platformUserId };
        const others = await repository.countOthersPending(db, ip, identity, clock.now());
        if (others >= limits.pendingCodes) throw authErrors.tooManyCodes();
        await repository.deleteWebCodes(db, identity, ip);
        const { expires_at } = await makeCode(db, { kind: 'web', ...identity, ip });
        return { message: 'Login code generated.', expires_at };
      });
    },

    /** Signs in by a code, which is used up by it. One and the same error for every code that does not work. */
    async verify(code: string, client: ClientInfo): Promise<Login> {
      await refuseLockedOut(client.ip);
      const login = await units.run('verify login code', async (unit) => {
        const found = await repository.takeCode(unit.db, codes.hashOf(code), client.ip, clock.now());
        if (!found) return undefined;
        const { row, created } = await ownerOf(unit, found);
        return signIn(unit, row, created, client);
      });
      if (login) return login;
      await countFailure(client.ip);
      throw authErrors.codeInvalid();
    },

    /** The code that waits for this identity, for the bot to deliver. */
    async botLoginCode(bot: BotPrincipal, body: BotIdentityBody): Promise<LoginCode> {
      requireOwnPlatform(bot, body.platform);
      return units.run('fetch login code', async ({ db }) => {
        const identity = { platform: body.platform, platformUserId: body.platform_user_id };
        const known = await usersRepository.findIdentity(db, identity.platform, identity.platformUserId);
        if (known) await requireTrusted(db, bot, known.userId);
        await refreshIdentity(db, body);
        const pending = await repository.findPending(db, identity, 'web', clock.now());
        if (!pending) return { code: null, expires_at: null };
        await repository.nameCodeOwner(db, pending.id, body.platform_username, body.platform_avatar_url ?? null);
        return { code: codes.codeOf(pending.nonce), expires_at: isoTime(pending.expiresAt) };
      });
    },

    /** A code for an account's owner who asked the bot for it; good from anywhere. Asked again: the same code. */
    async botSendCode(bot: BotPrincipal, body: BotIdentityBody): Promise<LoginCode> {
      requireOwnPlatform(bot, body.platform);
      return units.run('send login code', async ({ db }) => {
        const identity = { platform: body.platform, platformUserId: body.platform_user_id };
        const known = await usersRepository.findIdentity(db, identity.platform, identity.platformUserId);
        if (!known) throw authErrors.userNotFound();
        await requireTrusted(db, bot, known.userId);
        if (known.botLogins >= limits.botLogins) throw authErrors.webLoginRequired();
        await refreshIdentity(db, body);
        const pending = await repository.findPending(db, identity, 'bot', clock.now());
        if (pending) return { code: codes.codeOf(pending.nonce), expires_at: isoTime(pending.expiresAt) };
        return makeCode(db, { kind: 'bot', ...identity });
      });
    },

    /** A code for an existing account, by the operator's word: the way in without a bot. */
    async consoleCode(username: string): Promise<{ code: string; expires_at: string }> {
      return units.run('make console login code', async ({ db }) => {
        const row = await users.requireByName(db, username);
        return makeCode(db, { kind: 'console', userId: row.id });
      });
    },

    /** Makes an account, its identity and what else an operator asks for. */
    async createOwner(username: string, actor: Principal): Promise<{ row: UserRow; code: string; expires_at: string }> {
      return units.run('create owner', async (unit) => {
        const row = await registration.create(unit, { username, level: Level.Owner, actor });
        return { row, ...(await makeCode(unit.db, { kind: 'console', userId: row.id })) };
      });
    },

    async hasOwner(): Promise<boolean> {
      return usersRepository.someoneHasLevel(read, Level.Owner);
    },

    /** Makes the first Owner. `isRightToken` is asked only while there is none. Throws 404 once there is one. */
    async claim(isRightToken: () => boolean, username: string, client: ClientInfo): Promise<Login> {
      return units.run('claim instance', async (unit) => {
        if (await usersRepository.someoneHasLevel(unit.db, Level.Owner)) throw authErrors.claimed();
        if (!isRightToken()) throw authErrors.claimInvalid();
        const row = await registration.create(unit, { username, level: Level.Owner, actor: CLIENT });
        return signIn(unit, row, true, client);
      });
    },

    async deleteExpired(): Promise<void> {
      await units.run('delete expired login codes', ({ db }) => repository.deleteExpiredCodes(db, clock.now()));
    },
  };
}
