import type { Timers } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import { SECOND_MS } from '../../core/units.ts';
import type { Queries } from '../../db/queries.ts';
import type { Presence, PresentSession } from '../../ports/presence.ts';
import { type Realtime, socketRoom } from '../../ports/realtime.ts';
import type { RegisteredSession } from './e2ee.repository.ts';
import * as repository from './e2ee.repository.ts';
import { Round } from './e2ee.round.ts';
import type { Asked } from './e2ee.service.ts';

type Deps = {
  read: Queries;
  timers: Timers;
  presence: Pick<Presence, 'sessionsIn'>;
  realtime: Pick<Realtime, 'publish'>;
  logger: Logger;
  /** Notes who may make the key of this epoch; false when the epoch has moved on. */
  appoint(chatId: number, epoch: number, sessionId: string): Promise<boolean>;
  /** Nobody can bring the key any more: a new epoch. */
  abandonEpoch(chatId: number, epoch: number): Promise<void>;
};

/** The chat as one look finds it. */
type View = {
  epoch: number;
  /** Nobody has held the key of this epoch yet, nor spoken under it. */
  isUntouched: boolean;
  /** Longest there first. */
  present: PresentSession[];
  holders: ReadonlySet<string>;
  /** Sessions in the room that have a public key. */
  registered: Map<string, RegisteredSession>;
  /** Who lacks the key and is not being brought it: sessions in the room, and those of members who are away. */
  lacking: RegisteredSession[];
};

const GATHER_MS = 50;
const ANSWER_MS = 5 * SECOND_MS;
const RECIPIENTS_AT_ONCE = 256;

/**
 * Brings the chat key to the sessions that lack it, by asking sessions that have it. The rules are in the README beside
 * this file. What is kept here is only who was asked for what: losing it costs one more question.
 */
export class KeyDistribution implements Asked {
  readonly #deps: Deps;
  readonly #rounds = new Map<number, Round>();
  #isStopped = false;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Somebody in the chat may lack the key: whoever comes within the next 50 ms is asked for in one go. */
  request(chatId: number): void {
    if (this.#isStopped) return;
    const round = this.#round(chatId);
    round.gathering ??= this.#deps.timers.after(GATHER_MS, () => {
      round.gathering = undefined;
      round.queue(() => this.#look(chatId, round));
    });
  }

  /** The chat is in a new epoch: errands for the old one are void. */
  rotated(chatId: number, epoch: number, formerHolders: readonly string[]): void {
    this.#round(chatId).begin(epoch, new Set(formerHolders));
    this.request(chatId);
  }

  /** A distributor has answered: it has brought the key to these sessions, and to nobody else that it was asked for. */
  shared(chatId: number, epoch: number, senderId: string, recipientIds: readonly string[]): void {
    const round = this.#rounds.get(chatId);
    if (round?.epoch !== epoch) return;
    round.silent.delete(senderId);
    round.finish(senderId);
    round.serve(recipientIds);
    this.request(chatId);
  }

  /** The session has gone from the chat, or has another key: nothing can be expected of it, and all may be asked anew. */
  departed(chatId: number, sessionId: string): void {
    const round = this.#rounds.get(chatId);
    if (!round) return;
    round.drop(sessionId);
    this.request(chatId);
  }

  /** One of several sockets of a session has gone from the chat. What it was asked, another of them can answer. */
  socketLeft(chatId: number, sessionId: string, socketId: string): void {
    const round = this.#rounds.get(chatId);
    if (round?.errands.get(sessionId)?.socketId !== socketId) return;
    round.withdraw(sessionId);
    this.request(chatId);
  }

  /** The chat is gone. */
  forget(chatId: number): void {
    const round = this.#rounds.get(chatId);
    if (!round) return;
    round.gathering?.();
    round.begin(0, new Set());
    this.#rounds.delete(chatId);
  }

