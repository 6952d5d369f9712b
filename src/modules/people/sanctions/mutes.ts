import type { Clock } from '../../../core/clock.ts';
import { secondsToWait } from '../../../core/durations.ts';
import type { Queries } from '../../../db/queries.ts';
import * as repository from './sanctions.repository.ts';
import { EVERY_CHAT } from './sanctions.tables.ts';

export type Mutes = ReturnType<typeof createMutes>;
/** `ttl`: seconds left, 0 for no end. */
export type Muted = { ttl: number };

/** Mutes in one chat or in every chat (hard mutes). */
export function createMutes({ read, clock }: { read: Queries; clock: Clock }) {
  /** The mute that affects the user in this chat; of several, the one that lasts longest. */
  async function find(db: Queries, userId: number, chatId: number): Promise<Muted | null> {
    const now = clock.now();
    const ends = await repository.listMuteEnds(db, userId, chatId, now);
    if (ends.length === 0) return null;
    if (ends.includes(null)) return { ttl: 0 };
    return { ttl: secondsToWait(Math.max(...ends.map(Number)) - now) };
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
