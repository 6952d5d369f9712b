import { networkOf } from '../../../core/addresses.ts';
import { type Clock, isoTime } from '../../../core/clock.ts';
import { MINUTE_MS } from '../../../core/durations.ts';
import { unauthenticated } from '../../../core/errors.ts';
import { type BotPrincipal, Level } from '../../../core/principal.ts';
import { type Random, randomBase62 } from '../../../core/random.ts';
import { sha256 } from '../../../core/secrets.ts';
import type { Queries } from '../../../db/queries.ts';
import type { Units } from '../../../db/units.ts';
import { findBot } from '../bots/bots.repository.ts';
import { canActOn } from '../users/users.policy.ts';
import * as usersRepository from '../users/users.repository.ts';
import type { Users } from '../users/users.service.ts';
import { authErrors } from './auth.errors.ts';
import type { BotIdentityBody, CodeRequested, IdentityBody, LoginCode } from './auth.model.ts';
import * as repository from './auth.repository.ts';
import type { LoginCodeRow } from './auth.tables.ts';
import { createCodeMaker } from './code-maker.ts';

type Deps = {
  units: Pick<Units<never>, 'run'>;
  clock: Clock;
  random: Random;
  secret: Uint8Array;
  limits: {
    /** Maximum pending codes per network. */
    pendingCodes: number;
    /** Consecutive logins by bot-requested codes before one through the website is required. */
    botLogins: number;
  };
  users: Pick<Users, 'require' | 'requireByName' | 'refreshAvatar'>;
};

/** Who requests a code or signs in with it: an address, and a browser that keeps a cookie. */
export type Asker = { ip: string; browser: string | undefined };

const LIFETIME_MS = 10 * MINUTE_MS;
/** The limit to extending a code. */
const LONGEST_MS = 30 * MINUTE_MS;

export type LoginCodes = ReturnType<typeof createLoginCodes>;

/**
 * One-time codes for signing in. A code requested on the website is revealed only to a bot of the platform. An identity has
 * one, and further requests share it, so that nobody can take another person's code away.
 */