  /** Asks nobody any more: when the server stops, everybody leaves, and that is no reason for a new key. */
  stop(): void {
    this.#isStopped = true;
    for (const chatId of [...this.#rounds.keys()]) this.forget(chatId);
  }

  keyAskedFor(chatId: number, epoch: number, distributorId: string, recipientId: string): string | undefined {
    const round = this.#rounds.get(chatId);
    return round?.epoch === epoch ? round.errands.get(distributorId)?.recipients.get(recipientId) : undefined;
  }

  async #look(chatId: number, round: Round): Promise<void> {
    if (this.#rounds.get(chatId) !== round) return;
    try {
      await this.#distribute(chatId, round);
    } catch (error) {
      this.#deps.logger.error('key distribution failed', { chat_id: chatId, error });
    }
  }

  async #distribute(chatId: number, round: Round): Promise<void> {
    const view = await this.#view(chatId, round);
    if (view === 'gone') return this.forget(chatId);
    if (view === 'outdated') return;
    const { present, holders, registered, lacking, epoch, isUntouched } = view;
    if (present.length === 0 || lacking.length === 0) return this.#tidy(chatId, round);

    const presentHolders = present.filter(({ sessionId }) => holders.has(sessionId));
    this.#askHolders(chatId, round, presentHolders, lacking);
    if (presentHolders.some(({ sessionId }) => !round.silent.has(sessionId))) return;
    // Nobody who is here can bring the key. Whoever waits for it is here; members who are away can go on waiting.
    if (!lacking.some(({ sessionId }) => registered.has(sessionId))) return;
    if (isUntouched) await this.#askGenerator(chatId, round, view);
    else await this.#deps.abandonEpoch(chatId, epoch);
  }

  async #view(chatId: number, round: Round): Promise<View | 'gone' | 'outdated'> {
    const { read, presence, timers } = this.#deps;
    round.served.clear();
    round.gone.clear();
    const state = await repository.findKeyState(read, chatId);
    if (!state) return 'gone';
    if (state.epoch > round.epoch) round.begin(state.epoch, round.formerHolders);
    const stored = await repository.listHolders(read, chatId, state.epoch);
    const present = await presence.sessionsIn(chatId);
    const ids = present.map(({ sessionId }) => sessionId);
    const inRoom = await repository.listRegistered(read, ids, timers.now());
    const members = await repository.listMembersWithoutKey(read, chatId, state.epoch, timers.now());
    // A rotation, even one that came before we read, has asked for a look of its own.
    if (round.epoch !== state.epoch) return 'outdated';

    const isHere = ({ sessionId }: { sessionId: string }) => !round.gone.has(sessionId);
    const registered = new Map(inRoom.filter(isHere).map((one) => [one.sessionId, one]));
    const all = new Map([...registered.values(), ...members.filter(isHere)].map((one) => [one.sessionId, one]));
    const holders = new Set([...stored, ...round.served]);
    const underWay = new Set([...round.errands.values()].flatMap(({ recipients }) => [...recipients.keys()]));
    return {
      epoch: state.epoch,
      isUntouched: holders.size === 0 && state.spokenEpoch !== state.epoch,
      present: present.filter(isHere),
      holders,
      registered,
      lacking: [...all.values()].filter(({ sessionId }) => !holders.has(sessionId) && !underWay.has(sessionId)),
    };
  }

  /** Spreads the recipients over the holders that have nothing to do, the longest joined first; nobody is asked twice for one. */
  #askHolders(chatId: number, round: Round, holders: PresentSession[], lacking: RegisteredSession[]): void {
    let left = lacking;
    for (const holder of holders) {
      const { sessionId } = holder;
      if (round.errands.has(sessionId) || round.silent.has(sessionId)) continue;
      const theirs = left.filter((one) => !round.wasAsked(sessionId, one.sessionId)).slice(0, RECIPIENTS_AT_ONCE);
      if (theirs.length > 0) this.#ask(chatId, round, holder, theirs, false);
      const taken = new Set(theirs);
      left = left.filter((one) => !taken.has(one));
      if (left.length === 0) return;
    }
  }

  /** Nobody has the key, and none was made yet: one session makes it, preferably one that was here before. */
  async #askGenerator(chatId: number, round: Round, { epoch, present, registered, lacking }: View): Promise<void> {
    if ([...round.errands.values()].some(({ generate }) => generate)) return;
    const able = present.filter(({ sessionId }) => registered.has(sessionId));
    const fresh = able.filter(({ sessionId }) => !round.silent.has(sessionId));
    if (fresh.length === 0) round.silent.clear();
    const candidates = fresh.length > 0 ? fresh : able;
    const generator = candidates.find(({ sessionId }) => round.formerHolders.has(sessionId)) ?? candidates[0];
    const self = generator && registered.get(generator.sessionId);
    if (!generator || !self) return;
    const isAppointed = await this.#deps.appoint(chatId, epoch, generator.sessionId);
    const isOutdated = round.epoch !== epoch || round.served.size > 0 || round.gone.has(generator.sessionId);
    if (!isAppointed || isOutdated) return this.request(chatId);
    const others = lacking.filter(({ sessionId }) => sessionId !== generator.sessionId);
    this.#ask(chatId, round, generator, [self, ...others].slice(0, RECIPIENTS_AT_ONCE), true);
  }

  #ask(
    chatId: number,
    round: Round,
    distributor: PresentSession,
    recipients: RegisteredSession[],
    generate: boolean,
  ): void {
    const { sessionId, socketId } = distributor;
    const cancel = this.#deps.timers.after(ANSWER_MS, () => {
      round.errands.delete(sessionId);
      round.silent.add(sessionId);
      this.request(chatId);
    });
    round.assign(sessionId, {
      socketId,
      generate,
      recipients: new Map(recipients.map((one) => [one.sessionId, one.publicKey])),
      cancel,
    });
    // One socket of the session, not all: two tabs would make two keys.
    this.#deps.realtime.publish(socketRoom(socketId), 'portal:key_request', {
      chat_id: chatId,
      epoch: round.epoch,
      generate,
      recipients: recipients.map((one) => ({
        user_id: one.userId,
        session_id: one.sessionId,
        public_key: one.publicKey,
      })),
    });
  }

  #round(chatId: number): Round {
    const known = this.#rounds.get(chatId) ?? new Round();
    this.#rounds.set(chatId, known);
    return known;
  }

  /** Keeps nothing of a chat about whose key nothing is going on. */
  #tidy(chatId: number, round: Round): void {
    if (round.isQuiet && this.#rounds.get(chatId) === round) this.#rounds.delete(chatId);
  }
}
