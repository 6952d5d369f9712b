import type { Timers } from '../../../core/clock.ts';
import { SECOND_MS } from '../../../core/durations.ts';
import type { Logger } from '../../../core/logger.ts';
import type { Queries } from '../../../db/queries.ts';
import type { Presence, PresentSession } from '../../../ports/presence.ts';
import { type Realtime, socketRoom } from '../../../ports/realtime.ts';
import type { RegisteredSession } from './keys.repository.ts';
import * as repository from './keys.repository.ts';
import { Round } from './keys.round.ts';
import type { Asked } from './keys.service.ts';
import { lookAt, type View } from './keys.view.ts';

type Deps = {
  read: Queries;
  timers: Timers;
  presence: Pick<Presence, 'sessionsIn'>;
  realtime: Pick<Realtime, 'publish'>;
  logger: Logger;
  /** Notes who may make the key of this epoch; false when the epoch has moved on. */
  appoint(chatId: number, epoch: number, sessionId: string): Promise<boolean>;
  /** Some have joined who must not have the key of this epoch: a new one. */
  renewEpoch(chatId: number, epoch: number): Promise<void>;
  /** Nobody can bring the key any more: a new epoch. */
  abandonEpoch(chatId: number, epoch: number): Promise<void>;
};

const GATHER_MS = 50;
const ANSWER_MS = 5 * SECOND_MS;
/** A crowd with a closed history gets a new key so often at most, however many join. */
const RENEWED_EVERY_MS = 2 * SECOND_MS;
const RECIPIENTS_AT_ONCE = 256;

/**
 * Brings the chat key to the sessions that lack it, by asking sessions that have it. The rules are in the README beside
 * this file. What is kept here is only who was asked for what: losing it costs one more question.
 */
