import type { Clock } from '../../../core/clock.ts';
import type { Unit } from '../../../db/units.ts';
import { liftInChat, removeMute } from '../../people/sanctions/sanctions.repository.ts';
import { removeBan } from './chat-bans.repository.ts';
import type { ModerationEvent } from './moderation.events.ts';

export type Pardon = ReturnType<typeof createPardon>;

/** Lifts a person's ban and mute in a chat, in the caller's unit. Used before they become its owner. */
export function createPardon({ clock }: { clock: Clock }) {
  return async ({ db, emit }: Unit<ModerationEvent>, chatId: number, userId: number): Promise<void> => {
    if (await removeBan(db, chatId, userId)) {
      await liftInChat(db, { userId, chatId, actionType: 'CHAT_BAN' }, clock.now());
      emit({ name: 'member.unbanned', chatId, userId });
    }
    if (await removeMute(db, userId, chatId)) {
      await liftInChat(db, { userId, chatId, actionType: 'CHAT_MUTE' }, clock.now());
      emit({ name: 'member.unmuted', chatId, userId });
    }
  };
}
