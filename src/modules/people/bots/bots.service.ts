import type { Clock } from '../../../core/clock.ts';
import { HOUR_MS, secondsToWait } from '../../../core/durations.ts';
import { type BotPrincipal, type ClientPrincipal, Level, type UserPrincipal } from '../../../core/principal.ts';
import { isWellFormedApiKey, sha256 } from '../../../core/secrets.ts';
import type { Queries } from '../../../db/queries.ts';
import type { Units } from '../../../db/units.ts';
import type { RateLimiter } from '../../../ports/rate-limiter.ts';
import { botErrors } from './bots.errors.ts';
import {
  BOT_TYPES,
  type Bot,
  type BotSearchQuery,
  type BotsQuery,
  type BotView,
  type FoundBots,
} from './bots.model.ts';
import { presentBot, presentPublicBot } from './bots.presenter.ts';
import * as repository from './bots.repository.ts';
import type { BotRow } from './bots.tables.ts';

type Deps = {
  read: Queries;
  units: Pick<Units<never>, 'run'>;
  clock: Clock;
  limiter: RateLimiter;
  limits: { enabled: boolean };
};

/** A reader of the public endpoints. */
type Viewer = UserPrincipal | ClientPrincipal;

export type Bots = ReturnType<typeof createBots>;

/** The directory of bots, and their authentication. */
export function createBots({ read, units, clock, limiter, limits }: Deps) {
  /** When bots last called; flushed by a job rather than on every call. */
  let seen = new Map<number, number>();

  const upToDate = (row: BotRow): BotRow => ({ ...row, lastActivityAt: seen.get(row.id) ?? row.lastActivityAt });

  function viewFor(viewer: Viewer, row: BotRow): BotView {
    return isStaff(viewer) ? presentBot(upToDate(row)) : presentPublicBot(upToDate(row));
  }

  return {
    /** The active bot with this key, if any. */
    async findByKey(key: string): Promise<BotPrincipal | undefined> {
      if (!isWellFormedApiKey(key, 'hbot_')) return undefined;
      const bot = await repository.findBotByKeyHash(read, sha256(key));
      return bot && { kind: 'bot', botId: bot.id, platform: bot.platform, callsPerHour: bot.rateLimitPerHour };
    },

    /** Counts a call against the bot's own limit. Throws `ERR_BOT_RATE_LIMIT`. */
    async countCall({ botId, callsPerHour }: BotPrincipal): Promise<void> {
      seen.set(botId, clock.now());
      if (!limits.enabled) return;
      const rule = { limit: callsPerHour, windowMs: HOUR_MS };
      const { allowed, resetMs } = await limiter.consume(`bot-hour:${botId}`, rule);
      if (!allowed) throw botErrors.rateLimit({ retry_after: secondsToWait(resetMs) });
    },

    /** The full view of a bot. */
    present(row: BotRow): Bot {
      return presentBot(upToDate(row));
    },

    /** Active bots by id. */
    async list(viewer: Viewer, page: BotsQuery) {
      const rows = await repository.listActiveBots(read, page);
      const total = await repository.countBots(read, { activeOnly: true });
      return { items: rows.map((row) => viewFor(viewer, row)), total };
    },

    /** Inactive bots are visible to staff only. */
    async get(viewer: Viewer, id: number): Promise<BotView> {
      const row = await repository.findBot(read, id);
      if (!row || !(row.isActive || isStaff(viewer))) throw botErrors.notFound();
      return viewFor(viewer, row);
    },

    async search(viewer: UserPrincipal, query: BotSearchQuery): Promise<FoundBots> {
      const { q = '', owner, bot_type, offset, limit } = query;
      if (owner !== undefined && !isStaff(viewer)) throw botErrors.ownerFilter();
      const filter = {
        nameKey: repository.botNameKey(q.trim()),
        ownerId: owner,
        botType: bot_type === undefined ? undefined : botTypeOf(bot_type),
        activeOnly: !isStaff(viewer),
      };
      const { rows, total } = await repository.searchBots(read, filter, { offset, limit });
      return { bots: rows.map((row) => viewFor(viewer, row)), total, limit, offset };
    },

    /** Flushes when bots were last active. */
    async writeActivity(): Promise<void> {
      if (seen.size === 0) return;
      const writing = seen;
      seen = new Map();
      await units.run('write activity of bots', ({ db }) => repository.touchBots(db, writing));
    },
  };
}

function isStaff(viewer: Viewer): boolean {
  return viewer.kind === 'user' && viewer.level >= Level.Admin;
}

/** Parses a type given by name or number. */
function botTypeOf(text: string): number {
  const index = (BOT_TYPES as readonly string[]).indexOf(text);
  return index < 0 ? Number(text) : index + 1;
}
