import { expect, test } from 'bun:test';
import { DAY_MS } from '../../src/core/durations.ts';
import { Level } from '../../src/core/principal.ts';
import { expiryOf, wouldLose } from '../../src/modules/people/subscriptions/subscriptions.policy.ts';
import {
  canActFor,
  chatSlots,
  hasPremium,
  isBanned,
  isTimedOut,
  Tier,
  UserState,
} from '../../src/modules/people/users/users.policy.ts';

const NOW = 1000;
const has = (subscriptionTier: Tier, subscriptionExpiresAt: number | null = null) => ({
  subscriptionTier,
  subscriptionExpiresAt,
});

test('a subscription counts until the millisecond in which it ends; Lifetime has no end, Basic is none', () => {
  for (const tier of [Tier.Trial, Tier.Premium]) {
    const ends = [NOW + 1, NOW, NOW - 1, null];
    expect(ends.map((end) => hasPremium(has(tier, end), NOW))).toEqual([true, false, false, false]);
  }
  expect(hasPremium(has(Tier.Lifetime), NOW)).toBe(true);
  expect(hasPremium(has(Tier.Basic, NOW + 1), NOW)).toBe(false);
});

test('a grant takes nothing away that is worth more', () => {
  const tiers = [Tier.Basic, Tier.Trial, Tier.Premium, Tier.Lifetime];
  const losing = (tier: Exclude<Tier, 0>) => tiers.map((present) => wouldLose(has(present), { tier, days: 1 }));
  expect(losing(Tier.Trial)).toEqual([false, false, true, true]);
  expect(losing(Tier.Premium)).toEqual([false, false, false, true]);
  expect(losing(Tier.Lifetime)).toEqual([false, false, false, false]);
});

test('Premium on running Premium goes on where that ends; every other grant counts from now', () => {
  const premium = { tier: Tier.Premium, days: 2 };
  expect(expiryOf(premium, has(Tier.Premium, NOW + 5), NOW)).toBe(NOW + 5 + 2 * DAY_MS);
  expect(expiryOf(premium, has(Tier.Premium, NOW - 5), NOW)).toBe(NOW + 2 * DAY_MS);
  expect(expiryOf(premium, has(Tier.Trial, NOW + 5), NOW)).toBe(NOW + 2 * DAY_MS);
  expect(expiryOf({ tier: Tier.Trial, days: 7 }, has(Tier.Premium, NOW + 5), NOW)).toBe(NOW + 7 * DAY_MS);
  expect(expiryOf({ tier: Tier.Lifetime, days: 7 }, has(Tier.Premium, NOW + 5), NOW)).toBeNull();
});

test('an account is banned or timed out until the millisecond in which that ends', () => {
  const ends = [NOW + 1, NOW, NOW - 1, null];
  const banned = (stateExpiresAt: number | null) => isBanned({ state: UserState.Banned, stateExpiresAt }, NOW);
  const timedOut = (stateExpiresAt: number | null) => isTimedOut({ state: UserState.Timeout, stateExpiresAt }, NOW);
  expect(ends.map(banned)).toEqual([true, false, false, true]);
  expect(ends.map(timedOut)).toEqual([true, false, false, false]);
  expect(isBanned({ state: UserState.Timeout, stateExpiresAt: null }, NOW)).toBe(false);
  expect(isTimedOut({ state: UserState.Banned, stateExpiresAt: NOW + 1 }, NOW)).toBe(false);
});

test('a User owns one chat with Premium and none without, an Admin five, an Owner any number', () => {
  const slots = [Level.User, Level.Moderator, Level.Admin, Level.Owner].map((level) => [
    chatSlots(level, false),
    chatSlots(level, true),
  ]);
  expect(slots).toEqual([
    [0, 1],
    [0, 1],
    [5, 5],
    [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
  ]);
});

test('on behalf of a person may act they themselves, who ranks above them, and the console', () => {
  const someone = (userId: number, level: Level) =>
    ({ kind: 'user', userId, username: 'ada', avatarUrl: null, level, sessionId: 's' }) as const;
  const eve = { id: 2, permissionLevel: Level.Moderator };
  expect(canActFor(someone(2, Level.User), eve)).toBe(true);
  expect(canActFor(someone(1, Level.Moderator), eve)).toBe(false);
  expect(canActFor(someone(1, Level.Admin), eve)).toBe(true);
  expect(canActFor({ kind: 'console' }, eve)).toBe(true);
  expect(canActFor({ kind: 'client' }, eve)).toBe(false);
});
