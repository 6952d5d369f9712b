import type { Cancel, Timers } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import { SECOND_MS } from '../../core/units.ts';
import type { Queries } from '../../db/queries.ts';
import type { Presence, PresentSession } from '../../ports/presence.ts';
import { type Realtime, socketRoom } from '../../ports/realtime.ts';
import type { RegisteredSession } from './e2ee.repository.ts';
import * as repository from './e2ee.repository.ts';
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

/** One distributor at work. */
type Errand = { generate: boolean; recipients: Map<string, string>; cancel: Cancel };

/** What is going on about one chat's key. */
type Round = {
  epoch: number;
  gathering: Cancel | undefined;
  /** Errands by distributor session. */
  errands: Map<string, Errand>;
  /** By recipient session: the distributors that were asked to seal for it. */
  tried: Map<string, Set<string>>;
  /** Sessions that were asked and did not answer in time. */
  silent: Set<string>;
  /** When sessions last answered, Unix milliseconds. */
  answered: Map<string, number>;
  /** Sessions that held the key of the epoch before. */
  formerHolders: ReadonlySet<string>;
};

const GATHER_MS = 50;
const ANSWER_MS = 5 * SECOND_MS;
const RECIPIENTS_AT_ONCE = 256;
/** Who answered this lately is taken to be alive: what it leaves out, it leaves out on purpose. */
const ALIVE_MS = 60 * SECOND_MS;

/**
 * Brings the chat key to the sessions that lack it, by asking sessions that have it. The rules are in the README beside
 * this file. What is kept here is only who was asked for what: losing it costs one more question.
 */
