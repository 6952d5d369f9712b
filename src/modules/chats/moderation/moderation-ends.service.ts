import type { Clock } from '../../../core/clock.ts';
import { SYSTEM } from '../../../core/principal.ts';
import type { Queries } from '../../../db/queries.ts';
import type { Unit, Units } from '../../../db/units.ts';
import type { Audit } from '../../people/audit/audit.service.ts';
import * as repository from '../../people/sanctions/sanctions.repository.ts';
import { EVERY_CHAT } from '../../people/sanctions/sanctions.tables.ts';
import * as bans from './chat-bans.repository.ts';
import type { ModerationEvent } from './moderation.events.ts';
import { listOverMutes } from './over-mutes.repository.ts';

type Deps = {
  read: Queries;
  units: Pick<Units<ModerationEvent>, 'run'>;
  clock: Clock;
  audit: Pick<Audit, 'record'>;
};

/** `chat` is null for a platform-wide mute. */
type Over = { chatId: number; userId: number; username: string; chat: string | null };

const OVER_AT_ONCE = 50;

export type ModerationEnds = ReturnType<typeof createModerationEnds>;

/** Tidies up expired bans and mutes and notifies people. The checks themselves compare with the clock. */
export function createModerationEnds({ read, units, clock, audit }: Deps) {
  async function endBan({ db, emit }: Unit<ModerationEvent>, { chatId, userId, username, chat }: Over): Promise<void> {
    const now = clock.now();
    if (!(await bans.removeOverBan(db, chatId, userId, now))) return;
    await repository.liftInChat(db, { userId, chatId, actionType: 'CHAT_BAN' }, now);
    const metadata = { user_id: userId, username, chat, reason: null, expired: true };
    await audit.record(db, { event: 'CHAT_UNBAN', entity: ['chat', chatId], actor: SYSTEM, metadata });
    emit({ name: 'member.unbanned', chatId, userId });
  }

  async function endMute({ db, emit }: Unit<ModerationEvent>, { chatId, userId, username, chat }: Over): Promise<void> {
    const now = clock.now();
    if (!(await repository.removeOverMute(db, userId, chatId, now))) return;
    await repository.liftInChat(db, { userId, chatId, actionType: 'CHAT_MUTE' }, now);
    if (chatId === EVERY_CHAT) {
      const metadata = { username, reason: null, expired: true };
      await audit.record(db, { event: 'USER_HARD_UNMUTE', entity: ['user', userId], actor: SYSTEM, metadata });
      emit({ name: 'user.hard_unmuted', userId });
    } else {
      const metadata = { user_id: userId, username, chat, reason: null, expired: true };
      await audit.record(db, { event: 'CHAT_UNMUTE', entity: ['chat', chatId], actor: SYSTEM, metadata });
      emit({ name: 'member.unmuted', chatId, userId });
    }
  }

  return {
    /** Ends a batch of expired bans and mutes. True if there may be more. */
    async endOver(): Promise<boolean> {
      const now = clock.now();
      const overBans = await bans.listOverBans(read, now, OVER_AT_ONCE);
      const overMutes = await listOverMutes(read, now, OVER_AT_ONCE);
      if (overBans.length + overMutes.length === 0) return false;
      await units.run('end bans and mutes', async (unit) => {
        for (const one of overBans) await endBan(unit, one);
        for (const one of overMutes) await endMute(unit, one);
      });
      return overBans.length === OVER_AT_ONCE || overMutes.length === OVER_AT_ONCE;
    },
  };
}
