import type { Cancel, Timers } from '../../../core/clock.ts';
import { SECOND_MS } from '../../../core/durations.ts';
import type { PersonId } from '../../../core/principal.ts';
import type { Voice } from '../voice/voice.ts';

type Deps = {
  timers: Timers;
  voice: Pick<Voice, 'tellOthersAbout'>;
  crowds: { isCrowd(chatId: number): Promise<boolean> };
};

/** A person who is typing, and the socket they type on. */
type Typist = { person: PersonId; ownRoom: string; socketId: string };
/** `told` was broadcast last, `latest` is the current state; `end` is the timeout. */
type State = Typist & { told: boolean; latest: boolean; pause: Cancel | undefined; end: Cancel | undefined };

type Asking = { chatId: number; person: PersonId; socketId: string; isOver: boolean };

/** Clients repeat the event while a person types. After this long without one, typing has ended. */
const LASTS_MS = 10 * SECOND_MS;

export type Typing = ReturnType<typeof createTyping>;

/**
 * Broadcasts who is typing: at once, then at most once per second and person, and always the final state. Typing ends
 * when the socket closes, the person is muted or removed, or no event arrives. In a crowd nothing is sent: someone is always
 * typing.
 */
export function createTyping({ timers, voice, crowds }: Deps) {
  const states = new Map<string, State>();
  /** People whose right to type is being checked. */
  const asking = new Set<Asking>();
  const keyOf = (chatId: number, person: PersonId) => `${chatId}:${person}`;

  function relay(chatId: number, state: State): void {
    state.told = state.latest;
    voice.tellOthersAbout(chatId, state.person, state.ownRoom, 'message:typing', { typing: state.told });
    state.pause = timers.after(SECOND_MS, () => settle(chatId, state));
  }

  /** After the pause: sends the state if it has changed. */
  function settle(chatId: number, state: State): void {
    state.pause = undefined;
    if (state.latest !== state.told) relay(chatId, state);
    else if (!state.told) states.delete(keyOf(chatId, state.person));
  }

  function set(chatId: number, typist: Typist, typing: boolean): void {
    const key = keyOf(chatId, typist.person);
    const known = states.get(key);
    if (!known && !typing) return;
    const state = known ?? { ...typist, told: false, latest: typing, pause: undefined, end: undefined };
    states.set(key, state);
    Object.assign(state, typist, { latest: typing });
    state.end?.();
    state.end = typing ? timers.after(LASTS_MS, () => set(chatId, typist, false)) : undefined;
    if (!state.pause && state.latest !== state.told) relay(chatId, state);
  }

  /** What ends typing also ends what is still being checked: the check may have read the state before. */
  function endAsking(person: PersonId, isMeant: (one: Asking) => boolean): void {
    for (const one of asking) if (one.person === person && isMeant(one)) one.isOver = true;
  }

  return {
    /** A person is typing, if `mayType` agrees. */
    async began(chatId: number, typist: Typist, mayType: () => Promise<boolean>): Promise<void> {
      const one = { chatId, person: typist.person, socketId: typist.socketId, isOver: false };
      asking.add(one);
      try {
        if ((await mayType()) && !(await crowds.isCrowd(chatId)) && !one.isOver) set(chatId, typist, true);
      } finally {
        asking.delete(one);
      }
    },

    /** A person has stopped typing. */
    stopped(chatId: number, typist: Typist): void {
      endAsking(typist.person, (one) => one.chatId === chatId);
      set(chatId, typist, false);
    },

    /** The socket has gone: ends its typing. */
    left(chatId: number, person: PersonId, socketId: string): void {
      endAsking(person, (one) => one.chatId === chatId && one.socketId === socketId);
      const state = states.get(keyOf(chatId, person));
      if (state?.socketId === socketId) set(chatId, state, false);
    },

    /** The person was muted, in one chat or in all, or removed from one. */
    silenced(person: PersonId, chatId?: number): void {
      endAsking(person, (one) => chatId === undefined || one.chatId === chatId);
      for (const [key, state] of states) {
        const where = Number(key.slice(0, key.indexOf(':')));
        if (state.person === person && (chatId === undefined || chatId === where)) set(where, state, false);
      }
    },
  };
}
