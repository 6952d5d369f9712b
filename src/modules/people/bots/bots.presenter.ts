import { isoTime, isoTimeOrNull } from '../../../core/clock.ts';
import type { Bot, BotView } from './bots.model.ts';
import type { BotRow } from './bots.tables.ts';

export const BotType = { Official: 1, Verified: 2, Community: 3 } as const;

export function isVerified(botType: number): boolean {
  return botType < BotType.Community;
}

/** The public view of a bot. */
export function presentPublicBot(row: BotRow): BotView {
  return {
    id: row.id,
    name: row.name,
    groups: row.groups,
    users: row.users,
    avatar_url: row.avatarUrl,
    latency_ms: row.latencyMs,
    is_verified: isVerified(row.botType),
    last_activity_at: isoTimeOrNull(row.lastActivityAt),
    created_at: isoTime(row.createdAt),
    updated_at: isoTime(row.updatedAt),
  };
}

/** The full view: for staff and for the bot itself. */
export function presentBot(row: BotRow): Bot {
  return {
    ...presentPublicBot(row),
    platform: row.platform,
    owner_id: row.ownerId,
    bot_type: row.botType,
    is_active: row.isActive,
    rate_limit_per_hour: row.rateLimitPerHour,
  };
}
