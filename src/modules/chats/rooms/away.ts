import type { Timers } from '../../../core/clock.ts';
import { type PersonId, userIdOf } from '../../../core/principal.ts';
import type { Queries } from '../../../db/queries.ts';
import type { PresentSession } from '../../../ports/presence.ts';
import { findKeyIn, listHoldersOf, type RegisteredSession } from '../keys/session-keys.repository.ts';

type Deps = { read: Queries; timers: Pick<Timers, 'now'> };

/** A session that has the chat's key and is not in the room. */
export type AwaySession = { user_id: number; session_id: string; public_key: string; signing_key: string | null };

/** The most sessions looked at. */
export const HOLDERS_SEEN = 500;

export type Away = ReturnType<typeof createAway>;

/** Who has a group's key and is not in the room: clients must know every key with which people could read. */
export function createAway({ read, timers }: Deps) {
  /** Most often nobody. */
  async function withKeys(chatId: number, ids: readonly string[]): Promise<RegisteredSession[]> {
    const found: RegisteredSession[] = [];
    for (const sessionId of ids) {
      const session = await findKeyIn(read, { id: chatId, isDirect: false }, sessionId, timers.now());
      if (session) found.push(session);
    }
    return found;
  }

  return {
    /**
     * For a newcomer, of the holders who are not in the list they got. In a large chat not all of them, but always the
     * session that their key is from.
     */
    async forNewcomer(
      chatId: number,
      key: { sender_session_id: string } | null,
      { unlisted, isMore }: { unlisted: readonly string[]; isMore: boolean },
    ) {
      const senderId = key?.sender_session_id;
      const isSenderKnown = !isMore || senderId === undefined || unlisted.includes(senderId);
      const sessions = await withKeys(chatId, isSenderKnown ? unlisted : [...unlisted, senderId]);
      return { away: sessions.map(presentAway), more_away: isMore };
    },

    /** The other sessions of these people. */
    async ofPeople(
      chatId: number,
      people: ReadonlySet<PersonId>,
      here: readonly PresentSession[],
    ): Promise<AwaySession[]> {
      const present = new Set(here.map(({ sessionId }) => sessionId));
      const away: AwaySession[] = [];
      for (const person of people)
        for (const holder of await listHoldersOf(read, chatId, userIdOf(person) ?? 0, timers.now()))
          if (!present.has(holder.sessionId)) away.push(presentAway(holder));
      return away;
    },
  };
}

/** A group has no strangers. */
export function presentAway({ sessionId, person, publicKey, signingKey }: RegisteredSession): AwaySession {
  return {
    user_id: userIdOf(person) ?? 0,
    session_id: sessionId,
    public_key: publicKey,
    signing_key: signingKey,
  };
}
