import { Level, type Principal } from '../../../core/principal.ts';

/** Whether level `actor` may act on level `target`: it is higher, or both are Owner. */
export function canActOn(actor: number, target: number): boolean {
  return actor > target || (actor === Level.Owner && target === Level.Owner);
}

/** Whether the actor may act on behalf of this user: it is themselves, or they outrank them. */
export function canActFor(actor: Principal, user: { id: number; permissionLevel: number }): boolean {
  if (actor.kind !== 'user') return actor.kind === 'console';
  return actor.userId === user.id || canActOn(actor.level, user.permissionLevel);
}

/** `canActOn` for any principal: the console and the server itself may act on everyone. */
export function mayActOn(actor: Principal, target: number): boolean {
  if (actor.kind === 'console' || actor.kind === 'system') return true;
  return actor.kind === 'user' && canActOn(actor.level, target);
}

/**
 * Whether the actor may give this user this level. Admins may only take Moderator away. Owners may give levels up to Admin,
 * to other Owners and themselves too. Only the console makes Owners.
 */
export function maySetLevel(actor: Principal, target: number, level: number): boolean {
  if (actor.kind !== 'user') return actor.kind === 'console';
  return mayActOn(actor, target) && level <= highestGrant(actor.level);
}

/** The highest level that this level may grant; -1: none. */
function highestGrant(level: number): number {
  if (level === Level.Owner) return Level.Admin;
  return level === Level.Admin ? Level.User : -1;
}

export const Tier = { Basic: 0, Trial: 1, Premium: 2, Lifetime: 3 } as const;
export type Tier = (typeof Tier)[keyof typeof Tier];
export const TIER_NAMES = ['basic', 'trial', 'premium', 'lifetime'] as const;

export const UserState = { Active: 0, Timeout: 1, Banned: 2 } as const;

type Subscription = { subscriptionTier: number; subscriptionExpiresAt: number | null };

/** A Trial, Premium or Lifetime subscription that has not expired. */
export function hasPremium({ subscriptionTier, subscriptionExpiresAt }: Subscription, now: number): boolean {
  if (subscriptionTier === Tier.Basic) return false;
  return subscriptionTier === Tier.Lifetime || (subscriptionExpiresAt !== null && subscriptionExpiresAt > now);
}

export type AccountState = { state: number; stateExpiresAt: number | null };

export function isBanned({ state, stateExpiresAt }: AccountState, now: number): boolean {
  return state === UserState.Banned && (stateExpiresAt === null || stateExpiresAt > now);
}

export function isTimedOut({ state, stateExpiresAt }: AccountState, now: number): boolean {
  return state === UserState.Timeout && stateExpiresAt !== null && stateExpiresAt > now;
}

/** How many chats a user may own. */
export function chatSlots(level: number, premium: boolean): number {
  if (level === Level.Owner) return Number.POSITIVE_INFINITY;
  if (level === Level.Admin) return 5;
  return premium ? 1 : 0;
}
