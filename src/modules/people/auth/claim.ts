import type { Clock } from '../../../core/clock.ts';
import { MINUTE_MS } from '../../../core/durations.ts';
import type { Random } from '../../../core/random.ts';
import { newSessionToken, sameText } from '../../../core/secrets.ts';

const LIFETIME_MS = 30 * MINUTE_MS;

/** The token of the claim link, by which the operator becomes the first Owner. It exists only in this process. */
export function createClaim({ clock, random }: { clock: Clock; random: Random }) {
  const token = newSessionToken(random);
  const expiresAt = clock.elapsed() + LIFETIME_MS;
  return {
    token,
    isRight: (given: string) => sameText(given, token) && clock.elapsed() < expiresAt,
  };
}

export type Claim = ReturnType<typeof createClaim>;
