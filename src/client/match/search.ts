import { PortalError } from '../errors.ts';
import { Deferred } from '../link/deferred.ts';
import type { DirectTalk, MatchStatus } from '../match-wire.ts';

/** One search of this client, from asking until its chat is known or it is over. */
export class Search {
  readonly interests: readonly string[];
  /** True after a hint that the server may have it no longer. */
  isDoubted: boolean = false;
  /** True while the server is asked about it. */
  isCompared: boolean = false;
  /** The chats that are not of this search. */
  readonly #others = new Set<number>();
  readonly #outcome = new Deferred<DirectTalk>();
  #state: 'new' | 'asked' | 'waiting' | 'over' = 'new';
  #talk: DirectTalk | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(interests: readonly string[]) {
    this.interests = interests;
    // A search that is stopped is not waited for any more.
    this.#outcome.promise.catch(() => {});
  }

  get outcome(): Promise<DirectTalk> {
    return this.#outcome.promise;
  }

  /** The chat that came of it, as far as it is known. */
  get talk(): DirectTalk | undefined {
    return this.#talk;
  }

  /** True while the server should have this search in its queue. */
  get isWaiting(): boolean {
    return this.#state === 'waiting' && !this.#talk;
  }

  /** True if the server may have it in its queue, or has made a chat of it. */
  get mayBeQueued(): boolean {
    return this.#state === 'asked' || this.#state === 'waiting';
  }

  /** The server is being asked. */
  asked(): void {
    this.#state = 'asked';
  }

  /** The server has it in its queue. */
  queued(): void {
    if (this.#state === 'asked') this.#state = 'waiting';
  }

  /** The server refuses it. */
  refused(): void {
    this.#state = 'over';
  }

  /** These chats are not of this search. */
  exclude(chatIds: Iterable<number>): void {
    for (const chatId of chatIds) this.#others.add(chatId);
  }

  /** A pair, told by its event. False if it is not of this search. */
  found(talk: DirectTalk): boolean {
    if (this.#state === 'new' || this.#others.has(talk.chat_id)) return false;
    if (this.#talk && this.#talk.chat_id !== talk.chat_id) return false;
    this.#settle(talk);
    return true;
  }

  /** A pair, told by an answer, which says less than the event. That one is waited for, for a moment. */
  paired(talk: DirectTalk, momentMs: number): void {
    if (this.#talk) return;
    this.#talk = talk;
    this.#timer = setTimeout(() => this.#settle(talk), momentMs);
  }

  /** Chats of this status that may be of this search. While it is in the queue, all are of others. */
  newIn({ state, chats }: MatchStatus): DirectTalk[] {
    if (state !== 'searching') return chats.filter(({ chat_id }) => !this.#others.has(chat_id));
    this.exclude(chats.map(({ chat_id }) => chat_id));
    return [];
  }

  /** The server has it no longer, and no chat came of it. */
  drop(): void {
    const message = 'The search ended before anyone was found';
    this.abandon(new PortalError({ code: 'ERR_SEARCH_ENDED', message }));
  }

  /** Ends it here. What the server has of it stays. */
  abandon(error: PortalError): void {
    this.#state = 'over';
    this.fail(error);
  }

  fail(error: PortalError): void {
    clearTimeout(this.#timer);
    this.#outcome.reject(error);
  }

  #settle(talk: DirectTalk): void {
    clearTimeout(this.#timer);
    this.#talk = talk;
    this.#outcome.resolve(talk);
  }
}
