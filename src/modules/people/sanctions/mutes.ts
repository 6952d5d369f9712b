import type { Clock } from '../../../core/clock.ts';
import type { Queries } from '../../../db/queries.ts';
import * as repository from './sanctions.repository.ts';
import { EVERY_CHAT } from './sanctions.tables.ts';

export type Mutes = ReturnType<typeof createMutes>;
/** `ttl` in whole seconds, 0 for no end. */
export type Muted = { ttl: number };

/** Who may read and not speak: in one chat, or in all of them (a hard mute). */
export function createMutes({ read, clock }: { read: Queries; clock: Clock }) {
  /** What holds against this user in this chat; of two mutes the one that lasts longer. */
  async function find(db: Queries, userId: number, chatId: number): Promise<Muted | null> {
    const now = clock.now();
    const ends = await repository.listMuteEnds(db, userId, chatId, now);
    if (ends.length === 0) return null;
    if (ends.includes(null)) return { ttl: 0 };
    return { ttl: Math.ceil((Math.max(...ends.map(Number)) - now) / 1000) };
  }

  return {
    find,

    /** The user's mute in every chat. */
    hard: (db: Queries, userId: number): Promise<Muted | null> => find(db, userId, EVERY_CHAT),

    async isMuted(userId: number, chatId: number): Promise<boolean> {
      return (await find(read, userId, chatId)) !== null;
    },
  };
}
