import { type Clock, isoTime, isoTimeOrNull } from '../../core/clock.ts';
import { forbidden } from '../../core/errors.ts';
import type { BotPrincipal, Principal } from '../../core/principal.ts';
import type { Random } from '../../core/random.ts';
import { isWellFormedApiKey, newApiKey, sha256 } from '../../core/secrets.ts';
import type { Queries } from '../../db/queries.ts';
import type { Units } from '../../db/units.ts';
import type { Audit } from '../audit/audit.service.ts';
import { canActOn } from '../users/users.policy.ts';
import type { Users } from '../users/users.service.ts';
import type { Bot, RegisterBotBody, RegisteredBot } from './bots.model.ts';
import * as repository from './bots.repository.ts';
import type { BotRow } from './bots.tables.ts';

type Deps = {
  read: Queries;
  units: Pick<Units<never>, 'run'>;
  clock: Clock;
  random: Random;
  audit: Audit;
  users: Pick<Users, 'require'>;
};

export type Bots = ReturnType<typeof createBots>;

export function createBots({ read, units, clock, random, audit, users }: Deps) {
  return {
    /** The bot that holds this key; undefined when nobody does, or when it is switched off. */
    async findByKey(key: string): Promise<BotPrincipal | undefined> {
      if (!isWellFormedApiKey(key, 'hbot_')) return undefined;
      const bot = await repository.findBotByKeyHash(read, sha256(key));
      return bot && { kind: 'bot', botId: bot.id, platform: bot.platform };
    },

    /** Registers a bot for an owner whom the actor may act on, or for the actor. The key is in the answer and nowhere else. */
    async register(
      actor: Principal,
      { name, owner_id, platform, rate_limit_per_hour = 1000 }: RegisterBotBody,
    ): Promise<RegisteredBot> {
      const key = newApiKey(random, 'hbot_');
      const bot = await units.run('register bot', async ({ db }) => {
        const owner = await users.require(db, owner_id);
        const mayActOnOwner =
          actor.kind !== 'user' || actor.userId === owner.id || canActOn(actor.level, owner.permissionLevel);
        if (!mayActOnOwner) throw forbidden.saying('You may not act for this user')();
        const now = clock.now();
        const row = await repository.insertBot(db, {
          name,
          ownerId: owner.id,
          platform,
          rateLimitPerHour: rate_limit_per_hour,
          keyHash: sha256(key),
          createdAt: now,
          updatedAt: now,
        });
        const metadata = { name, owner_id, platform, rate_limit_per_hour };
        await audit.record(db, { event: 'BOT_REGISTER', entity: ['bot', row.id], actor, metadata });
        return row;
      });
      const times = { created_at: isoTime(bot.createdAt), updated_at: isoTime(bot.updatedAt) };
      return { message: 'Bot registered successfully', bot: presentBot(bot), api_key: key, ...times };
    },
  };
}

export function presentBot(row: BotRow): Bot {
  return {
    id: row.id,
    name: row.name,
    platform: row.platform,
    groups: row.groups,
    users: row.users,
    owner_id: row.ownerId,
    bot_type: row.botType,
    is_active: row.isActive,
    rate_limit_per_hour: row.rateLimitPerHour,
    avatar_url: row.avatarUrl,
    latency_ms: row.latencyMs,
    is_verified: row.botType < 3,
    last_activity_at: isoTimeOrNull(row.lastActivityAt),
    created_at: isoTime(row.createdAt),
    updated_at: isoTime(row.updatedAt),
  };
}
