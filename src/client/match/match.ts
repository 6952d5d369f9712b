import type { CallOptions } from '../api/route.ts';
import { Emitter } from '../emitter.ts';
import { isPassing, isPortalError, PortalError } from '../errors.ts';
import type { PortalRest } from '../link/rest.ts';
import { notConnected } from '../link/socket-link.ts';
import type { Timing } from '../link/timing.ts';
import type { DirectTalk, MatchFound, MatchStatistics, MatchStatus } from '../match-wire.ts';
import type { Keyring } from '../room/keyring.ts';
import type { Rooms } from '../rooms.ts';
import type { DirectRoom } from './direct-room.ts';
import { Search } from './search.ts';
import { Withdrawal } from './withdrawal.ts';

export type MatchEvents = {
  /** What `status()` answers, after each connection and whenever it changes. */
  state: MatchStatus;
  /**
   * A chat that no `find` of this client waits for: another tab of the session has found someone. `open` enters it; until then
   * this tab does not answer when the server asks it for the chat's key.
   */
  found: MatchFound;
};

export type FindOptions = {
  /** Stops the search. If someone was found in the same moment, that chat is left at once. */
  signal?: AbortSignal;
  /** How many messages to load (0–500), 100 by default. */
  history?: number;
};

type Deps = {
  rest: PortalRest;
  rooms: Rooms;
  timing: Timing;
  isConnected(): boolean;
  keyring(): Keyring | undefined;
};

/** Finds people by shared interests, for accounts and for strangers. `client.match` of a {@link PortalClient}. */
export class Match extends Emitter<MatchEvents> {
  readonly #deps: Deps;
  #search: Search | undefined;
  #last: MatchStatus | undefined;
  readonly #withdrawal: Withdrawal;

  /** @internal */
  constructor(deps: Deps) {
    super();
    this.#deps = deps;
    this.#withdrawal = new Withdrawal(deps);
  }

  /** True while a `find` is under way. */
  get isSearching(): boolean {
    return this.#search !== undefined;
  }

