import type { Timers } from '../../../core/clock.ts';
import type { Queries } from '../../../db/queries.ts';
import type { Presence, PresentSession } from '../../../ports/presence.ts';
import type { RegisteredSession } from './keys.repository.ts';
import * as repository from './keys.repository.ts';
import type { Round } from './keys.round.ts';
import { joinedLater } from './newcomers.repository.ts';

type Deps = { read: Queries; timers: Timers; presence: Pick<Presence, 'sessionsIn'> };

/** The chat as one look finds it. */
export type View = {
  epoch: number;
  /** Somebody has the key of this epoch, here or elsewhere. */
  isHeld: boolean;
  isSpokenUnder: boolean;
  /** Longest there first. */
  present: PresentSession[];
  /** Who lacks the key and is not being brought it, those in the room first: so many as one look sees to. */
  lacking: RegisteredSession[];
  /** Somebody in the room is among them. */
  isSomeoneWaiting: boolean;
  /** Somebody joined a chat with a closed history after something was said under this epoch: only a new one is for them. */
  isSomeoneTooNew: boolean;
  /** There are more than one look sees to. */
  isMore: boolean;
};

/** A look sees to so many who lack the key; in a large chat the rest waits for the next one. */
const SEEN_TO_AT_ONCE = 512;

/** Reads how it stands with a chat's key. `gone`: there is no such chat; `outdated`: another look is due already. */
export async function lookAt(deps: Deps, chatId: number, round: Round): Promise<View | 'gone' | 'outdated'> {
  const { read, presence } = deps;
  for (const noted of [round.served, round.gone, round.expected]) noted.clear();
  const state = await repository.findKeyState(read, chatId);
  if (!state) return 'gone';
  const { epoch } = state;
  if (round.epoch === 0) round.epoch = epoch;
  else if (epoch > round.epoch) round.begin(epoch, round.formerHolders);
  const present = await presence.sessionsIn(chatId);
  if (round.isUnknown && present.length > 0) await survey(deps, chatId, round, present);
  const here = new Set(present.map(({ sessionId }) => sessionId));
  const candidates = inOrder(round, here);
  const waiting = await lackingOf(deps, chatId, round, candidates.slice(0, SEEN_TO_AT_ONCE), here);
  const isOpen = state.historyVisible || state.spokenEpoch !== epoch;
  const found = isOpen ? waiting : await withoutNewcomers(deps, chatId, epoch, waiting);
  const hasBlobs = await repository.hasAnyBlob(read, chatId, epoch);
  // A rotation, even one that came before we read, has asked for a look of its own.
  if (round.epoch !== epoch) return 'outdated';

  const lacking = found.filter(({ sessionId }) => !round.gone.has(sessionId) && !round.served.has(sessionId));
  return {
    epoch,
    isHeld: hasBlobs || round.served.size > 0,
    isSpokenUnder: state.spokenEpoch === epoch,
    present: present.filter(({ sessionId }) => !round.gone.has(sessionId)),
    lacking,
    isSomeoneWaiting: lacking.some(({ sessionId }) => here.has(sessionId)),
    isSomeoneTooNew: found.length < waiting.length,
    isMore: candidates.length > SEEN_TO_AT_ONCE,
  };
}

/** Finds out who may lack the key: sessions in the room, and those of members who are away. */
async function survey({ read, timers }: Deps, chatId: number, round: Round, present: readonly PresentSession[]) {
  const { epoch } = round;
  round.isUnknown = false;
  const holders = new Set(await repository.listHolders(read, chatId, epoch));
  const members = await repository.listMembersWithoutKey(read, chatId, epoch, timers.now());
  if (round.epoch !== epoch) return;
  for (const { sessionId } of [...present, ...members])
    if (!holders.has(sessionId) && !round.served.has(sessionId)) round.waiting.add(sessionId);
}

/** Who waits and is not being brought the key: those in the room first, and of them those who had none before. */
function inOrder(round: Round, here: ReadonlySet<string>): string[] {
  const underWay = new Set([...round.errands.values()].flatMap(({ recipients }) => [...recipients.keys()]));
  const free = [...round.waiting].filter((id) => !underWay.has(id));
  const present = free.filter((id) => here.has(id));
  const isNew = (id: string) => !round.formerHolders.has(id);
  return [...present.filter(isNew), ...present.filter((id) => !isNew(id)), ...free.filter((id) => !here.has(id))];
}

async function withoutNewcomers(
  { read }: Deps,
  chatId: number,
  epoch: number,
  waiting: readonly RegisteredSession[],
): Promise<RegisteredSession[]> {
  const old: RegisteredSession[] = [];
  for (const session of waiting) if (!(await joinedLater(read, chatId, epoch, session.userId))) old.push(session);
  return old;
}

/** Those of these sessions that lack the key indeed; for the others nobody waits any more. */
async function lackingOf(
  { read, timers }: Deps,
  chatId: number,
  round: Round,
  ids: readonly string[],
  here: ReadonlySet<string>,
): Promise<RegisteredSession[]> {
  const { epoch } = round;
  const registered = await repository.listRegistered(read, ids, timers.now());
  const sessions = new Map(registered.map((one) => [one.sessionId, one]));
  const lacking: RegisteredSession[] = [];
  for (const id of ids) {
    const session = sessions.get(id);
    const belongs = session && (here.has(id) || (await repository.isOwnerOrMember(read, chatId, session.userId)));
    if (belongs && !(await repository.findBlob(read, chatId, epoch, id))) lacking.push(session);
    else if (round.epoch === epoch && !round.gone.has(id) && !round.expected.has(id)) round.waiting.delete(id);
  }
  return lacking;
}
