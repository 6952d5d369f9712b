import { type Clock, isoTime } from '../../../core/clock.ts';
import { unauthenticated } from '../../../core/errors.ts';
import type { BotPrincipal } from '../../../core/principal.ts';
import type { Queries } from '../../../db/queries.ts';
import type { Units } from '../../../db/units.ts';
import type { Audit } from '../audit/audit.service.ts';
import type { Profile } from '../users/users.model.ts';
import type { Users } from '../users/users.service.ts';
import type { IdentityRow } from '../users/users.tables.ts';
import { botErrors } from './bots.errors.ts';
import type { Bot } from './bots.model.ts';
import * as repository from './bots.repository.ts';
import type { Bots } from './bots.service.ts';
import type { BotRow } from './bots.tables.ts';
import type { BatchBody, BotUpdated, UpdateBotUserBody, UpdateOwnBotBody } from './own-bot.model.ts';

type Deps = {
  read: Queries;
  units: Pick<Units<never>, 'run'>;
  clock: Clock;
  audit: Audit;
  users: Pick<Users, 'require' | 'present' | 'refreshAvatar'>;
  bots: Pick<Bots, 'present'>;
  listIdentities(db: Queries, userId: number): Promise<IdentityRow[]>;
  updateIdentity(db: Queries, platform: string, platformUserId: string, change: Partial<IdentityRow>): Promise<void>;
};

export type OwnBot = ReturnType<typeof createOwnBot>;

/** The bot's own API, apart from login codes. */
export function createOwnBot({ read, units, clock, audit, users, bots, listIdentities, updateIdentity }: Deps) {
  /** The caller's own record. The bot may have been deleted or deactivated since the key was checked. */
  async function require(db: Queries, { botId }: BotPrincipal): Promise<BotRow> {
    const row = await repository.findBot(db, botId);
    if (!row?.isActive) throw unauthenticated.saying('This bot was deleted or deactivated')();
    return row;
  }

  /** The user's identity on the bot's platform. */
  async function requireIdentity(db: Queries, bot: BotPrincipal, userId: number): Promise<IdentityRow> {
    await require(db, bot);
    await users.require(db, userId);
    const identity = (await listIdentities(db, userId)).find((one) => one.platform === bot.platform);
    if (!identity) throw botErrors.otherPlatform();
    return identity;
  }

  /** The profile without identities on other platforms. */
  async function profileFor(db: Queries, { platform }: BotPrincipal, userId: number): Promise<Profile> {
    const profile = await users.present(db, await users.require(db, userId));
    return { ...profile, linked_platforms: profile.linked_platforms.filter((one) => one.platform === platform) };
  }

  return {
    async me(bot: BotPrincipal): Promise<Bot> {
      return bots.present(await require(read, bot));
    },

    /** Updates what the bot reports. Name and picture are audited; figures change too often. */
    async update(bot: BotPrincipal, body: UpdateOwnBotBody): Promise<BotUpdated> {
      const { name, avatar_url, group_ids, users: reached, latency_ms } = body;
      return units.run('update own bot', async ({ db }) => {
        const row = await require(db, bot);
        const now = clock.now();
        const known = {
          ...(name === undefined ? {} : { name: name.trim() }),
          ...(avatar_url === undefined ? {} : { avatarUrl: avatar_url }),
        };
        await repository.updateBot(db, bot.botId, {
          ...known,
          ...(group_ids === undefined ? {} : { groups: new Set(group_ids).size }),
          ...(reached === undefined ? {} : { users: reached }),
          ...(latency_ms === undefined ? {} : { latencyMs: latency_ms }),
          lastActivityAt: now,
          updatedAt: now,
        });
        const metadata = {
          ...(known.name === undefined || known.name === row.name ? {} : { name: { from: row.name, to: known.name } }),
          ...(known.avatarUrl === undefined || known.avatarUrl === row.avatarUrl
            ? {}
            : { avatar_url: { from: row.avatarUrl, to: known.avatarUrl } }),
        };
        if (Object.keys(metadata).length > 0)
          await audit.record(db, { event: 'BOT_UPDATE', entity: ['bot', bot.botId], actor: bot, metadata });
        return updated('Bot updated successfully', row.createdAt, now);
      });
    },

    /** Counts command uses, all or none. */
    async batch(bot: BotPrincipal, { commands }: BatchBody): Promise<BotUpdated> {
      const uses = sumByDay(commands);
      return units.run('count bot commands', async ({ db }) => {
        const row = await require(db, bot);
        await repository.addCommandUses(db, bot.botId, uses);
        return updated('Batch update processed successfully', row.createdAt, row.updatedAt);
      });
    },

    /** A user who is on the bot's platform. */
    async user(bot: BotPrincipal, userId: number): Promise<Profile> {
      await requireIdentity(read, bot, userId);
      return profileFor(read, bot, userId);
    },

    /** Updates the user's name and picture on the platform. */
    async updateUser(bot: BotPrincipal, userId: number, body: UpdateBotUserBody): Promise<Profile> {
      const { username, avatar_url } = body;
      if (username === undefined && avatar_url === undefined) throw botErrors.noChange();
      return units.run('update identity by bot', async ({ db }) => {
        const { platform, platformUserId } = await requireIdentity(db, bot, userId);
        await updateIdentity(db, platform, platformUserId, {
          ...(username === undefined ? {} : { platformUsername: username }),
          ...(avatar_url === undefined ? {} : { platformAvatarUrl: avatar_url }),
        });
        await users.refreshAvatar(db, userId);
        return profileFor(db, bot, userId);
      });
    },
  };
}

function updated(message: string, createdAt: number, updatedAt: number): BotUpdated {
  return { message, created_at: isoTime(createdAt), updated_at: isoTime(updatedAt) };
}

/** Sums per command and UTC day. */
function sumByDay(commands: BatchBody['commands']): repository.CommandUses[] {
  const sums = new Map<string, repository.CommandUses>();
  for (const { command, count, timestamp } of commands) {
    const day = isoTime(Date.parse(timestamp)).slice(0, 10);
    const key = `${day} ${command}`;
    const sum = sums.get(key) ?? { day, command, uses: 0 };
    sum.uses += count;
    sums.set(key, sum);
  }
  return [...sums.values()];
}