  /**
   * Searches until someone shares one of the tags (1 to 3, of 3 to 12 letters a–z and digits), and enters the chat with them.
   * A search lasts as long as the client is connected, and survives short disconnections. Messages that come before the room is
   * there are in its `messages`.
   * @throws the signal's reason once the search is stopped; PortalError `ERR_NOT_CONNECTED`, `ERR_SEARCH_ENDED` (the server has
   * dropped the search: the connection was away too long, or the server has restarted), or the server's refusal:
   * `ERR_MATCH_UNSUPPORTED_INTEREST` (details: `field`), `ERR_MATCH_ALREADY_SEARCHING` (details: `interests`, `expires_at`),
   * `ERR_MATCH_SLOT_LIMIT`, `ERR_MATCH_ON_HOLD`, `ERR_STRANGER_BLOCKED`, `ERR_STRANGERS_OFF`, `ERR_RATE_LIMITED`
   */
  async find(interests: readonly string[], { signal, history = 100 }: FindOptions = {}): Promise<DirectRoom> {
    signal?.throwIfAborted();
    if (!this.#deps.isConnected()) throw notConnected();
    if (this.#search) throw alreadySearching(this.#search);
    const search = new Search(interests);
    this.#search = search;
    const done = new AbortController();
    const stopped = abortion(signal, done.signal);
    try {
      await this.#withdrawal.settle();
      const { chats } = this.#last ?? (await this.status());
      search.exclude([...chats.map(({ chat_id }) => chat_id), ...this.#deps.rooms.all.map(({ chatId }) => chatId)]);
      await this.#enqueue(search);
      const talk = await Promise.race([search.outcome, stopped]);
      return await Promise.race([this.#deps.rooms.joinDirect(talk, history), stopped]);
    } catch (error) {
      if (search.mayBeQueued) await this.#withdrawal.add(search);
      throw error;
    } finally {
      done.abort();
      if (this.#search === search) this.#search = undefined;
    }
  }

  /** The search and the direct chats of this person, as the server has them; live and archived ones. */
  async status(options?: CallOptions): Promise<MatchStatus> {
    const status = await this.#deps.rest.match.status(options);
    this.#keep(status);
    return status;
  }

  /** Enters a direct chat of the status or of a `found` event. Entering twice returns the same room. */
  open(talk: DirectTalk, { history = 100 }: { history?: number } = {}): Promise<DirectRoom> {
    return this.#deps.rooms.joinDirect(talk, history);
  }

  /** Enters all direct chats that the server still has, live and archived: for the start of a client. */
  async resume(options: { history?: number } = {}): Promise<DirectRoom[]> {
    const { chats } = await this.status();
    this.#forgetOthers(chats);
    const rooms = await Promise.all(
      chats.map((talk) =>
        this.open(talk, options).catch((error: unknown) => {
          // Deleted since the status was read.
          if (isPortalError(error, 'ERR_NOT_FOUND')) return undefined;
          throw error;
        }),
      ),
    );
    return rooms.filter((room) => room !== undefined);
  }

  /**
   * Ends a direct chat for both; without an id, the only live one.
   * @throws PortalError `ERR_MATCH_NO_ACTIVE_DIRECT`
   */
  async leave(chatId?: number): Promise<void> {
    await this.#deps.rest.match.leave({ chat_id: chatId });
    if (chatId !== undefined) this.#deps.rooms.findDirect(chatId)?.finish('left');
  }

  /** Reports the other person of a direct chat, which may be over. The two never meet again. */
  async report(chatId: number, reason: string, options?: CallOptions): Promise<void> {
    await this.#deps.rest.match.report({ chat_id: chatId, reason }, options);
  }

  /** How many are online and searching, and the tags that several people wait for. Strangers need the public key for it. */
  statistics(options?: CallOptions): Promise<MatchStatistics> {
    return this.#deps.rest.match.statistics(options);
  }

  /** @internal */
  receiveState(status: MatchStatus): void {
    if (status.state === 'searching' && !this.#search) this.#withdrawal.forgetRecent();
    this.#keep(status);
    this.emit('state', status);
    // An event that was under way when the search began says nothing about it; the server is asked.
    if (status.state !== 'searching') this.compare();
  }

  /** @internal */
  receiveFound(found: MatchFound): void {
    const { rooms, rest } = this.#deps;
    if (rooms.find(found.chat_id)) rooms.findDirect(found.chat_id)?.learn(found);
    else if (this.#search?.found(found)) return;
    else if (this.#withdrawal.isRecent) rest.match.leave({ chat_id: found.chat_id }).catch(() => {});
    else this.emit('found', found);
  }

  /** @internal Asks whether the server still has the search that this client waits for, and no other. */
  compare(): void {
    if (!this.#search) void this.#withdrawal.settle();
    if (this.#search) this.#search.isDoubted = true;
    this.#settleDoubt();
  }

  /** @internal The client was closed, or its session is over. */
  end(error: PortalError): void {
    const search = this.#search;
    this.#search = undefined;
    this.#last = undefined;
    this.#withdrawal.end();
    search?.abandon(error);
  }

  async #enqueue(search: Search): Promise<void> {
    const { rest, timing } = this.#deps;
    search.asked();
    try {
      const answer = await rest.match.start({ interests: search.interests });
      if (answer.state === 'matched') search.paired(answer, timing.repairDelayMs);
      else search.queued();
      // What was told meanwhile may be newer than this answer.
      this.#settleDoubt();
    } catch (error) {
      // Without an answer, or after an error inside the server, the call may have taken effect.
      if (error instanceof PortalError && error.status >= 400 && error.status < 500) search.refused();
      throw error;
    }
  }

  #settleDoubt(): void {
    const search = this.#search;
    if (!search?.isWaiting || !search.isDoubted || search.isCompared) return;
    search.isCompared = true;
    void this.#compare(search).finally(() => {
      search.isCompared = false;
    });
  }

  async #compare(search: Search): Promise<void> {
    const { timing } = this.#deps;
    for (let attempt = 0; search.isWaiting && search.isDoubted; attempt += 1) {
      try {
        search.isDoubted = false;
        const status = await this.status();
        const [talk] = search.newIn(status);
        if (talk) search.paired(talk, timing.repairDelayMs);
        else if (status.state !== 'searching') search.drop();
        continue;
      } catch (error) {
        if (error instanceof PortalError && !isPassing(error)) return search.fail(error);
        search.isDoubted = true;
        // Without a connection the next one compares.
        if (!this.#deps.isConnected() || attempt === 4) return;
      }
      await new Promise((resolve) => setTimeout(resolve, timing.retryDelayMs * 4 ** attempt));
    }
  }

  /** The status also tells what became of the rooms that are open here. */
  #keep(status: MatchStatus): void {
    this.#last = status;
    for (const talk of status.chats) this.#deps.rooms.findDirect(talk.chat_id)?.learn(talk);
    if (status.state === 'searching') this.#search?.newIn(status);
  }

  /** Keys of chats that the server has deleted open nothing any more. */
  #forgetOthers(chats: readonly DirectTalk[]): void {
    const keyring = this.#deps.keyring();
    const kept = new Set(chats.map(({ chat_id }) => chat_id));
    for (const chatId of keyring?.directChats ?? []) {
      if (!kept.has(chatId) && !this.#deps.rooms.find(chatId)) keyring?.forget(chatId);
    }
  }
}

/** Rejects when the signal aborts before `done` does; never resolves. */
function abortion(signal: AbortSignal | undefined, done: AbortSignal): Promise<never> {
  const stopped = new Promise<never>((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true, signal: done });
  });
  stopped.catch(() => {});
  return stopped;
}

function alreadySearching({ interests }: Search): PortalError {
  return new PortalError({
    code: 'ERR_MATCH_ALREADY_SEARCHING',
    message: 'This client is searching already',
    details: { interests },
  });
}
