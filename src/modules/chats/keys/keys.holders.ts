import type { Queries } from '../../../db/queries.ts';
import type { PresentSession } from '../../../ports/presence.ts';
import type { Errands } from './keys.errands.ts';
import { RECIPIENTS_AT_ONCE } from './keys.plan.ts';
import { holdsKey, listHolders, listMembersWithoutKey } from './keys.repository.ts';
import type { KeyedChat, RegisteredSession } from './session-keys.repository.ts';

type Needed = {
  chatId: number;
  epoch: number;
  lacking: readonly RegisteredSession[];
  errands: Pick<Errands, 'wasAsked'>;
  /** Sessions that received the key since the look began. */
  served: ReadonlySet<string>;
};

/**
 * The sessions among these that hold the key, in order. Stops when there are enough for the recipients, since each
 * look-up counts in a large chat. Returns at least one, if any exists.
 */
export async function findHolders(
  read: Queries,
  { chatId, epoch, lacking, errands, served }: Needed,
  sessions: readonly PresentSession[],
): Promise<PresentSession[]> {
  const holders: PresentSession[] = [];
  let left = lacking.map(({ sessionId }) => sessionId);
  for (const session of sessions) {
    const { sessionId } = session;
    if (holders.length > 0 && left.length === 0) break;
    if (!served.has(sessionId) && !(await holdsKey(read, chatId, epoch, sessionId))) continue;
    holders.push(session);
    const theirs = new Set(left.filter((id) => !errands.wasAsked(sessionId, id)).slice(0, RECIPIENTS_AT_ONCE));
    left = left.filter((id) => !theirs.has(id));
  }
  return holders;
}

/**
 * Whether someone in the room lacks the key and has not rejected it. If everyone there has, nobody has it any more, and then
 * they wait as well.
 */
export async function isAnyoneWaiting(
  read: Queries,
  { chatId, epoch, lacking }: Pick<Needed, 'chatId' | 'epoch' | 'lacking'>,
  here: ReadonlySet<string>,
  refusing: ReadonlySet<string>,
): Promise<boolean> {
  const waiting = lacking.filter(({ sessionId }) => here.has(sessionId));
  if (waiting.some(({ sessionId }) => !refusing.has(sessionId))) return true;
  if (waiting.length === 0) return false;
  return !(await listHolders(read, chatId, epoch)).some((sessionId) => here.has(sessionId));
}

/** Sessions that may lack the epoch's key: in the room, or of members who are away. */
export async function listWithoutKey(
  read: Queries,
  chat: KeyedChat,
  epoch: number,
  present: readonly PresentSession[],
  now: number,
): Promise<string[]> {
  const holders = new Set(await listHolders(read, chat.id, epoch));
  const members = await listMembersWithoutKey(read, chat, epoch, now);
  return [...present, ...members].map(({ sessionId }) => sessionId).filter((id) => !holders.has(id));
}
