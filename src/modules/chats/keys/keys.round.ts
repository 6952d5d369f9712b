import type { Cancel } from '../../../core/clock.ts';
import { SECOND_MS } from '../../../core/durations.ts';
import type { PresentSession } from '../../../ports/presence.ts';
import { Errands } from './keys.errands.ts';
import { findHolders, isAnyoneWaiting, listWithoutKey } from './keys.holders.ts';
import { Patience } from './keys.patience.ts';
import { plan, RECIPIENTS_AT_ONCE, type View } from './keys.plan.ts';
import * as repository from './keys.repository.ts';
import type { RoundDeps } from './keys.round-deps.ts';
import { withoutNewcomers } from './newcomers.repository.ts';
import { findKeyIn, type KeyedChat, type RegisteredSession } from './session-keys.repository.ts';

const GATHER_MS = 50;
/** A crowd with a closed history gets a new key at most this often, however many join. */
const RENEWED_EVERY_MS = 2 * SECOND_MS;
/** The maximum number of sessions handled in one look; the next look takes the rest. */
const SEEN_TO_AT_ONCE = 512;

/** The work on one chat's key: see the README. */
export class KeyRound {
  readonly #deps: RoundDeps;
  #chat: KeyedChat;
  #epoch = 0;
  /** When the epoch began, in elapsed time; undefined if this process did not see it. */
  #beganAt: number | undefined;
  /** `#waiting` may be incomplete: the next look asks the database. */
  #isUnknown: boolean;
  readonly #waiting = new Set<string>();
  readonly #errands: Errands;
  #present: readonly PresentSession[] = [];
  /** Sessions that did not answer in time. They are asked last, in later epochs too. */
  readonly #silent = new Set<string>();
  /** Sessions that rejected a key. They wait, but cause no new epoch. */
  readonly #refusing = new Set<string>();
  #formerHolders: ReadonlySet<string> = new Set();
  /** Changes since the current look began to read. */
  readonly #served = new Set<string>();
  readonly #departed = new Set<string>();
  readonly #expected = new Set<string>();
  #gathering: Cancel | undefined;
  #waking: Cancel | undefined;
  /** Someone in the room lacks the key, and every holder was asked for them. */
  #isStuck = false;
  /** Until they are asked again: they may have declined only because they did not know the recipient yet. */
  readonly #patience: Patience;
  #looks = 0;
  #lastLook: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(
    deps: RoundDeps,
    chatId: number,
    { isUnknown, beganAt }: { isUnknown: boolean; beganAt: number | undefined },
  ) {
    this.#deps = deps;
    this.#chat = { id: chatId, isDirect: false };
    this.#isUnknown = isUnknown;
    this.#beganAt = beganAt;
    this.#errands = new Errands({
      timers: deps.timers,
      ask: (socketId, request) => deps.ask(socketId, request, this.#present),
      unanswered: (distributorId, recipientIds) => {
        this.#silent.add(distributorId);
        this.#waitAgain(recipientIds);
        this.#gather();
      },
    });
    this.#patience = new Patience(deps.timers, () => {
      this.#errands.forgive();
      this.#gather();
    });
  }

  /** Any session in the chat may lack the key. */
  request(): void {
    this.#isUnknown = true;
    this.#gather();
  }

  /** These sessions may lack the key. A look already in progress does not cover them. */
  bring(sessionIds: readonly string[]): void {
    for (const id of sessionIds) {
      this.#waiting.add(id);
      this.#expected.add(id);
    }
    this.#gather();
  }

  rotated(epoch: number, formerHolders: readonly string[]): void {
    this.#begin(epoch, new Set(formerHolders));
    this.#beganAt = this.#deps.timers.elapsed();
    this.#gather();
  }

  /** A distributor has answered: only these of its recipients now have the key. */
  shared(epoch: number, senderId: string, recipientIds: readonly string[]): void {
    if (epoch !== this.#epoch) return;
    this.#silent.delete(senderId);
    this.#waitAgain(this.#errands.end(senderId));
    for (const id of recipientIds) {
      this.#served.add(id);
      this.#waiting.delete(id);
      this.#refusing.delete(id);
    }
    this.#errands.served(recipientIds);
    this.#goOn();
  }

  /** The recipient could not open what this sender sealed: asks others. */
  rejected(epoch: number, senderId: string, recipientId: string): void {
    if (this.#epoch !== 0 && epoch !== this.#epoch) return;
    this.#epoch = epoch;
    this.#errands.refused(senderId, recipientId);
    this.#served.delete(recipientId);
    this.#refusing.add(recipientId);
    this.bring([recipientId]);
  }

  /** Forgets the session: it may be asked again, and be a recipient again. */
  departed(sessionId: string): void {
    this.#departed.add(sessionId);
    for (const noted of [this.#served, this.#silent, this.#refusing]) noted.delete(sessionId);
    this.#waitAgain(this.#errands.forget(sessionId));
    this.#goOn();
  }

  /** One of several sockets of a session has gone. Another one can answer its request. */
  socketLeft(sessionId: string, socketId: string): void {
    const recipientIds = this.#errands.socketLeft(sessionId, socketId);
    if (!recipientIds) return;
    this.#waitAgain(recipientIds);
    this.#goOn();
  }

  /** The public key that this distributor was asked to seal for, if this recipient was in its request. */
  keyAskedFor(epoch: number, distributorId: string, recipientId: string): string | undefined {
    return epoch === this.#epoch ? this.#errands.keyAskedFor(distributorId, recipientId) : undefined;
  }

  /** Whether the recipient rejected the key from this sender. */
  isRefused(epoch: number, senderId: string, recipientId: string): boolean {
    return epoch === this.#epoch && this.#errands.wasRefused(senderId, recipientId);
  }

  stop(): void {
    this.#isStopped = true;
    for (const cancel of [this.#gathering, this.#waking]) cancel?.();
    this.#begin(0, new Set());
  }

  /** Voids the requests of the old epoch. Every session lacks the new key. */
  #begin(epoch: number, formerHolders: ReadonlySet<string>): void {
    for (const noted of [this.#errands, this.#waiting, this.#refusing]) noted.clear();
    this.#patience.reset();
    this.#isUnknown = true;
    this.#epoch = epoch;
    this.#formerHolders = formerHolders;
  }

  /** Combines arrivals within a moment. Looks never overlap, because two would ask twice. */
  #gather(): void {
    if (this.#isStopped) return;
    this.#gathering ??= this.#deps.timers.after(GATHER_MS, () => {
      this.#gathering = undefined;
      this.#looks++;
      this.#lastLook = this.#lastLook.then(async () => {
        if (!this.#isStopped) await this.#look().catch((error: unknown) => this.#deps.failed(error));
        this.#looks--;
        if (this.#waiting.size === 0 || this.#isStuck) this.#restIfQuiet();
      });
    });
  }

  #goOn(): void {
    if (this.#waiting.size > 0 || this.#isUnknown) this.#gather();
    else this.#restIfQuiet();
  }

  #restIfQuiet(): void {
    if (this.#isStopped || !this.#errands.isEmpty || this.#gathering || this.#looks > 0) return;
    if (this.#isStuck) this.#patience.wait();
    if (this.#isStuck || this.#errands.hasRefusals) return;
    this.#patience.reset();
    this.#deps.atRest({ isSettled: this.#waiting.size === 0 && !this.#isUnknown, beganAt: this.#beganAt });
  }

  async #look(): Promise<void> {
    this.#isStuck = false;
    const view = await this.#read();
    if (!view || this.#isStopped) return;
    const epoch = this.#epoch;
    const next = plan(view);
    if (next.do === 'renew') await this.#deps.replaceEpoch(epoch, 'join');
    else if (next.do === 'abandon') await this.#deps.replaceEpoch(epoch, 'lost');
    else if (next.do === 'make') await this.#askMaker(epoch, view.present, view.lacking);
    else if (next.do === 'ask') {
      for (const { distributor, recipients } of next.errands) this.#ask(distributor, recipients, false);
      if (view.isMore && next.left.length === 0) this.#gather();
      this.#isStuck = view.isSomeoneWaiting && next.left.length > 0;
    }
  }

  /** Reads the state of the key; undefined if the chat does not exist or another look is due already. */
  async #read() {
    const { read, presence, timers } = this.#deps;
    for (const noted of [this.#served, this.#departed, this.#expected]) noted.clear();
    const state = await repository.findKeyState(read, this.#chat.id);
    if (!state || state.archived) return this.#deps.gone();
    this.#chat = { id: this.#chat.id, isDirect: state.chatType === 'direct' };
    const { epoch } = state;
    const hasBlobs = await repository.hasAnyBlob(read, this.#chat.id, epoch);
    if (this.#epoch === 0) this.#epoch = epoch;
    if (epoch > this.#epoch) this.#begin(epoch, this.#formerHolders);
    const present = await presence.sessionsIn(this.#chat.id);
    // A rotation, even one before our read, has scheduled its own look.
    if (this.#epoch !== epoch) return undefined;
    if (this.#isUnknown && present.length > 0) await this.#survey(epoch, present);
    this.#present = present;
    // Only looks begin errands; one that ends meanwhile has scheduled its own look.
    const { here, candidates, ...errands } = this.#errands.survey(this.#waiting, present, this.#formerHolders);
    const ids = candidates.slice(0, SEEN_TO_AT_ONCE);
    const waiting = await repository.listLacking(read, this.#chat, epoch, ids, here, timers.now());
    this.#waitNoMore(epoch, ids, waiting);
    const isOpen = state.historyVisible || state.spokenEpoch !== epoch;
    const found = isOpen ? waiting : await withoutNewcomers(read, this.#chat.id, epoch, waiting);
    const isHeld = hasBlobs || this.#served.size > 0;
    const lacking = found.filter(({ sessionId: id }) => !this.#departed.has(id) && !this.#served.has(id));
    const idleHere = present.filter(({ sessionId: id }) => !errands.distributors.has(id) && !this.#silent.has(id));
    const needed = { chatId: this.#chat.id, epoch, lacking, errands: this.#errands, served: this.#served };
    const holders = isHeld ? await findHolders(read, needed, idleHere) : [];
    const free = holders.filter(({ sessionId }) => !this.#departed.has(sessionId));
    const isSomeoneWaiting = await isAnyoneWaiting(read, needed, here, this.#refusing);
    if (this.#epoch !== epoch) return undefined;
    const sinceMs = timers.elapsed() - (this.#beganAt ?? Number.NEGATIVE_INFINITY);
    const dueInMs = found.length < waiting.length ? RENEWED_EVERY_MS - sinceMs : undefined;
    if (dueInMs !== undefined && dueInMs > 0)
      this.#waking ??= timers.after(dueInMs, () => {
        this.#waking = undefined;
        this.#gather();
      });
    return {
      isHeld,
      isSpokenUnder: state.spokenEpoch === epoch,
      isRenewalDue: dueInMs !== undefined && dueInMs <= 0,
      isAnyonePresent: present.length > 0,
      present: present.filter(({ sessionId }) => !this.#departed.has(sessionId)),
      free,
      isBringing: errands.isBringing,
      isMaking: errands.isMaking,
      lacking,
      isSomeoneWaiting,
      wasAsked: (distributorId, recipientId) => this.#errands.wasAsked(distributorId, recipientId),
      isMore: candidates.length > SEEN_TO_AT_ONCE,
    } satisfies View & { present: PresentSession[]; isMore: boolean };
  }

  /** Finds sessions that may lack the key: in the room, or of members who are away. */
  async #survey(epoch: number, present: readonly PresentSession[]): Promise<void> {
    const { read, timers } = this.#deps;
    this.#isUnknown = false;
    const ids = await listWithoutKey(read, this.#chat, epoch, present, timers.now());
    if (this.#epoch === epoch) for (const id of ids) if (!this.#served.has(id)) this.#waiting.add(id);
  }

  /** Removes sessions that no longer lack the key, unless they changed since the look began. */
  #waitNoMore(epoch: number, ids: readonly string[], lacking: readonly RegisteredSession[]): void {
    const stay = new Set([...lacking.map(({ sessionId }) => sessionId), ...this.#departed, ...this.#expected]);
    if (this.#epoch === epoch) for (const id of ids) if (!stay.has(id)) this.#waiting.delete(id);
  }

  /** Appoints one session to make the key: one that answers, preferably a former holder. */
  async #askMaker(epoch: number, present: readonly PresentSession[], lacking: readonly RegisteredSession[]) {
    const answering = present.filter(({ sessionId }) => !this.#silent.has(sessionId));
    const former = answering.filter(({ sessionId }) => this.#formerHolders.has(sessionId));
    for (const maker of [...former, ...answering, ...present]) {
      const { sessionId } = maker;
      const self = await findKeyIn(this.#deps.read, this.#chat, sessionId, this.#deps.timers.now());
      if (!self) continue;
      if (this.#silent.has(sessionId)) this.#silent.clear();
      const isAppointed = await this.#deps.appoint(epoch, sessionId);
      const isOutdated = this.#epoch !== epoch || this.#served.size > 0 || this.#departed.has(sessionId);
      if (!isAppointed || isOutdated) return this.request();
      const others = lacking.filter(({ sessionId: id }) => id !== sessionId && !this.#departed.has(id));
      return this.#ask(maker, [self, ...others].slice(0, RECIPIENTS_AT_ONCE), true);
    }
  }

  #ask(distributor: PresentSession, recipients: readonly RegisteredSession[], generate: boolean): void {
    for (const { sessionId } of recipients) this.#waiting.delete(sessionId);
    this.#errands.begin(distributor, { epoch: this.#epoch, generate, recipients });
  }

  #waitAgain(recipientIds: readonly string[]): void {
    for (const id of recipientIds) this.#waiting.add(id);
  }
}
