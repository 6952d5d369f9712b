import { DAY_MS } from '../../../core/durations.ts';
import { hasPremium, Tier } from '../users/users.policy.ts';

export const TRIAL_DAYS = 7;

export type Subscription = { subscriptionTier: number; subscriptionExpiresAt: number | null };
export type Grant = { tier: Exclude<Tier, 0>; days: number };

/** Whether the grant would replace a higher tier. */
export function wouldLose({ subscriptionTier }: Subscription, { tier }: Grant): boolean {
  return subscriptionTier > tier && subscriptionTier !== Tier.Basic;
}

/** When a subscription granted now expires. Premium extends running Premium. */
export function expiryOf(grant: Grant, present: Subscription, now: number): number | null {
  if (grant.tier === Tier.Lifetime) return null;
  const runs = grant.tier === Tier.Premium && present.subscriptionTier === Tier.Premium && hasPremium(present, now);
  return (runs ? (present.subscriptionExpiresAt ?? now) : now) + grant.days * DAY_MS;
}
