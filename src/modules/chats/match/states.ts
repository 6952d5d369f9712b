import { type Clock, isoTime } from '../../../core/clock.ts';
import type { PersonId } from '../../../core/principal.ts';
import type { Waiting } from '../../../ports/match-queue.ts';
import type { DirectState } from '../direct/direct.model.ts';
import type { Direct } from '../direct/direct.service.ts';
import type { MatchState } from './match.model.ts';
import type { PairsUnderWay } from './pairs-under-way.ts';
import type { Note, Queue } from './searching.ts';

type Deps = {
  clock: Clock;
  queue: Pick<Queue, 'find'>;
  direct: Pick<Direct, 'statesOf'>;
  pairsUnderWay: Pick<PairsUnderWay, 'has' | 'settled'>;
};

export type States = ReturnType<typeof createStates>;

/** Where a session stands: its own search, and the direct chats of its person. */
export function createStates({ clock, queue, direct, pairsUnderWay }: Deps) {
  const expiryOf = ({ expiresInMs }: Waiting<Note>): string => isoTime(clock.now() + expiresInMs);

  return {
    expiryOf,

    /** While a chat is being made, neither the search nor the chat would be found: it is waited for. */
    async of(person: PersonId, sessionId: string): Promise<MatchState> {
      let search: Waiting<Note> | undefined;
      let chats: DirectState[];
      do {
        await pairsUnderWay.settled(person);
        search = await queue.find(sessionId);
        chats = await direct.statesOf(person);
      } while (pairsUnderWay.has(person));
      if (search) return { state: 'searching', interests: [...search.tags], expires_at: expiryOf(search), chats };
      const latest = chats.findLast(({ archived }) => !archived);
      if (!latest) return { state: 'idle', chats };
      const { token, chat_id, expires_at } = latest;
      return { state: 'matched', token, chat_id, expires_at, chats };
    },
  };
}
