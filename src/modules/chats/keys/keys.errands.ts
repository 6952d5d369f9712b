import type { Cancel, Timers } from '../../../core/clock.ts';
import { SECOND_MS } from '../../../core/durations.ts';
import type { PresentSession } from '../../../ports/presence.ts';
import type { RegisteredSession } from './session-keys.repository.ts';

export type KeyRequest = { epoch: number; generate: boolean; recipients: readonly RegisteredSession[] };

type Deps = {
  timers: Timers;
  /** Asks a single socket, not the session: two tabs would make two keys. */
  ask(socketId: string, request: KeyRequest): void;
  /** None of the session's sockets answered in time; these recipients wait again. */
  unanswered(distributorId: string, recipientIds: string[]): void;
};

/** An open request. `recipients` maps sessions to the public keys to seal for. */
type Errand = {
  request: KeyRequest;
  socketId: string;
  otherSockets: string[];
  recipients: Map<string, string>;
  cancel: Cancel;
};

const ANSWER_MS = 5 * SECOND_MS;

/** The requests for one chat's key in the current epoch. */
export class Errands {
  readonly #deps: Deps;
  readonly #open = new Map<string, Errand>();
  /** By distributor session: the recipients it was asked for, or must not be asked for. */
  readonly #asked = new Map<string, Set<string>>();
  /** By distributor session: who could not open what it brought. */
  readonly #refused = new Map<string, Set<string>>();

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  get isEmpty(): boolean {
    return this.#open.size === 0;
  }

  /** Whether something is remembered that a new round would not know. */
  get hasRefusals(): boolean {
    return this.#refused.size > 0;
  }

  /**
   * The open requests, and the waiting sessions not covered by one: those in the room first, and among them new holders
   * before former ones. `here`: everyone in the room, by id.
   */
  survey(waiting: Iterable<string>, present: readonly PresentSession[], former: ReadonlySet<string>) {
    const here = new Set(present.map(({ sessionId }) => sessionId));
    const open = [...this.#open.values()];
    const served = new Set([...this.#open.values()].flatMap(({ recipients }) => [...recipients.keys()]));
    const rank = (id: string) => (here.has(id) ? (former.has(id) ? 1 : 0) : 2);
    return {
      here,
      candidates: [...waiting].filter((id) => !served.has(id)).sort((a, b) => rank(a) - rank(b)),
      distributors: new Set(this.#open.keys()),
      isBringing: open.some(({ request }) => !request.generate),
      isMaking: open.some(({ request }) => request.generate),
    };
  }

  wasAsked(distributorId: string, recipientId: string): boolean {
    return this.#asked.get(distributorId)?.has(recipientId) ?? false;
  }

  /** Whether the recipient could not open this distributor's key. */
  wasRefused(distributorId: string, recipientId: string): boolean {
    return this.#refused.get(distributorId)?.has(recipientId) ?? false;
  }

  /** The public key that this distributor was asked to seal for, if this recipient was in its request. */
  keyAskedFor(distributorId: string, recipientId: string): string | undefined {
    return this.#open.get(distributorId)?.recipients.get(recipientId);
  }

  /** Asks the session's newest socket first, because an older connection may have dropped silently. */
  begin({ sessionId, socketIds }: PresentSession, request: KeyRequest): void {
    const recipients = new Map(request.recipients.map((one) => [one.sessionId, one.publicKey]));
    const errand: Errand = { request, socketId: '', otherSockets: [...socketIds], recipients, cancel: () => {} };
    for (const id of recipients.keys()) note(this.#asked, sessionId, id);
    this.#open.set(sessionId, errand);
    this.#askNext(sessionId, errand);
  }

  /** Ends a request. Returns the recipients it has not served. */
  end(distributorId: string): string[] {
    const errand = this.#open.get(distributorId);
    if (!errand) return [];
    errand.cancel();
    this.#open.delete(distributorId);
    return [...errand.recipients.keys()];
  }

  /** These sessions have the key: removes them from open requests. */
  served(recipientIds: readonly string[]): void {
    for (const [distributorId, { recipients }] of this.#open) {
      for (const id of recipientIds) recipients.delete(id);
      if (recipients.size === 0) this.end(distributorId);
    }
  }

  /** The recipient could not open this distributor's key: stops asking it for this recipient. */
  refused(distributorId: string, recipientId: string): void {
    note(this.#asked, distributorId, recipientId);
    note(this.#refused, distributorId, recipientId);
  }

  /** Distributors may be asked again for those whom they did not serve, but not for those who refused what they brought. */
  forgive(): void {
    this.#asked.clear();
    for (const [distributorId, recipients] of this.#refused)
      for (const id of recipients) note(this.#asked, distributorId, id);
  }

  /** Forgets the session: it may be asked again, and be a recipient again. Returns the recipients of its request. */
  forget(sessionId: string): string[] {
    for (const pairs of [this.#asked, this.#refused]) {
      pairs.delete(sessionId);
      for (const [id, recipients] of pairs) if (recipients.delete(sessionId) && recipients.size === 0) pairs.delete(id);
    }
    return this.end(sessionId);
  }

  /**
   * A socket has gone: asks another one of the session. If none is left, forgets the request and returns its
   * recipients; otherwise undefined.
   */
  socketLeft(sessionId: string, socketId: string): string[] | undefined {
    const errand = this.#open.get(sessionId);
    if (!errand) return undefined;
    errand.otherSockets = errand.otherSockets.filter((id) => id !== socketId);
    if (errand.socketId !== socketId) return undefined;
    errand.cancel();
    if (this.#askNext(sessionId, errand)) return undefined;
    for (const id of errand.recipients.keys()) this.#asked.get(sessionId)?.delete(id);
    return this.end(sessionId);
  }

  clear(): void {
    for (const { cancel } of this.#open.values()) cancel();
    this.#open.clear();
    this.#asked.clear();
    this.#refused.clear();
  }

  /** False once every socket of the session was asked. */
  #askNext(sessionId: string, errand: Errand): boolean {
    const socketId = errand.otherSockets.shift();
    if (socketId === undefined) return false;
    errand.socketId = socketId;
    errand.cancel = this.#deps.timers.after(ANSWER_MS, () => {
      if (!this.#askNext(sessionId, errand)) this.#deps.unanswered(sessionId, this.end(sessionId));
    });
    const recipients = errand.request.recipients.filter((one) => errand.recipients.has(one.sessionId));
    this.#deps.ask(socketId, { ...errand.request, recipients });
    return true;
  }
}

function note(pairs: Map<string, Set<string>>, distributorId: string, recipientId: string): void {
  const recipients = pairs.get(distributorId) ?? new Set();
  pairs.set(distributorId, recipients.add(recipientId));
}
