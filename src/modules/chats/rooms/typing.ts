import type { Timers } from '../../../core/clock.ts';
import { SECOND_MS } from '../../../core/durations.ts';
import type { Presence } from '../../../ports/presence.ts';
import { chatRoom, type Realtime, userRoom } from '../../../ports/realtime.ts';

type Deps = {
  timers: Timers;
  presence: Pick<Presence, 'usersIn'>;
  realtime: Pick<Realtime, 'publishExcept'>;
  crowds: { isCrowd(chatId: number): boolean };
};

/** What was told within the last second, and what it has come to since. */
type State = { readonly told: boolean; latest: boolean };

export type Typing = ReturnType<typeof createTyping>;

/**
 * Tells a room who is writing: at once, then once a second and person at most, and always how it stands in the end. A crowd is
 * told nothing: somebody always writes.
 */
export function createTyping({ timers, presence, realtime, crowds }: Deps) {
  const recent = new Map<string, State>();

  function relay(key: string, userId: number, chatId: number, typing: boolean): void {
    const state: State = { told: typing, latest: typing };
    recent.set(key, state);
    realtime.publishExcept(chatRoom(chatId), userRoom(userId), 'message:typing', {
      chat_id: chatId,
      user_id: userId,
      typing,
    });
    timers.after(SECOND_MS, () => void settle(key, state, userId, chatId));
  }

  /** A second later: whoever is still there and has changed what they do is told of again. */
  async function settle(key: string, state: State, userId: number, chatId: number): Promise<void> {
    const users = await presence.usersIn(chatId).catch((): number[] => []);
    recent.delete(key);
    if (state.latest !== state.told && users.includes(userId)) relay(key, userId, chatId, state.latest);
  }

  return (userId: number, chatId: number, typing: boolean): void => {
    if (crowds.isCrowd(chatId)) return;
    const key = `${userId}:${chatId}`;
    const state = recent.get(key);
    if (state) state.latest = typing;
    else relay(key, userId, chatId, typing);
  };
}
