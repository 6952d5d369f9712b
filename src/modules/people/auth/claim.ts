import { type Clock, isoTime } from '../../../core/clock.ts';
import { MINUTE_MS } from '../../../core/durations.ts';
import type { Random } from '../../../core/random.ts';
import { newSessionToken, sameText } from '../../../core/secrets.ts';

const LIFETIME_MS = 30 * MINUTE_MS;

/** The token of the claim link, by which the operator becomes the first Owner. It exists only in this process. */
export function createClaim({ clock, random }: { clock: Clock; random: Random }) {
  let token = newSessionToken(random);
  let expiresAt = clock.elapsed() + LIFETIME_MS;
  const isLive = () => clock.elapsed() < expiresAt;
  return {
    get token(): string {
      return token;
    },

    isRight: (given: string) => sameText(given, token) && isLive(),

    /** Makes the link good for another 30 minutes: the same one while it is, a new one afterwards. */
    renew(): { token: string; expires_at: string } {
      if (!isLive()) token = newSessionToken(random);
      expiresAt = clock.elapsed() + LIFETIME_MS;
      return { token, expires_at: isoTime(clock.now() + LIFETIME_MS) };
    },
  };
}

export type Claim = ReturnType<typeof createClaim>;
