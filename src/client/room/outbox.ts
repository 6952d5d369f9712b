import { isPortalError, PortalError } from '../errors.ts';
import { type Signal, unlessAborted } from '../link/signal.ts';
import { type Link, notConnected } from '../link/socket-link.ts';
import type { Timing } from '../link/timing.ts';
import type { Author } from './author.ts';
import type { RoomKeys } from './room-keys.ts';
import type { RoomMessages } from './room-messages.ts';

type Deps = {
  chatId: number;
  keys: RoomKeys;
  link: Link;
  signal: Signal;
  timing: Timing;
  author: Author;
  isJoined(): boolean;
  /** Why nothing can be sent any more. */
  ending(): PortalError | undefined;
  /** Rejoins, so that the server looks again for someone who can share the key. */
  rejoin(): Promise<unknown>;
  messages: Pick<RoomMessages, 'caughtUp' | 'find'>;
};

/** A message under way. `unanswered`: its envelopes that were sent without an answer; one of them may have arrived. */
type Letter = {
  readonly text: string;
  readonly n: number;
  readonly unanswered: string[];
  stop?: AbortSignal | undefined;
};

/** The most texts without an answer that are remembered. */
const MOST_UNANSWERED = 20;

/** What this client says in a room, one message after the other: they arrive in the order in which they were given. */
export class Outbox {
  readonly #deps: Deps;
  #last: Promise<unknown> = Promise.resolve();
  readonly #unanswered = new Map<string, Letter>();

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /**
   * Seals a text with the current epoch's key and sends it. If the server refuses the key, the text is sealed with the next
   * one and sent again, up to `maxSendTries` times within `sendTimeoutMs`. If the connection breaks before the answer, the
   * history tells whether it arrived, and it is sent again only if not, under the same number.
   * @returns the message's id
   * @throws SealError `ERR_TEXT_TOO_LONG`; PortalError the server's refusal, `ERR_NOT_CONNECTED` (no connection within
   * `ackTimeoutMs`), `ERR_TIMEOUT` and `ERR_DISCONNECTED` (it may have arrived; given again, it is looked for first),
   * `ERR_SEND_ABANDONED`; the reason of `stop`
   */
  send(text: string, stop?: AbortSignal): Promise<string> {
    const deadline = performance.now() + this.#deps.timing.sendTimeoutMs;
    const sending = this.#last.then(() => this.#send(text, deadline, stop));
    const wake = () => this.#deps.signal.notify();
    stop?.addEventListener('abort', wake);
    this.#last = sending.catch(() => {}).finally(() => stop?.removeEventListener('abort', wake));
    return unlessAborted(sending, stop);
  }

