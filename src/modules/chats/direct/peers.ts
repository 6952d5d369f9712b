import type { Cancel, Timers } from '../../../core/clock.ts';
import type { Logger } from '../../../core/logger.ts';
import type { PersonId } from '../../../core/principal.ts';
import type { Online } from '../../../ports/online.ts';
import { personRoom, type Realtime } from '../../../ports/realtime.ts';
import type { DirectPeople } from '../voice/voice.ts';
import type { Direct } from './direct.service.ts';

type Deps = {
  timers: Timers;
  logger: Logger;
  online: Pick<Online, 'among'>;
  realtime: Pick<Realtime, 'publish'>;
  directPeople: Pick<DirectPeople, 'find' | 'has' | 'chatsOf'>;
  direct: Pick<Direct, 'listLive' | 'endAbsent'>;
  /** How long a participant may be away. */
  graceMs: number;
};

type Absence = { chatId: number; person: PersonId; at: number };

export type Peers = ReturnType<typeof createPeers>;

/**
 * Who of two has no socket at all. The other one is told, and after the grace the chat ends. Held in memory: after a
 * restart everyone is absent, with the whole grace to come back.
 */
export function createPeers({ timers, logger, online, realtime, directPeople, direct, graceMs }: Deps) {
  /** In the order of their ends, since every absence lasts as long. */
  const absences = new Map<string, Absence>();
  let alarm: Cancel | undefined;
  let isStopped = false;

  const keyOf = (chatId: number, person: PersonId) => `${chatId}:${person}`;

  /** Undefined once the chat is gone. */
  function otherOf(chatId: number, person: PersonId): PersonId | undefined {
    return directPeople.find(chatId)?.find((one) => one.person !== person)?.person;
  }

  function tellLeft(to: PersonId, { chatId, at }: Absence): void {
    const grace_until_ms = timers.now() + at - timers.elapsed();
    realtime.publish(personRoom(to), 'room:peer_left', { chat_id: chatId, grace_until_ms: Math.round(grace_until_ms) });
  }

  function setAlarm(): void {
    alarm?.();
    const [first] = absences.values();
    alarm =
      first && !isStopped ? timers.after(Math.max(0, first.at - timers.elapsed()), () => void endDue()) : undefined;
  }

  async function endDue(): Promise<void> {
    const now = timers.elapsed();
    for (const [key, { chatId, person, at }] of absences) {
      if (at > now) break;
      absences.delete(key);
      if ((await online.among([person])).size > 0) continue;
      await direct.endAbsent(chatId, person).catch((error: unknown) => {
        logger.error('ending a direct chat failed', { chat_id: chatId, error });
      });
    }
    setAlarm();
  }

  /** Undefined if the person is away already. */
  function note(chatId: number, person: PersonId): Absence | undefined {
    const key = keyOf(chatId, person);
    if (absences.has(key)) return undefined;
    const absence = { chatId, person, at: timers.elapsed() + graceMs };
    absences.set(key, absence);
    if (absences.size === 1) setAlarm();
    return absence;
  }

  return {
    /** The person's last socket has gone, or there was none at birth. */
    async left(person: PersonId, chatIds?: readonly number[]): Promise<void> {
      if (isStopped) return;
      const live = chatIds ?? (await direct.listLive(person));
      if (live.length === 0 || (await online.among([person])).size > 0) return;
      for (const chatId of live) {
        const absence = note(chatId, person);
        const other = otherOf(chatId, person);
        if (absence && other) tellLeft(other, absence);
      }
    },

    /** The person has a socket again. They hear who else is away. */
    returned(person: PersonId): void {
      for (const chatId of directPeople.chatsOf(person)) {
        const other = otherOf(chatId, person);
        if (!other) continue;
        if (absences.delete(keyOf(chatId, person)))
          realtime.publish(personRoom(other), 'room:peer_returned', { chat_id: chatId });
        const absence = absences.get(keyOf(chatId, other));
        if (absence) tellLeft(person, absence);
      }
    },

    /** The chat has ended, or is gone. */
    ended(chatId: number, people: readonly PersonId[]): void {
      for (const person of people) absences.delete(keyOf(chatId, person));
    },

    /** At start: nobody is connected yet. Nobody is told. */
    expect(live: readonly { chatId: number; people: readonly PersonId[] }[]): void {
      for (const { chatId, people } of live) for (const person of people) note(chatId, person);
    },

    /** Cancels the alarm: departures have no consequences any more. */
    stop(): void {
      isStopped = true;
      alarm?.();
    },
  };
}
