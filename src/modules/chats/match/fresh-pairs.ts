import type { Clock } from '../../../core/clock.ts';
import { SECOND_MS } from '../../../core/durations.ts';

/** Who stops the search this soon after a pair was made may not have heard of it yet. */
const NEWS_TAKES_MS = 5 * SECOND_MS;

type Fresh = { chatId: number; until: number; isKnown: boolean };

export type FreshPairs = ReturnType<typeof createFreshPairs>;

/** Chats that were made just now, by the sessions that searched, and whether those have been told in an answer. */
export function createFreshPairs({ clock }: { clock: Clock }) {
  /** In the order of making. */
  const fresh = new Map<string, Fresh>();

  function find(sessionId: string): Fresh | undefined {
    const one = fresh.get(sessionId);
    return one && one.until > clock.elapsed() ? one : undefined;
  }

  return {
    made(sessionId: string, chatId: number): void {
      const now = clock.elapsed();
      for (const [session, { until }] of fresh) {
        if (until > now) break;
        fresh.delete(session);
      }
      fresh.delete(sessionId);
      fresh.set(sessionId, { chatId, until: now + NEWS_TAKES_MS, isKnown: false });
    },

    /** An answer has told the session of its chat. */
    known(sessionId: string): void {
      const one = fresh.get(sessionId);
      if (one) one.isKnown = true;
    },

    /** The chat of which the session has been told. */
    knownTo(sessionId: string): number | undefined {
      const one = find(sessionId);
      return one?.isKnown ? one.chatId : undefined;
    },

    find: (sessionId: string): number | undefined => find(sessionId)?.chatId,

    forget: (sessionId: string): void => void fresh.delete(sessionId),
  };
}