export class KeyDistribution implements Asked {
  readonly #deps: Deps;
  readonly #rounds = new Map<number, Round>();

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Somebody in the chat may lack the key: whoever comes within the next 50 ms is asked for in one go. */
  request(chatId: number): void {
    const round = this.#round(chatId);
    round.gathering ??= this.#deps.timers.after(GATHER_MS, () => {
      round.gathering = undefined;
      this.#distribute(chatId).catch((error: unknown) =>
        this.#deps.logger.error('key distribution failed', { chat_id: chatId, error }),
      );
    });
  }

  /** The chat is in a new epoch: errands for the old one are void. */
  rotated(chatId: number, epoch: number, formerHolders: readonly string[]): void {
    this.#begin(this.#round(chatId), epoch, new Set(formerHolders));
    this.request(chatId);
  }

  /** A distributor has answered: it has brought the key to these sessions, and to nobody else that it was asked for. */
  shared(chatId: number, epoch: number, senderId: string, recipientIds: readonly string[]): void {
    const round = this.#rounds.get(chatId);
    if (round?.epoch !== epoch) return;
    round.silent.delete(senderId);
    round.answered.set(senderId, this.#deps.timers.now());
    this.#finish(round, senderId);
    for (const [distributorId, errand] of round.errands) {
      for (const id of recipientIds) errand.recipients.delete(id);
      if (errand.recipients.size === 0) this.#finish(round, distributorId);
    }
    this.request(chatId);
  }

  /** The session is gone from the chat: nothing can be expected of it, and it may be asked for anew when it returns. */
  departed(chatId: number, sessionId: string): void {
    const round = this.#rounds.get(chatId);
    if (!round) return;
    round.silent.delete(sessionId);
    round.answered.delete(sessionId);
    round.tried.delete(sessionId);
    if (this.#finish(round, sessionId)) this.request(chatId);
    else if (round.errands.size === 0 && !round.gathering) this.#rounds.delete(chatId);
  }

  /** The chat is gone. */
  forget(chatId: number): void {
    const round = this.#rounds.get(chatId);
    if (!round) return;
    round.gathering?.();
    this.#begin(round, 0, new Set());
    this.#rounds.delete(chatId);
  }

  keyAskedFor(chatId: number, epoch: number, distributorId: string, recipientId: string): string | undefined {
    const round = this.#rounds.get(chatId);
    return round?.epoch === epoch ? round.errands.get(distributorId)?.recipients.get(recipientId) : undefined;
  }

  async #distribute(chatId: number): Promise<void> {
    const { read, presence, timers } = this.#deps;
    const state = await repository.findKeyState(read, chatId);
    if (!state) return this.forget(chatId);
    const round = this.#round(chatId);
    if (round.epoch !== state.epoch)
      this.#begin(round, state.epoch, round.epoch < state.epoch ? round.formerHolders : new Set());

    const present = await presence.sessionsIn(chatId);
    const holders = new Set(await repository.listHolders(read, chatId, state.epoch));
    const registered = await repository.listRegistered(
      read,
      present.map(({ sessionId }) => sessionId),
      timers.now(),
    );
    const lacking = await this.#lacking(chatId, round, registered, holders);
    if (lacking.length === 0) return this.#tidy(chatId, round);

    const presentHolders = present.filter(({ sessionId }) => holders.has(sessionId));
    this.#askHolders(chatId, round, presentHolders, lacking);
    if (presentHolders.some(({ sessionId }) => this.#isAlive(round, sessionId))) return;
    // Nobody who is here can bring the key. Whoever waits for it is here; members who are away can go on waiting.
    const waiting = new Set(registered.map(({ sessionId }) => sessionId));
    if (!lacking.some(({ sessionId }) => waiting.has(sessionId))) return;
    if (holders.size > 0 || state.spokenEpoch === state.epoch) await this.#deps.abandonEpoch(chatId, state.epoch);
    else await this.#askGenerator(chatId, round, present, registered, lacking);
  }

  /** Who lacks the key and is not being brought it: sessions in the room, and those of members who are away. */
  async #lacking(
    chatId: number,
    round: Round,
    registered: RegisteredSession[],
    holders: ReadonlySet<string>,
  ): Promise<RegisteredSession[]> {
    const { read, timers } = this.#deps;
    const members = await repository.listMembersWithoutKey(read, chatId, round.epoch, timers.now());
    const all = new Map([...registered, ...members].map((session) => [session.sessionId, session]));
    const underWay = new Set([...round.errands.values()].flatMap(({ recipients }) => [...recipients.keys()]));
    return [...all.values()].filter(({ sessionId }) => !holders.has(sessionId) && !underWay.has(sessionId));
  }

  /** Spreads the recipients over the holders that have nothing to do, the longest joined first; nobody is asked twice for one. */
  #askHolders(chatId: number, round: Round, holders: PresentSession[], lacking: RegisteredSession[]): void {
    let left = lacking;
    for (const holder of holders) {
      const { sessionId } = holder;
      if (round.errands.has(sessionId) || round.silent.has(sessionId)) continue;
      const theirs = left.filter((one) => !round.tried.get(one.sessionId)?.has(sessionId)).slice(0, RECIPIENTS_AT_ONCE);
      if (theirs.length > 0) this.#ask(chatId, round, holder, theirs, false);
      const taken = new Set(theirs);
      left = left.filter((one) => !taken.has(one));
      if (left.length === 0) return;
    }
  }

  #isAlive(round: Round, sessionId: string): boolean {
    if (!round.silent.has(sessionId)) return true;
    return (round.answered.get(sessionId) ?? 0) > this.#deps.timers.now() - ALIVE_MS;
  }

  /** Nobody has the key, and none was made yet: one session makes it, preferably one that was here before. */
  async #askGenerator(
    chatId: number,
    round: Round,
    present: PresentSession[],
    registered: RegisteredSession[],
    lacking: RegisteredSession[],
  ): Promise<void> {
    if ([...round.errands.values()].some(({ generate }) => generate)) return;
    const known = new Map(registered.map((session) => [session.sessionId, session]));
    const able = present.filter(({ sessionId }) => known.has(sessionId));
    const fresh = able.filter(({ sessionId }) => !round.silent.has(sessionId));
    if (fresh.length === 0) round.silent.clear();
    const candidates = fresh.length > 0 ? fresh : able;
    const generator = candidates.find(({ sessionId }) => round.formerHolders.has(sessionId)) ?? candidates[0];
    const self = generator && known.get(generator.sessionId);
    if (!generator || !self) return;
    const { epoch } = round;
    if (!(await this.#deps.appoint(chatId, epoch, generator.sessionId)) || round.epoch !== epoch)
      return this.request(chatId);
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
    for (const recipient of recipients) {
      round.tried.set(recipient.sessionId, (round.tried.get(recipient.sessionId) ?? new Set()).add(sessionId));
    }
    round.errands.set(sessionId, {
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
    const known = this.#rounds.get(chatId);
    if (known) return known;
    const round: Round = {
      epoch: 0,
      gathering: undefined,
      errands: new Map(),
      tried: new Map(),
      silent: new Set(),
      answered: new Map(),
      formerHolders: new Set(),
    };
    this.#rounds.set(chatId, round);
    return round;
  }

  #begin(round: Round, epoch: number, formerHolders: ReadonlySet<string>): void {
    for (const { cancel } of round.errands.values()) cancel();
    round.errands.clear();
    round.tried.clear();
    round.silent.clear();
    round.answered.clear();
    round.epoch = epoch;
    round.formerHolders = formerHolders;
  }

  #finish(round: Round, distributorId: string): boolean {
    round.errands.get(distributorId)?.cancel();
    return round.errands.delete(distributorId);
  }

  /** Keeps nothing of a chat about whose key nothing is going on. */
  #tidy(chatId: number, round: Round): void {
    if (round.errands.size === 0 && !round.gathering) this.#rounds.delete(chatId);
  }
}
