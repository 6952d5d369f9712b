import { DAY_MS } from '../../../core/units.ts';
import { UserState } from '../users/users.policy.ts';

type Punishment = { actionType: string; isLifted: boolean; expiresAt: number | null };

/** The longest timeout that a Moderator may give. A longer one is as good as a ban, and that is for Admins. */
export const LONGEST_BY_MODERATOR_MS = 30 * DAY_MS;

/** What of someone's record is about the whole platform and keeps them out. */
export const KEEPING_OUT = ['PLATFORM_BAN', 'PLATFORM_TIMEOUT'] as const;

/** Whether it holds now. A kick is over at once. */
export function isActive({ actionType, isLifted, expiresAt }: Punishment, now: number): boolean {
  return !isLifted && actionType !== 'CHAT_KICK' && (expiresAt === null || expiresAt > now);
}

/** How someone stands by what holds against them: a ban before a timeout, what lasts longest before what ends sooner. */
export function accountStateBy(punishments: readonly Punishment[], now: number) {
  const holding = punishments.filter((one) => isActive(one, now));
  for (const [actionType, state] of [
    ['PLATFORM_BAN', UserState.Banned],
    ['PLATFORM_TIMEOUT', UserState.Timeout],
  ] as const) {
    const ends = holding.filter((one) => one.actionType === actionType).map(({ expiresAt }) => expiresAt);
    if (ends.length > 0) return { state, stateExpiresAt: ends.includes(null) ? null : Math.max(...ends.map(Number)) };
  }
  return { state: UserState.Active, stateExpiresAt: null };
}
