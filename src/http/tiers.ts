import { networkOf } from '../core/addresses.ts';
import { MINUTE_MS, secondsToWait } from '../core/durations.ts';
import { rateLimited } from '../core/errors.ts';
import type { RateLimiter } from '../ports/rate-limiter.ts';
import type { RequestContext } from './request-context.ts';

/** Groups of endpoints that share a per-minute limit. */
export type Tier = 'LOGIN' | 'AUTH' | 'ADMIN' | 'PUBLIC' | 'BOT' | 'HEALTH';
export type TierLimits = Record<Tier, number>;

export type Tiers = {
  /** Counts the request against its tier, for this client address or `key`. Throws `ERR_RATE_LIMITED`. */
  consume(context: RequestContext, tier: Tier, key?: string): Promise<void>;
};

/** Per-minute limits by tier. Without `limits`, nothing is counted and no headers are sent. */
export function createTiers(limiter: RateLimiter, limits: TierLimits | undefined): Tiers {
  return {
    async consume(context, tier, key) {
      if (!limits) return;
      const limit = limits[tier];
      const state = await limiter.consume(`${tier}:${key ?? networkOf(context.ip)}`, { limit, windowMs: MINUTE_MS });
      context.rate = { ...state, limit };
      if (!state.allowed) throw rateLimited({ retry_after: secondsToWait(state.resetMs) });
    },
  };
}
