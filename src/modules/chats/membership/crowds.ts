import type { Cancel, Timers } from '../../../core/clock.ts';
import { SECOND_MS } from '../../../core/durations.ts';
import type { Logger } from '../../../core/logger.ts';
import type { Unit, Units } from '../../../db/units.ts';
import type { ChatsEvent } from '../chats/chats.events.ts';
import type { MessagesEvent } from '../messages/messages.events.ts';
import type { Messages } from '../messages/messages.service.ts';

/** More people in a room than this are a crowd: what each of them does is not told to all the others any more. */
const CROWD = 200;
const NAMED = 3;

type Deps = {
  units: Pick<Units<MessagesEvent>, 'run'>;
  timers: Timers;
  logger: Logger;
  messages: Pick<Messages, 'announce'>;
};

export type Crowds = ReturnType<typeof createCrowds>;

/** Keeps large rooms quiet: a thousand who follow a link are not a thousand lines for each of five thousand. */
export function createCrowds({ units, timers, logger, messages }: Deps) {
  const crowded = new Set<number>();
  /** By chat: who has joined within the last second. */
  const arrived = new Map<number, { names: string[]; cancel: Cancel }>();
  let isStopped = false;

  async function announce(chatId: number, names: readonly string[]): Promise<void> {
    await units.run('announce arrivals', (unit) => messages.announce(unit, chatId, `${listed(names)} joined the chat`));
  }

  return {
    isCrowd: (chatId: number): boolean => crowded.has(chatId),

    /** So many are in the room now. */
    counted(chatId: number, count: number): void {
      if (count > CROWD) crowded.add(chatId);
      else crowded.delete(chatId);
    },

    /** Somebody joins, in the caller's unit: a line of their own, or in a crowd one line a second for all who come. */
    async joined(unit: Unit<ChatsEvent | MessagesEvent>, chatId: number, username: string): Promise<void> {
      if (crowded.has(chatId)) unit.emit({ name: 'member.came', chatId, username });
      else await messages.announce(unit, chatId, `${username} joined the chat`);
    },

    /** Somebody has joined a crowd. */
    gather(chatId: number, username: string): void {
      const waiting = arrived.get(chatId);
      if (waiting) waiting.names.push(username);
      if (waiting || isStopped) return;
      const names = [username];
      const cancel = timers.after(SECOND_MS, () => {
        arrived.delete(chatId);
        announce(chatId, names).catch((error: unknown) =>
          logger.error('announcing arrivals failed', { chat_id: chatId, error }),
        );
      });
      arrived.set(chatId, { names, cancel });
    },

    /** Tells nothing any more. */
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
