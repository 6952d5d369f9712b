import type { Clock } from '../../../core/clock.ts';
import { secondsToWait } from '../../../core/durations.ts';
import type { Queries } from '../../../db/queries.ts';
import * as repository from './sanctions.repository.ts';
import { EVERY_CHAT } from './sanctions.tables.ts';

export type Mutes = ReturnType<typeof createMutes>;
/** `ttl`: seconds left, 0 for no end. */
export type Muted = { ttl: number; reason: string | null };

/** Mutes in one chat or in every chat (hard mutes). */
export function createMutes({ read, clock }: { read: Queries; clock: Clock }) {
  /** The mute that affects the user in this chat; of several, the one that lasts longest. */
  async function find(db: Queries, userId: number, chatId: number): Promise<Muted | null> {
    const now = clock.now();
    const found = await repository.listMutesOn(db, userId, chatId, now);
    const end = (expiresAt: number | null) => expiresAt ?? Number.POSITIVE_INFINITY;
    const [longest] = found.toSorted((a, b) => (end(a.expiresAt) < end(b.expiresAt) ? 1 : -1));
    if (!longest) return null;
    const { expiresAt, reason } = longest;
    return { ttl: expiresAt === null ? 0 : secondsToWait(expiresAt - now), reason };
  }

  return {
    find,

    /** The user's hard mute. */
    hard: (db: Queries, userId: number): Promise<Muted | null> => find(db, userId, EVERY_CHAT),

    async isMuted(userId: number, chatId: number): Promise<boolean> {
      return (await find(read, userId, chatId)) !== null;
    },
  };
}