export class KeyDistribution implements Asked {
  readonly #deps: Deps;
  readonly #rounds = new Map<number, Round>();
  /** Chats in which nobody was without the key when their round came to its end; and since when they have that key. */
  readonly #settled = new Map<number, number | undefined>();
  #isStopped = false;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Anybody in the chat may lack the key. Whoever comes within the next 50 ms is asked for in one go. */
  request(chatId: number): void {
    if (this.#isStopped) return;
    const round = this.#round(chatId);
    round.isUnknown = true;
    this.#gather(chatId, round);
  }

  /** These sessions may lack the key: as `request`, without a look at all the others. */
  bring(chatId: number, sessionIds: readonly string[]): void {
    if (this.#isStopped || sessionIds.length === 0) return;
    const round = this.#round(chatId);
    round.expect(sessionIds);
    this.#gather(chatId, round);
  }

  /** Somebody may lack the key while nobody is there who could bring it: the next round begins with a look at all. */
  postpone(chatId: number): void {
    this.#settled.delete(chatId);
  }

  /** The chat is in a new epoch: errands for the old one are void. */
  rotated(chatId: number, epoch: number, formerHolders: readonly string[]): void {
    this.#settled.delete(chatId);
    const round = this.#round(chatId);
    round.begin(epoch, new Set(formerHolders));
    round.beganAt = this.#deps.timers.elapsed();
    this.request(chatId);
  }

  /** A distributor has answered: it has brought the key to these sessions, and to nobody else that it was asked for. */
  shared(chatId: number, epoch: number, senderId: string, recipientIds: readonly string[]): void {
    const round = this.#rounds.get(chatId);
    if (round?.epoch !== epoch) return;
    round.silent.delete(senderId);
    round.finish(senderId);
    round.serve(recipientIds);
    this.#goOn(chatId, round);
  }

  /** The session has gone from the chat, or has another key: nothing can be expected of it, and all may be asked anew. */
  departed(chatId: number, sessionId: string): void {
    const round = this.#rounds.get(chatId);
    if (!round) return;
    round.drop(sessionId);
    this.#goOn(chatId, round);
  }

  /** One of several sockets of a session has gone from the chat. What it was asked, another of them can answer. */
  socketLeft(chatId: number, sessionId: string, socketId: string): void {
    const round = this.#rounds.get(chatId);
    if (round?.errands.get(sessionId)?.socketId !== socketId) return;
    round.withdraw(sessionId);
    this.#goOn(chatId, round);
  }

  /** The chat is gone. */
  forget(chatId: number): void {
    this.#settled.delete(chatId);
    const round = this.#rounds.get(chatId);
    if (!round) return;
    round.gathering?.();
    round.waking?.();
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

  #gather(chatId: number, round: Round): void {
    if (this.#isStopped) return;
    round.gathering ??= this.#deps.timers.after(GATHER_MS, () => {
      round.gathering = undefined;
      round.queue(() => this.#look(chatId, round));
    });
  }

  /** After an errand: on with it while somebody waits. */
  #goOn(chatId: number, round: Round): void {
    if (round.waiting.size > 0 || round.isUnknown) this.#gather(chatId, round);
    else this.#tidy(chatId, round, 0);
  }

  async #look(chatId: number, round: Round): Promise<void> {
    if (this.#rounds.get(chatId) !== round) return;
    try {
      await this.#distribute(chatId, round);
      if (round.waiting.size === 0) this.#tidy(chatId, round, 1);
    } catch (error) {
      this.#deps.logger.error('key distribution failed', { chat_id: chatId, error });
    }
  }

  async #distribute(chatId: number, round: Round): Promise<void> {
    const view = await lookAt(this.#deps, chatId, round);
    if (view === 'gone') return this.forget(chatId);
    if (view === 'outdated') return;
    const { present, lacking, epoch, isHeld, isSpokenUnder, isSomeoneWaiting } = view;
    if (present.length === 0) return this.#tidy(chatId, round, 1);
    if (view.isSomeoneTooNew && (await this.#renew(chatId, round, epoch))) return;
    if (lacking.length === 0) return;

    if (isHeld && (await this.#askHolders(chatId, round, view))) return;
    // Nobody who is here can bring the key. Whoever waits for it is here; members who are away can go on waiting.
    if (!isSomeoneWaiting || round.epoch !== epoch) return;
    if (isHeld || isSpokenUnder) await this.#deps.abandonEpoch(chatId, epoch);
    else await this.#askGenerator(chatId, round, view);
  }

  /** A new epoch for those who have joined since the last one; false while that is not due. */
  async #renew(chatId: number, round: Round, epoch: number): Promise<boolean> {
    const { timers, renewEpoch } = this.#deps;
    const sinceMs = round.beganAt === undefined ? RENEWED_EVERY_MS : timers.elapsed() - round.beganAt;
    const dueInMs = RENEWED_EVERY_MS - sinceMs;
    if (dueInMs > 0) round.wakeIn(timers, dueInMs, () => this.#gather(chatId, round));
    else await renewEpoch(chatId, epoch);
    return dueInMs <= 0;
  }

  /**
   * Spreads the recipients over the holders that have nothing to do, the longest joined first; nobody is asked twice for one.
   * False when there is nobody in the room from whom the key can still be expected.
   */
  async #askHolders(chatId: number, round: Round, { epoch, present, lacking, isMore }: View): Promise<boolean> {
    let isAnyoneAble = [...round.errands.values()].some(({ generate }) => !generate);
    let left = lacking;
    for (const holder of present) {
      const { sessionId } = holder;
      if (round.errands.has(sessionId) || round.silent.has(sessionId)) continue;
      if (!(await this.#holds(chatId, round, epoch, sessionId))) continue;
      if (round.epoch !== epoch) return true;
      isAnyoneAble = true;
      const theirs = left.filter((one) => !round.wasAsked(sessionId, one.sessionId)).slice(0, RECIPIENTS_AT_ONCE);
      const open = theirs.filter((one) => !round.gone.has(one.sessionId) && !round.served.has(one.sessionId));
      if (open.length > 0 && !round.gone.has(sessionId)) this.#ask(chatId, round, holder, open, false);
      const taken = new Set(theirs);
      left = left.filter((one) => !taken.has(one));
      if (left.length > 0) continue;
      if (isMore) this.#gather(chatId, round);
      return true;
    }
    return isAnyoneAble;
  }

  async #holds(chatId: number, round: Round, epoch: number, sessionId: string): Promise<boolean> {
    if (round.served.has(sessionId)) return true;
    return (await repository.findBlob(this.#deps.read, chatId, epoch, sessionId)) !== undefined;
  }

  /** Nobody has the key, and none was made yet: one session makes it, preferably one that was here before. */
  async #askGenerator(chatId: number, round: Round, { epoch, present, lacking }: View): Promise<void> {
    if ([...round.errands.values()].some(({ generate }) => generate)) return;
    const generator = await this.#findMaker(round, present);
    if (!generator) return;
    const { holder, self } = generator;
    const isAppointed = await this.#deps.appoint(chatId, epoch, holder.sessionId);
    const isOutdated = round.epoch !== epoch || round.served.size > 0 || round.gone.has(holder.sessionId);
    if (!isAppointed || isOutdated) return this.request(chatId);
    const others = lacking.filter(({ sessionId }) => sessionId !== holder.sessionId && !round.gone.has(sessionId));
    this.#ask(chatId, round, holder, [self, ...others].slice(0, RECIPIENTS_AT_ONCE), true);
  }

  /** Who is to make the key: of those who have answered so far, preferably one who held the key before. */
  async #findMaker(round: Round, present: readonly PresentSession[]) {
    const { read, timers } = this.#deps;
    const fresh = present.filter(({ sessionId }) => !round.silent.has(sessionId));
    const former = fresh.filter(({ sessionId }) => round.formerHolders.has(sessionId));
    for (const holder of [...former, ...fresh, ...present]) {
      const [self] = await repository.listRegistered(read, [holder.sessionId], timers.now());
      if (!self) continue;
      // Nobody else is left: all get another chance.
      if (round.silent.has(holder.sessionId)) round.silent.clear();
      return { holder, self };
    }
    return undefined;
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
      round.finish(sessionId);
      round.silent.add(sessionId);
      this.#gather(chatId, round);
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
    const known = this.#rounds.get(chatId);
    if (known) return known;
    const round = new Round({ isUnknown: !this.#settled.has(chatId), beganAt: this.#settled.get(chatId) });
    this.#rounds.set(chatId, round);
    return round;
  }

  /** Keeps nothing of a chat about whose key nothing is going on, but that nobody is without it. `looks`: that are the caller. */
  #tidy(chatId: number, round: Round, looks: number): void {
    if (!round.isQuiet(looks) || this.#rounds.get(chatId) !== round) return;
    this.#rounds.delete(chatId);
    if (round.waiting.size === 0 && !round.isUnknown) this.#settled.set(chatId, round.beganAt);
    else this.#settled.delete(chatId);
  }
}
