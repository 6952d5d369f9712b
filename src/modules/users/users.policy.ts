import { Level } from '../../core/principal.ts';

/** Whether someone of level `actor` may act on someone of level `target`: who ranks higher, and Owners among themselves. */
export function canActOn(actor: number, target: number): boolean {
  return actor > target || (actor === Level.Owner && target === Level.Owner);
}

export const Tier = { Basic: 0, Trial: 1, Premium: 2, Lifetime: 3 } as const;
export type Tier = (typeof Tier)[keyof typeof Tier];
export const TIER_NAMES = ['basic', 'trial', 'premium', 'lifetime'] as const;

export const UserState = { Active: 0, Timeout: 1, Banned: 2 } as const;

type Subscription = { subscriptionTier: number; subscriptionExpiresAt: number | null };

/** Trial, Premium or Lifetime that has not run out. */
export function hasPremium({ subscriptionTier, subscriptionExpiresAt }: Subscription, now: number): boolean {
  if (subscriptionTier === Tier.Basic) return false;
  return subscriptionTier === Tier.Lifetime || (subscriptionExpiresAt !== null && subscriptionExpiresAt > now);
}

type Standing = { state: number; stateExpiresAt: number | null };

export function isBanned({ state, stateExpiresAt }: Standing, now: number): boolean {
  return state === UserState.Banned && (stateExpiresAt === null || stateExpiresAt > now);
}

export function isTimedOut({ state, stateExpiresAt }: Standing, now: number): boolean {
  return state === UserState.Timeout && stateExpiresAt !== null && stateExpiresAt > now;
}

/** How many chats of their own someone may have. */
export function chatSlots(level: number, premium: boolean): number {
  if (level === Level.Owner) return Number.POSITIVE_INFINITY;
  if (level === Level.Admin) return 5;
  return premium ? 1 : 0;
}