  async #send(text: string, deadline: number, stop: AbortSignal | undefined): Promise<string> {
    stop?.throwIfAborted();
    const { author } = this.#deps;
    const letter: Letter = this.#unanswered.get(text) ?? { text, n: author.takeNumber(), unanswered: [] };
    letter.stop = stop;
    this.#unanswered.delete(text);
    try {
      return await this.#deliver(letter, deadline);
    } catch (error) {
      if (letter.unanswered.length > 0) this.#remember(letter);
      else author.returnNumber(letter.n);
      throw error;
    }
  }

  async #deliver(letter: Letter, deadline: number): Promise<string> {
    const { keys, timing, author, link, chatId } = this.#deps;
    let refusal: PortalError | undefined;
    for (let attempt = 0; attempt < timing.maxSendTries; attempt += 1) {
      const chatKey = await this.#keyToSealWith(deadline, refusal, letter.stop);
      const arrived = await this.#lookFor(letter, deadline, refusal);
      if (arrived !== undefined) return arrived;
      const { epoch, arrivals } = keys;
      const content = await author.seal(letter.text, { epoch, n: letter.n, chatKey });
      letter.stop?.throwIfAborted();
      try {
        const { id } = await link.request('message:send', { chat_id: chatId, content });
        return id;
      } catch (error) {
        if (isPortalError(error, 'ERR_TIMEOUT', 'ERR_DISCONNECTED')) letter.unanswered.push(content);
        else if (!isPortalError(error, 'ERR_EPOCH_MISMATCH', 'ERR_NO_ROOM_KEY')) throw error;
        refusal = error;
      }
      if (refusal.code === 'ERR_TIMEOUT') return await this.#arrivedAfterAll(letter, deadline, refusal);
      if (refusal.code !== 'ERR_DISCONNECTED')
        await this.#awaitBetterKey(refusal, { epoch, arrivals }, deadline, letter.stop);
    }
    throw isUnanswered(refusal) ? refusal : abandoned(refusal);
  }

  /** Undefined if it has not arrived. Unless that is certain, it is not sent again. */
  async #lookFor({ unanswered }: Letter, deadline: number, refusal: PortalError | undefined) {
    if (unanswered.length === 0) return undefined;
    const isCertain = await this.#deps.messages.caughtUp(deadline - performance.now());
    const id = this.#deps.messages.find(unanswered);
    if (id === undefined && !isCertain) throw refusal ?? notConnected();
    return id;
  }

  /** The connection stands and may still bring the message to the server, so it is not sent again. */
  async #arrivedAfterAll(letter: Letter, deadline: number, refusal: PortalError): Promise<string> {
    const id = await this.#lookFor(letter, deadline, refusal);
    if (id === undefined) throw refusal;
    return id;
  }

  async #keyToSealWith(
    deadline: number,
    refusal: PortalError | undefined,
    stop: AbortSignal | undefined,
  ): Promise<Uint8Array> {
    const { keys, signal, timing, isJoined, ending } = this.#deps;
    const isOver = () => ending() !== undefined || stop?.aborted === true;
    const leftMs = deadline - performance.now();
    const untilJoinedMs = isUnanswered(refusal) ? leftMs : Math.min(timing.ackTimeoutMs, leftMs);
    const isThere = await signal.until(() => isJoined() || isOver(), untilJoinedMs);
    if (!isThere) throw isUnanswered(refusal) ? refusal : notConnected();
    await signal.until(() => keys.current !== undefined || isOver(), deadline - performance.now());
    stop?.throwIfAborted();
    const reason = ending();
    if (reason) throw reason;
    if (!keys.current) throw isUnanswered(refusal) ? refusal : abandoned(refusal);
    return keys.current;
  }

  /** Waits for another epoch, or for another key of the epoch that was used. */
  async #awaitBetterKey(
    refusal: PortalError,
    used: { epoch: number; arrivals: number },
    deadline: number,
    stop: AbortSignal | undefined,
  ): Promise<void> {
    const { keys, signal, rejoin, ending } = this.#deps;
    const epoch = refusal.details.epoch;
    if (refusal.code === 'ERR_EPOCH_MISMATCH' && typeof epoch === 'number') keys.raise(epoch);
    const isBetter = () => keys.epoch !== used.epoch || keys.arrivals > used.arrivals;
    if (!isBetter()) await rejoin().catch(unlessPassing);
    const isOver = () => ending() !== undefined || stop?.aborted === true;
    const isThere = await signal.until(() => isBetter() || isOver(), deadline - performance.now());
    stop?.throwIfAborted();
    if (!isThere) throw abandoned(refusal);
  }

  #remember(letter: Letter): void {
    this.#unanswered.set(letter.text, letter);
    const [oldest] = this.#unanswered.keys();
    if (this.#unanswered.size > MOST_UNANSWERED && oldest !== undefined) this.#unanswered.delete(oldest);
  }
}

function isUnanswered(refusal: PortalError | undefined): refusal is PortalError {
  return isPortalError(refusal, 'ERR_TIMEOUT', 'ERR_DISCONNECTED');
}

/** A lost connection is waited for; any other refusal to join is final. */
function unlessPassing(error: unknown): void {
  if (!isPortalError(error, 'ERR_NOT_CONNECTED', 'ERR_DISCONNECTED', 'ERR_TIMEOUT')) throw error;
}

function abandoned(cause: PortalError | undefined): PortalError {
  const message = 'The message was not sent: no key that the server accepts arrived in time';
  return new PortalError({ code: 'ERR_SEND_ABANDONED', message, cause });
}
