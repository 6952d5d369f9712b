import { type Clock, isoTime } from '../../../core/clock.ts';
import { DAY_MS } from '../../../core/durations.ts';
import type { UserPrincipal } from '../../../core/principal.ts';
import type { Queries } from '../../../db/queries.ts';
import type { Units } from '../../../db/units.ts';
import type { AvatarAddress } from '../../people/users/users.presenter.ts';
import type { Chats } from '../chats/chats.service.ts';
import * as repository from './activity.repository.ts';
import type { ActivityQuery, ChatActivities } from './membership.model.ts';

type Deps = {
  read: Queries;
  units: Pick<Units<never>, 'run'>;
  clock: Clock;
  chats: Pick<Chats, 'requireModerator'>;
  avatarAddress: AvatarAddress;
};

const KEPT_MS = 90 * DAY_MS;
const AT_ONCE = 500;
const STEPS = 40;

export type ChatActivityLog = ReturnType<typeof createChatActivityLog>;

/** The record of who joined a chat, by which way, and who left. */
export function createChatActivityLog({ read, units, clock, chats, avatarAddress }: Deps) {
  /** The position of `forgetOld`. It starts over after a full pass. */
  let lookedAt = 0;

  function userOf({ userId, username, avatarUrl }: repository.ActivityRow): ChatActivities['events'][number]['user'] {
    if (userId === null || username === null) return null;
    return { id: userId, username, avatar_url: avatarAddress(avatarUrl) };
  }

  return {
    /** Newest first, for moderators of the chat. */
    async list(who: UserPrincipal, chatId: number, { offset, limit }: ActivityQuery): Promise<ChatActivities> {
      await chats.requireModerator(read, who, chatId);
      const total = await repository.countActivity(read, chatId);
      const rows = await repository.listActivity(read, chatId, offset, limit);
      const events = rows.map((row) => ({
        user: userOf(row),
        action: row.action,
        method: row.method,
        invite_code: row.inviteCode,
        created_at: isoTime(row.createdAt),
      }));
      return { events, total, offset, limit };
    },

    /**
     * Deletes entries older than 90 days, in batches. Each person's last entry in a chat stays: it tells whether they
     * may still hold its key.
     */
    async forgetOld(): Promise<void> {
      const before = clock.now() - KEPT_MS;
      for (let step = 0; step < STEPS; step++) {
        const rows = await repository.listActivityAfter(read, lookedAt, AT_ONCE);
        const old = rows.filter(({ createdAt }) => createdAt < before);
        const gone: number[] = [];
        for (const row of old) if (await repository.isOvertaken(read, row)) gone.push(row.id);
        if (gone.length > 0) await units.run('forget activity', ({ db }) => repository.deleteActivity(db, gone));
        lookedAt = old.length < AT_ONCE ? 0 : (old.at(-1)?.id ?? 0);
        if (lookedAt === 0) return;
        await Bun.sleep(1);
      }
    },
  };
}
