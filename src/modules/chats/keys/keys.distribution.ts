import type { Timers } from '../../../core/clock.ts';
import type { Logger } from '../../../core/logger.ts';
import type { Queries } from '../../../db/queries.ts';
import type { Units } from '../../../db/units.ts';
import type { Presence, PresentSession } from '../../../ports/presence.ts';
import { type Realtime, socketRoom } from '../../../ports/realtime.ts';
import type { Voice } from '../voice/voice.ts';
import type { KeyRequest } from './keys.errands.ts';
import type { E2eeEvent } from './keys.events.ts';
import { setGenerator } from './keys.repository.ts';
import { replaceEpoch } from './keys.rotation.ts';
import { KeyRound } from './keys.round.ts';
import type { RegisteredSession } from './session-keys.repository.ts';

type Deps = {
  read: Queries;
  units: Pick<Units<E2eeEvent>, 'run'>;
  timers: Timers;
  presence: Pick<Presence, 'sessionsIn'>;
  realtime: Pick<Realtime, 'publish'>;
  voice: Pick<Voice, 'named' | 'sessionIn' | 'tell' | 'isDirect'>;
  logger: Logger;
};

/**
 * Brings the chat key to sessions that lack it by asking sessions that hold it. Each chat with work to do has a round.
 * The state here only tracks requests; losing it costs one more request.
 */
export class KeyDistribution {
  readonly #deps: Deps;
  readonly #rounds = new Map<number, KeyRound>();
  /** Chats whose round came to rest with everyone holding the key, and since when the key exists. */
  readonly #settled = new Map<number, number | undefined>();
  #isStopped = false;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Marks sessions that may lack the key. */
  bring(chatId: number, sessionIds: readonly string[]): void {
    if (!this.#isStopped && sessionIds.length > 0) this.#round(chatId).bring(sessionIds);
  }

  /** Someone may lack the key, but the room is empty: the next round starts with a full survey. */
  postpone(chatId: number): void {
    this.#settled.delete(chatId);
  }

  /** The chat has a new epoch. */
  rotated(chatId: number, epoch: number, formerHolders: readonly string[]): void {
    this.#settled.delete(chatId);
    if (!this.#isStopped) this.#round(chatId).rotated(epoch, formerHolders);
  }

  /** A distributor has answered. */
  shared(chatId: number, epoch: number, senderId: string, recipientIds: readonly string[]): void {
    this.#rounds.get(chatId)?.shared(epoch, senderId, recipientIds);
  }

  /** A recipient could not open what this sender sealed for it. */
  rejected(chatId: number, epoch: number, senderId: string, recipientId: string): void {
    if (!this.#isStopped) this.#round(chatId).rejected(epoch, senderId, recipientId);
  }

  /** The session has left the chat or has a new key. */
  departed(chatId: number, sessionId: string): void {
    this.#rounds.get(chatId)?.departed(sessionId);
  }

  /** One of several sockets of a session has left the chat. */
  socketLeft(chatId: number, sessionId: string, socketId: string): void {
    this.#rounds.get(chatId)?.socketLeft(sessionId, socketId);
  }

  /** The chat is gone. */
  forget(chatId: number): void {
    this.#settled.delete(chatId);
    this.#rounds.get(chatId)?.stop();
    this.#rounds.delete(chatId);
  }

  /** Stops all requests: the departure of everyone at shutdown must not cause a new key. */
  stop(): void {
    this.#isStopped = true;
    for (const chatId of [...this.#rounds.keys()]) this.forget(chatId);
  }

  /** The public key that this distributor was asked to seal for, if this recipient was in its request. */
  keyAskedFor(chatId: number, epoch: number, distributorId: string, recipientId: string): string | undefined {
    return this.#rounds.get(chatId)?.keyAskedFor(epoch, distributorId, recipientId);
  }

  /** Whether the recipient rejected the key from this sender. */
  isRefused(chatId: number, epoch: number, senderId: string, recipientId: string): boolean {
    return this.#rounds.get(chatId)?.isRefused(epoch, senderId, recipientId) ?? false;
  }

  #round(chatId: number): KeyRound {
    const known = this.#rounds.get(chatId);
    if (known) return known;
    const { read, units, timers, presence, voice, logger } = this.#deps;
    const round: KeyRound = new KeyRound(
      {
        read,
        timers,
        presence,
        ask: (socketId, request, present) => {
          // Both of a direct chat are known.
          if (!voice.isDirect(chatId)) this.#announce(chatId, request.recipients, present);
          this.#ask(chatId, socketId, request);
        },
        appoint: (epoch, sessionId) =>
          units.run('appoint generator', ({ db }) => setGenerator(db, chatId, epoch, sessionId)),
        replaceEpoch: (epoch, reason) =>
          units.run('replace epoch', (unit) => replaceEpoch(unit, chatId, epoch, reason)),
        failed: (error) => logger.error('key distribution failed', { chat_id: chatId, error }),
        atRest: ({ isSettled, beganAt }) => {
          if (this.#rounds.get(chatId) !== round) return;
          this.#rounds.delete(chatId);
          if (isSettled) this.#settled.set(chatId, beganAt);
          else this.#settled.delete(chatId);
        },
        gone: () => this.forget(chatId),
      },
      chatId,
      { isUnknown: !this.#settled.has(chatId), beganAt: this.#settled.get(chatId) },
    );
    this.#rounds.set(chatId, round);
    return round;
  }

  /** A client seals for nobody whom it does not know of. One event for all, since a chat may have thousands of members. */
  #announce(chatId: number, recipients: readonly RegisteredSession[], present: readonly PresentSession[]): void {
    const here = new Set<string>();
    const people = new Set<string>();
    for (const { sessionId, person } of present) {
      here.add(sessionId);
      people.add(person);
    }
    const away = recipients.filter(({ sessionId }) => !here.has(sessionId));
    if (away.length === 0) return;
    const listed = away.map((one) => this.#recipient(chatId, one));
    this.#deps.voice.tell(chatId, 'room:members', { joined: [], left: [], count: people.size, away: listed });
  }

  #recipient(chatId: number, { person, sessionId, publicKey, signingKey }: RegisteredSession) {
    const { voice } = this.#deps;
    const session_id = voice.sessionIn(chatId, sessionId);
    return { ...voice.named(chatId, person), session_id, public_key: publicKey, signing_key: signingKey };
  }

  #ask(chatId: number, socketId: string, { epoch, generate, recipients }: KeyRequest): void {
    this.#deps.realtime.publish(socketRoom(socketId), 'portal:key_request', {
      chat_id: chatId,
      epoch,
      generate,
      recipients: recipients.map((one) => this.#recipient(chatId, one)),
    });
  }
}
