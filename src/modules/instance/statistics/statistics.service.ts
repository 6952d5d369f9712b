import { type Clock, isoTime } from '../../../core/clock.ts';
import { SECOND_MS } from '../../../core/durations.ts';
import { NAME, VERSION } from '../../../core/version.ts';
import type { Queries } from '../../../db/queries.ts';
import { BotType } from '../../people/bots/bots.presenter.ts';
import { Tier } from '../../people/users/users.policy.ts';
import type { AppStatistics, BotStatistics, ChatStatistics, UserStatistics } from './statistics.model.ts';
import * as repository from './statistics.repository.ts';

type Deps = {
  read: Queries;
  clock: Clock;
  startedAt: number;
  /** Counts of at least this many rows are cached briefly. */
  keepFrom?: number;
};

/** Below this, counting takes well under a millisecond and is never cached. */
const KEEP_FROM = 10_000;
const KEEP_MS = 2 * SECOND_MS;

export type Statistics = ReturnType<typeof createStatistics>;

export function createStatistics({ read, clock, startedAt, keepFrom = KEEP_FROM }: Deps) {
  /** The counts of these kinds, in the given order. */
  function kept<K>(kinds: readonly K[], count: (db: Queries, kind: K) => Promise<number>): () => Promise<number[]> {
    let last: { counts: number[]; until: number } | undefined;
    return async () => {
      if (last && clock.elapsed() < last.until) return last.counts;
      const counts = await Promise.all(kinds.map((kind) => count(read, kind)));
      last = sum(counts) < keepFrom ? undefined : { counts, until: clock.elapsed() + KEEP_MS };
      return counts;
    };
  }

  const ofTiers = kept([Tier.Basic, Tier.Trial, Tier.Premium, Tier.Lifetime], repository.countUsersOfTier);
  const ofTypes = kept([BotType.Official, BotType.Verified, BotType.Community], repository.countBotsOfType);
  const ofVisibilities = kept(['official', 'public', 'private'], repository.countChatsOfVisibility);

  async function users(): Promise<UserStatistics> {
    const counts = await ofTiers();
    const [basic_count = 0, trial_count = 0, premium_count = 0, lifetime_count = 0] = counts;
    return { total_count: sum(counts), basic_count, trial_count, premium_count, lifetime_count };
  }

  async function bots(): Promise<BotStatistics> {
    const counts = await ofTypes();
    const [official_count = 0, verified_count = 0, community_count = 0] = counts;
    return { total_count: sum(counts), official_count, verified_count, community_count };
  }

  async function chats(): Promise<ChatStatistics> {
    const counts = await ofVisibilities();
    const [official = 0, open = 0, private_count = 0] = counts;
    return { total_count: sum(counts), public_count: official + open, private_count };
  }

  return {
    users,
    bots,
    chats,

    async app(): Promise<AppStatistics> {
      return {
        application_name: NAME,
        version: VERSION,
        users: await users(),
        bots: await bots(),
        chats: await chats(),
        started_at: isoTime(startedAt),
      };
    },
  };
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, one) => total + one, 0);
}
