import { Level, type Principal } from '../../../core/principal.ts';

/** Whether someone of level `actor` may act on someone of level `target`: who ranks higher, and Owners among themselves. */
export function canActOn(actor: number, target: number): boolean {
  return actor > target || (actor === Level.Owner && target === Level.Owner);
}

/** Whether the actor may act in this user's place: for themselves, and for whom they may act on. The console may for all. */
export function canActFor(actor: Principal, user: { id: number; permissionLevel: number }): boolean {
  if (actor.kind !== 'user') return actor.kind === 'console';
  return actor.userId === user.id || canActOn(actor.level, user.permissionLevel);
}

/** As canActOn, for whoever acts: whoever sits at the machine, and the server itself, may act on everybody. */
export function mayActOn(actor: Principal, target: number): boolean {
  if (actor.kind === 'console' || actor.kind === 'system') return true;
  return actor.kind === 'user' && canActOn(actor.level, target);
}

/**
 * Whether the actor may bring this user to this level. Admins may take Moderator away and nothing else; Owners may give
 * levels up to Admin, and act on Owners, themselves among them; Owners are made at the machine alone.
 */
export function maySetLevel(actor: Principal, target: number, level: number): boolean {
  if (actor.kind !== 'user') return actor.kind === 'console';
  return mayActOn(actor, target) && level <= highestGrant(actor.level);
}

/** The highest level that somebody of this level may bring others to; -1: none. */
export function highestGrant(level: number): number {
  if (level === Level.Owner) return Level.Admin;
  return level === Level.Admin ? Level.User : -1;
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

type AccountState = { state: number; stateExpiresAt: number | null };

export function isBanned({ state, stateExpiresAt }: AccountState, now: number): boolean {
  return state === UserState.Banned && (stateExpiresAt === null || stateExpiresAt > now);
}

export function isTimedOut({ state, stateExpiresAt }: AccountState, now: number): boolean {
  return state === UserState.Timeout && stateExpiresAt !== null && stateExpiresAt > now;
}

/** How many chats of their own someone may have. */
export function chatSlots(level: number, premium: boolean): number {
  if (level === Level.Owner) return Number.POSITIVE_INFINITY;
  if (level === Level.Admin) return 5;
  return premium ? 1 : 0;
}
