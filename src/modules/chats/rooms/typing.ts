import type { Cancel, Timers } from '../../../core/clock.ts';
import { SECOND_MS } from '../../../core/durations.ts';
import type { PersonId } from '../../../core/principal.ts';
import type { Voice } from '../voice/voice.ts';

type Deps = {
  timers: Timers;
  voice: Pick<Voice, 'tellOthersAbout'>;
  crowds: { isCrowd(chatId: number): Promise<boolean> };
};

/** Who types, and from where. */
type Typist = { person: PersonId; ownRoom: string; socketId: string };
/** What was told within the last second, what it has come to since, and when it ends by itself. */
type State = Typist & { told: boolean; latest: boolean; pause: Cancel | undefined; end: Cancel | undefined };

/** Someone who types says so again and again; silence for this long means that they have stopped. */
const LASTS_MS = 10 * SECOND_MS;

export type Typing = ReturnType<typeof createTyping>;

/**
 * Tells a room who is typing: at once, then once a second and person at most, and always how it stands in the end. It ends
 * with its source: the socket that typed, the right to speak, or silence. A crowd is told nothing: somebody always types.
 */
export function createTyping({ timers, voice, crowds }: Deps) {
  const states = new Map<string, State>();
  const keyOf = (chatId: number, person: PersonId) => `${chatId}:${person}`;

  function relay(chatId: number, state: State): void {
    state.told = state.latest;
    voice.tellOthersAbout(chatId, state.person, state.ownRoom, 'message:typing', { typing: state.told });
    state.pause = timers.after(SECOND_MS, () => settle(chatId, state));
  }

  /** A second later: what has changed since is told. */
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

  return {
    /** Someone types, or has stopped. */
    async say(chatId: number, typist: Typist, typing: boolean): Promise<void> {
      if (typing && (await crowds.isCrowd(chatId))) return;
      set(chatId, typist, typing);
    },

    /** The socket has gone: nobody types there any more. */
    left(chatId: number, person: PersonId, socketId: string): void {
      const state = states.get(keyOf(chatId, person));
      if (state?.socketId === socketId) set(chatId, state, false);
    },

    /** The person may no longer speak; in one chat, or anywhere. */
    silenced(person: PersonId, chatId?: number): void {
      for (const [key, state] of states) {
        const where = Number(key.slice(0, key.indexOf(':')));
        if (state.person === person && (chatId === undefined || chatId === where)) set(where, state, false);
      }
    },
  };
}
