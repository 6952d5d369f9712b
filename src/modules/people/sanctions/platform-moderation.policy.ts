import { DAY_MS } from '../../../core/durations.ts';
import { UserState } from '../users/users.policy.ts';

type Punishment = { actionType: string; isLifted: boolean; expiresAt: number | null };

/** The longest timeout that a Moderator may give. A longer one amounts to a ban, which takes an Admin. */
export const LONGEST_BY_MODERATOR_MS = 30 * DAY_MS;

/** Actions that determine the state of an account. */
export const KEEPING_OUT = ['PLATFORM_BAN', 'PLATFORM_TIMEOUT'] as const;

/** Whether it is in force. A kick never is. */
export function isActive({ actionType, isLifted, expiresAt }: Punishment, now: number): boolean {
  return !isLifted && actionType !== 'CHAT_KICK' && (expiresAt === null || expiresAt > now);
}

/** The account state that follows from these actions: a ban outweighs a timeout, a longer one a shorter one. */
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
