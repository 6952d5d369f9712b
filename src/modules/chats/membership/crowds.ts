import type { Beat, Cancel } from '../../../core/clock.ts';
import type { Logger } from '../../../core/logger.ts';
import type { Units } from '../../../db/units.ts';
import type { Presence } from '../../../ports/presence.ts';
import type { MessagesEvent } from '../messages/messages.events.ts';
import type { Messages } from '../messages/messages.service.ts';
import { isCrowdOf } from './membership.policy.ts';

const NAMED = 3;

type Deps = {
  units: Pick<Units<MessagesEvent>, 'run'>;
  beat: Pick<Beat, 'write'>;
  logger: Logger;
  presence: Pick<Presence, 'countPeople'>;
  messages: Pick<Messages, 'announce'>;
};

export type Crowds = ReturnType<typeof createCrowds>;

/** Keeps large rooms quiet: a thousand arrivals by one link produce no thousand lines for five thousand readers. */
export function createCrowds({ units, beat, logger, presence, messages }: Deps) {
  /** By chat: the names of people who joined within the last second. */
  const arrived = new Map<number, { names: string[]; cancel: Cancel }>();
  let isStopped = false;

  async function announce(chatId: number, names: readonly string[]): Promise<void> {
    await units.run('announce arrivals', (unit) => messages.announce(unit, chatId, `${listed(names)} joined the chat`));
  }

  return {
    /** Whether the room is a crowd now. Do not await it inside a unit of work. */
    isCrowd: async (chatId: number): Promise<boolean> => isCrowdOf(await presence.countPeople(chatId)),

    /** Adds an arrival to the chat's next announcement: one line per second for all of them. */
    gather(chatId: number, username: string): void {
      const waiting = arrived.get(chatId);
      if (waiting) waiting.names.push(username);
      if (waiting || isStopped) return;
      const names = [username];
      const cancel = beat.write(() => {
        arrived.delete(chatId);
        return announce(chatId, names).catch((error: unknown) =>
          logger.error('announcing arrivals failed', { chat_id: chatId, error }),
        );
      });
      arrived.set(chatId, { names, cancel });
    },

    /** Cancels pending announcements. */
    stop(): void {
      isStopped = true;
      for (const { cancel } of arrived.values()) cancel();
    },
  };
}

/** `anna`; `anna and ben`; `anna, ben, carl and 97 others`. */
function listed(names: readonly string[]): string {
  const left = names.length - NAMED;
  const parts = [...names.slice(0, NAMED), ...(left > 0 ? [left === 1 ? '1 other' : `${left} others`] : [])];
  const last = parts.pop() ?? '';
  return parts.length === 0 ? last : `${parts.join(', ')} and ${last}`;
}
