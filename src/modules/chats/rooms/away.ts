import type { Timers } from '../../../core/clock.ts';
import { type PersonId, userIdOf } from '../../../core/principal.ts';
import type { Queries } from '../../../db/queries.ts';
import type { Presence } from '../../../ports/presence.ts';
import { listSomeHolders } from '../keys/away.repository.ts';
import { findKeyIn, type RegisteredSession } from '../keys/session-keys.repository.ts';

type Deps = { read: Queries; timers: Pick<Timers, 'now'>; presence: Pick<Presence, 'sessionsIn'> };

/** A session that has the chat's key and is not in the room. */
export type AwaySession = { user_id: number; session_id: string; public_key: string; signing_key: string | null };

/** The most sessions looked at. */
const LIMIT = 500;

export type Away = ReturnType<typeof createAway>;

/** Who has a group's key and is not in the room: clients must know every key with which people could read. */
export function createAway({ read, timers, presence }: Deps) {
  /** Most often nobody. */
  async function withKeys(chatId: number, ids: readonly string[]): Promise<RegisteredSession[]> {
    const found: RegisteredSession[] = [];
    for (const sessionId of ids) {
      const session = await findKeyIn(read, { id: chatId, isDirect: false }, sessionId, timers.now());
      if (session) found.push(session);
    }
    return found;
  }

  async function listAway(chatId: number): Promise<{ sessions: RegisteredSession[]; isWhole: boolean }> {
    const holders = await listSomeHolders(read, chatId, LIMIT + 1);
    const here = new Set<string>();
    for (const { sessionId } of await presence.sessionsIn(chatId)) here.add(sessionId);
    const ids = holders.filter((sessionId) => !here.has(sessionId));
    return { sessions: await withKeys(chatId, ids), isWhole: holders.length <= LIMIT };
  }

  return {
    /** For a newcomer: in a large chat not all of them, but always the session that their key is from. */
    async forNewcomer(chatId: number, key: { sender_session_id: string } | null) {
      const { sessions, isWhole } = await listAway(chatId);
      const away = sessions.map(presentAway);
      const senderId = key?.sender_session_id;
      if (isWhole || senderId === undefined || sessions.some(({ sessionId }) => sessionId === senderId))
        return { away, more_away: !isWhole };
      away.push(...(await withKeys(chatId, [senderId])).map(presentAway));
      return { away, more_away: true };
    },

    /** Those of these people. */
    async ofPeople(chatId: number, people: ReadonlySet<PersonId>): Promise<AwaySession[]> {
      const { sessions } = await listAway(chatId);
      return sessions.filter(({ person }) => people.has(person)).map(presentAway);
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
