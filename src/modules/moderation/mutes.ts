import type { Clock } from '../../core/clock.ts';
import type { Queries } from '../../db/queries.ts';
import * as repository from './moderation.repository.ts';

export type Mutes = ReturnType<typeof createMutes>;

/** Who may read and not speak: in one chat, or in all of them (a hard mute). */
export function createMutes({ clock }: { clock: Clock }) {
  return {
    /** What holds against this user in this chat: `ttl` in whole seconds, 0 for no end; of two mutes the one that lasts longer. */
    async find(db: Queries, userId: number, chatId: number): Promise<{ ttl: number } | null> {
      const now = clock.now();
      const ends = await repository.listMuteEnds(db, userId, chatId, now);
      if (ends.length === 0) return null;
      if (ends.includes(null)) return { ttl: 0 };
      return { ttl: Math.ceil((Math.max(...ends.map(Number)) - now) / 1000) };
    },
  };
}
