import { type Clock, isoTime } from '../../../core/clock.ts';
import { levelRequired } from '../../../core/errors.ts';
import { hasLevel, Level, type Principal } from '../../../core/principal.ts';
import type { Random } from '../../../core/random.ts';
import { newApiKey, sha256 } from '../../../core/secrets.ts';
import type { Queries } from '../../../db/queries.ts';
import type { Units } from '../../../db/units.ts';
import type { Audit } from '../audit/audit.service.ts';
import type { Current, Rights } from '../users/rights.service.ts';
import { botErrors } from './bots.errors.ts';
import {
  BOT_TYPES,
  type Bot,
  type BotsQuery,
  type RegisterBotBody,
  type RegisteredBot,
  type UpdateBotBody,
} from './bots.model.ts';
import { isVerified } from './bots.presenter.ts';
import * as repository from './bots.repository.ts';
import type { Bots } from './bots.service.ts';
import type { BotRow } from './bots.tables.ts';

type Deps = {
  read: Queries;
  units: Pick<Units<never>, 'run'>;
  clock: Clock;
  random: Random;
  audit: Audit;
  rights: Pick<Rights, 'requireOutranks'>;
  bots: Pick<Bots, 'present'>;
};

type Change = Record<string, { from: unknown; to: unknown }>;

export type BotManagement = ReturnType<typeof createBotManagement>;