export function createLoginCodes({ units, clock, random, secret, limits, users }: Deps) {
  const maker = createCodeMaker({ secret, random });

  async function make(db: Queries, code: Partial<LoginCodeRow> & Pick<LoginCodeRow, 'kind'>) {
    const { nonce, codeHash, code: text } = maker.make();
    const now = clock.now();
    const expiresAt = now + LIFETIME_MS;
    const id = await repository.insertCode(db, { ...code, nonce, codeHash, createdAt: now, expiresAt });
    return { id, code: text, expires_at: isoTime(expiresAt) };
  }

  /** When a code expires that is requested or delivered now. */
  function lengthened({ createdAt }: LoginCodeRow): number {
    return Math.min(clock.now() + LIFETIME_MS, createdAt + LONGEST_MS);
  }

  function requireOwnPlatform(bot: BotPrincipal, platform: string): void {
    if (bot.platform !== platform) throw authErrors.otherPlatform();
  }

  /** The bot may have been deleted or deactivated since its key was checked. */
  async function requireActive(db: Queries, { botId }: BotPrincipal): Promise<void> {
    if (!(await findBot(db, botId))?.isActive) throw unauthenticated.saying('This bot was deleted or deactivated')();
  }

  /** Registering bots must not be a way to sign in as people one does not outrank. */
  async function mayReach(db: Queries, botId: number, userId: number): Promise<boolean> {
    const { permissionLevel: level } = await users.require(db, userId);
    if (level < Level.Admin) return true;
    const ownerId = (await findBot(db, botId))?.ownerId;
    if (ownerId === undefined || ownerId === userId) return ownerId !== undefined;
    const owner = await users.require(db, ownerId);
    return canActOn(owner.permissionLevel, level);
  }

  /** Stores the user's name and picture on the platform. */
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
    /** Makes a code for a bot to deliver, or extends the pending one. It works for everyone who requested it. */
    async request(
      { platform, platform_user_id: platformUserId }: IdentityBody,
      { ip, browser = randomBase62(random, 32) }: Asker,
    ): Promise<{ requested: CodeRequested; browser: string; knownUntil: number }> {
      return units.run('request login code', async ({ db }) => {
        const identity = { platform, platformUserId };
        const keys = keysOf({ ip, browser });
        const now = clock.now();
        const others = await repository.countOthersPending(db, keys.network, identity, now);
        if (others >= limits.pendingCodes) throw authErrors.tooManyCodes();
        const pending = await repository.findPending(db, identity, 'web', now);
        if (pending) await repository.updateCode(db, pending.id, { expiresAt: lengthened(pending) });
        const id = pending?.id ?? (await make(db, { kind: 'web', ...identity })).id;
        for (const key of Object.values(keys)) await repository.addAsker(db, id, key);
        // The same whether or not a code was pending: the answer reveals nothing about others.
        const requested = { message: 'Login code generated.', expires_at: isoTime(now + LIFETIME_MS) };
        return { requested, browser, knownUntil: now + LONGEST_MS };
      });
    },

    /** The identity's pending code, for the bot to deliver. */
    async fetchForBot(bot: BotPrincipal, body: BotIdentityBody): Promise<LoginCode> {
      requireOwnPlatform(bot, body.platform);
      return units.run('fetch login code', async ({ db }) => {
        await requireActive(db, bot);
        const identity = { platform: body.platform, platformUserId: body.platform_user_id };
        const known = await usersRepository.findIdentity(db, identity.platform, identity.platformUserId);
        if (known && !(await mayReach(db, bot.botId, known.userId))) throw authErrors.untrustedBot();
        await refreshIdentity(db, body);
        const pending = await repository.findPending(db, identity, 'web', clock.now());
        if (!pending) return { code: null, expires_at: null };
        const expiresAt = lengthened(pending);
        await repository.updateCode(db, pending.id, {
          expiresAt,
          botId: bot.botId,
          platformUsername: body.platform_username,
          platformAvatarUrl: body.platform_avatar_url ?? null,
        });
        return { code: maker.codeOf(pending.nonce), expires_at: isoTime(expiresAt) };
      });
    },

    /** A code for an existing account, requested through the bot. It works from any address; repeated calls return the same one. */
    async sendByBot(bot: BotPrincipal, body: BotIdentityBody): Promise<LoginCode> {
      requireOwnPlatform(bot, body.platform);
      return units.run('send login code', async ({ db }) => {
        await requireActive(db, bot);
        const identity = { platform: body.platform, platformUserId: body.platform_user_id };
        const known = await usersRepository.findIdentity(db, identity.platform, identity.platformUserId);
        if (!known) throw authErrors.userNotFound();
        if (!(await mayReach(db, bot.botId, known.userId))) throw authErrors.untrustedBot();
        if (known.botLogins >= limits.botLogins) throw authErrors.webLoginRequired();
        await refreshIdentity(db, body);
        const pending = await repository.findPending(db, identity, 'bot', clock.now());
        if (pending) {
          await repository.updateCode(db, pending.id, { botId: bot.botId });
          return { code: maker.codeOf(pending.nonce), expires_at: isoTime(pending.expiresAt) };
        }
        const { code, expires_at } = await make(db, { kind: 'bot', ...identity, botId: bot.botId });
        return { code, expires_at };
      });
    },

    /** A code for an existing account, by the operator's word: the way in without a bot. */
    async makeForConsole(db: Queries, userId: number): Promise<{ code: string; expires_at: string }> {
      const { code, expires_at } = await make(db, { kind: 'console', userId });
      return { code, expires_at };
    },

    /** Uses up the code, if it is valid for this asker. */
    async take(db: Queries, code: string, asker: Asker): Promise<LoginCodeRow | undefined> {
      return repository.takeCode(db, maker.hashOf(code), keysOf(asker), clock.now());
    },

    /** Whether the bot that fetched the code may still sign this user in. */
    async isTrusted(db: Queries, { botId }: LoginCodeRow, userId: number): Promise<boolean> {
      return botId === null || mayReach(db, botId, userId);
    },

    /** Cancels the user's pending codes, which were revealed under earlier rights. */
    forgetOf: (db: Queries, userId: number): Promise<void> => repository.deleteCodesOf(db, userId),

    async deleteExpired(): Promise<void> {
      await units.run('delete expired login codes', ({ db }) => repository.deleteExpiredCodes(db, clock.now()));
    },
  };
}

/** A household has a whole /64. Without a cookie the browser key matches no row. */
function keysOf({ ip, browser }: Asker): { network: string; browser: string } {
  return { network: `ip:${networkOf(ip)}`, browser: `browser:${browser === undefined ? '' : sha256(browser)}` };
}