/** Managing bots: one's own, and those whose owner one outranks. */
export function createBotManagement({ read, units, clock, random, audit, rights, bots }: Deps) {
  /** Requires that the actor may act for this owner. */
  async function requireOwner(db: Queries, principal: Principal, ownerId: number): Promise<Current> {
    const rule = { level: Level.Admin, self: 'allowed', outranked: botErrors.outranked } as const;
    return (await rights.requireOutranks(db, principal, ownerId, rule)).actor;
  }

  /** The bot, if the actor may manage it. */
  async function requireManaged(db: Queries, principal: Principal, botId: number) {
    const row = await repository.findBot(db, botId);
    if (!row) throw botErrors.notFound();
    return { row, actor: await requireOwner(db, principal, row.ownerId) };
  }

  async function saved(
    db: Queries,
    botId: number,
    change: Parameters<typeof repository.updateBot>[2],
  ): Promise<BotRow> {
    const row = await repository.updateBot(db, botId, { ...change, updatedAt: clock.now() });
    if (!row) throw botErrors.notFound();
    return row;
  }

  /** Verification changes get their own audit event. */
  async function recordUpdate(
    db: Queries,
    actor: Current,
    { id, name, botType }: BotRow,
    { bot_type, ...rest }: Change,
    wasVerified: boolean,
  ): Promise<void> {
    const entity: ['bot', number] = ['bot', id];
    if (isVerified(botType) !== wasVerified) {
      const event = wasVerified ? 'BOT_UNVERIFY' : 'BOT_VERIFY';
      await audit.record(db, { event, entity, actor, metadata: { name, bot_type } });
    } else if (bot_type) {
      rest.bot_type = bot_type;
    }
    if (Object.keys(rest).length > 0) await audit.record(db, { event: 'BOT_UPDATE', entity, actor, metadata: rest });
  }

  function withKey(message: string, row: BotRow, key: string): RegisteredBot {
    const times = { created_at: isoTime(row.createdAt), updated_at: isoTime(row.updatedAt) };
    return { message, bot: bots.present(row), api_key: key, ...times };
  }

  return {
    /** Registers a bot for an owner. The key is returned only here. */
    async register(
      principal: Principal,
      { name, owner_id, platform, rate_limit_per_hour = 1000 }: RegisterBotBody,
    ): Promise<RegisteredBot> {
      const key = newApiKey(random, 'hbot_');
      const trimmed = name.trim();
      const row = await units.run('register bot', async ({ db }) => {
        const actor = await requireOwner(db, principal, owner_id);
        const now = clock.now();
        const bot = { name: trimmed, ownerId: owner_id, platform, rateLimitPerHour: rate_limit_per_hour };
        const made = await repository.insertBot(db, { ...bot, keyHash: sha256(key), createdAt: now, updatedAt: now });
        const metadata = { name: trimmed, owner_id, platform, rate_limit_per_hour };
        await audit.record(db, { event: 'BOT_REGISTER', entity: ['bot', made.id], actor, metadata });
        return made;
      });
      return withKey('Bot registered successfully', row, key);
    },

    /** All bots by id, including inactive ones. */
    async list(principal: Principal, page: BotsQuery): Promise<{ items: Bot[]; total: number }> {
      if (!hasLevel(principal, Level.Admin)) throw levelRequired(Level.Admin)();

      const items = (await repository.listBots(read, page)).map(bots.present);
      return { items, total: await repository.countBots(read, { activeOnly: false }) };
    },

    /** Changes a bot. A new owner must be one that the actor may act for. */
    async update(principal: Principal, botId: number, body: UpdateBotBody): Promise<Bot> {
      const asked = columnsOf(body);
      if (Object.keys(asked).length === 0) throw botErrors.noChange();
      return units.run('update bot', async ({ db }) => {
        const { row, actor } = await requireManaged(db, principal, botId);
        if (asked.ownerId !== undefined) await requireOwner(db, principal, asked.ownerId);
        const change = changesOf(row, asked);
        if (Object.keys(change).length === 0) return bots.present(row);
        const next = await saved(db, botId, asked);
        await recordUpdate(db, actor, next, change, isVerified(row.botType));
        return bots.present(next);
      });
    },

    /** Replaces the key; the old one stops working at once. */
    async regenerateKey(principal: Principal, botId: number): Promise<RegisteredBot> {
      const key = newApiKey(random, 'hbot_');
      const row = await units.run('regenerate bot key', async ({ db }) => {
        const { row, actor } = await requireManaged(db, principal, botId);
        const metadata = { name: row.name };
        await audit.record(db, { event: 'BOT_KEY_REGENERATE', entity: ['bot', botId], actor, metadata });
        return saved(db, botId, { keyHash: sha256(key) });
      });
      return withKey(`API key regenerated for bot ${row.name}`, row, key);
    },

    /** Resets the figures reported by the bot. */
    async resetStats(principal: Principal, botId: number): Promise<{ message: string }> {
      await units.run('reset bot stats', async ({ db }) => {
        const { row, actor } = await requireManaged(db, principal, botId);
        const { name, groups, users: reached, latencyMs } = row;
        const metadata = { name, groups, users: reached, latency_ms: latencyMs };
        await audit.record(db, { event: 'BOT_STATS_RESET', entity: ['bot', botId], actor, metadata });
        await saved(db, botId, { groups: 0, users: 0, latencyMs: null });
      });
      return { message: `Bot ${botId} stats reset` };
    },

    /** Deletes the bot, its key and its statistics. The audit log stays. */
    async delete(principal: Principal, botId: number): Promise<{ message: string }> {
      await units.run('delete bot', async ({ db }) => {
        const { row, actor } = await requireManaged(db, principal, botId);
        const metadata = { name: row.name, owner_id: row.ownerId, platform: row.platform };
        await audit.record(db, { event: 'BOT_DELETE', entity: ['bot', botId], actor, metadata });
        await repository.deleteBot(db, botId);
      });
      return { message: `Bot ${botId} deleted` };
    },
  };
}

type Columns = Partial<Pick<BotRow, 'name' | 'ownerId' | 'rateLimitPerHour' | 'botType' | 'isActive'>>;

function columnsOf({ name, owner_id, rate_limit_per_hour, bot_type, is_active }: UpdateBotBody): Columns {
  return {
    ...(name === undefined ? {} : { name: name.trim() }),
    ...(owner_id === undefined ? {} : { ownerId: owner_id }),
    ...(rate_limit_per_hour === undefined ? {} : { rateLimitPerHour: rate_limit_per_hour }),
    ...(bot_type === undefined ? {} : { botType: BOT_TYPES.indexOf(bot_type) + 1 }),
    ...(is_active === undefined ? {} : { isActive: is_active }),
  };
}

const WIRE_NAMES: Record<keyof Columns, string> = {
  name: 'name',
  ownerId: 'owner_id',
  rateLimitPerHour: 'rate_limit_per_hour',
  botType: 'bot_type',
  isActive: 'is_active',
};

/** The fields that change, by their wire names. */
function changesOf(row: BotRow, asked: Columns): Change {
  const names = Object.keys(asked) as (keyof Columns)[];
  const changed = names.filter((name) => asked[name] !== row[name]);
  return Object.fromEntries(changed.map((name) => [WIRE_NAMES[name], { from: row[name], to: asked[name] }]));
}
