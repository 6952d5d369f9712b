import { Emitter } from '../emitter.ts';
import { PortalError } from '../errors.ts';
import type { ChatPayloads, JoinReply } from '../events.ts';
import { Signal } from '../link/signal.ts';
import { notConnected } from '../link/socket-link.ts';
import type { Chat, Member } from '../wire.ts';
import { Author } from './author.ts';
import { RoomBrowser } from './browser.ts';
import type { Listed } from './member-list.ts';
import type { RoomDeps, RoomEvents } from './room-events.ts';
import { createRoomHandlers, type RoomHandlers } from './room-handlers.ts';
import { RoomKeys } from './room-keys.ts';
import type { RoomMessage } from './room-message.ts';
import { RoomMessages } from './room-messages.ts';
import { RoomPeople, type Who } from './room-people.ts';
import { sendMessage } from './send-message.ts';

/** A joined chat: its messages, members and keys. Created by `PortalClient.join`. */
export class ChatRoom extends Emitter<RoomEvents> {
  readonly chatId: number;
  /** The browser that everyone in the chat sees. */
  readonly browser: RoomBrowser;
  readonly #deps: RoomDeps;
  readonly #signal = new Signal();
  readonly #people: RoomPeople;
  readonly #keys: RoomKeys;
  readonly #messages: RoomMessages;
  readonly #author: Author;
  readonly #handlers: RoomHandlers;
  #reply: JoinReply | undefined;
  #isJoined: boolean = false;
  /** Events that arrived before the join was acknowledged, in order. */
  #inbox: (() => void)[] = [];
  #joining: Promise<void> | undefined;
  #ending: PortalError | undefined;
  #refusal: PortalError | undefined;

  /** @internal */
  constructor(chatId: number, deps: RoomDeps) {
    super();
    this.chatId = chatId;
    this.#deps = deps;
    this.browser = new RoomBrowser({ ...deps, chatId });
    const emit = <Name extends keyof RoomEvents>(name: Name, payload: RoomEvents[Name]) => this.emit(name, payload);
    this.#people = new RoomPeople({ ...deps, chatId, emit, changed: () => this.#listChanged() });
    const { list } = this.#people;
    this.#author = new Author({ ...deps, chatId, user: () => this.#people.ownNumber });
    this.#keys = new RoomKeys({
      ...deps,
      chatId,
      list,
      signal: this.#signal,
      onError: (error) => emit('error', error),
      onRefused: (refusal) => emit('refused', refusal),
      onWithheld: (withheld) => emit('withheld', withheld),
      enlist: (recipient) => this.#people.tell(list.addKey(recipient)),
      onKey: (epoch) => {
        this.#messages.openWith(epoch);
        this.#signal.notify();
      },
      onEpoch: (epoch, reason) => {
        list.forgetAway();
        this.#signal.notify();
        emit('epoch', { epoch, reason });
        this.#messages.epochChanged(epoch);
      },
    });
    this.#messages = new RoomMessages({ ...deps, chatId, list, epoch: () => this.#keys.epoch, emit });
    this.#handlers = createRoomHandlers({
      messages: this.#messages,
      people: this.#people,
      keys: this.#keys,
      browser: this.browser,
      emit,
      end: (reason) => this.end(reason),
    });
  }

  /** The chat as of the last join. */
  get chat(): Chat | undefined {
    return this.#reply?.chat;
  }

  /** The acknowledgement of the last join, with `muted` and the rest. */
  get joinReply(): JoinReply | undefined {
    return this.#reply;
  }

  /** The public id of this session in this chat. */
  get sessionId(): string {
    return this.#keys.sessionId;
  }

  /** In the order of their ids, opened where there are keys. The list is live; copy it to keep it. */
  get messages(): readonly RoomMessage[] {
    return this.#messages.all;
  }

  /** The listed members (at a join the first 200, always including oneself); `memberCount` counts all. */
  get members(): Member[] {
    return this.#people.list.all;
  }

  get memberCount(): number {
    return this.#people.list.count;
  }

  get epoch(): number {
    return this.#keys.epoch;
  }

  /** True if the current epoch's key is known, so a message can be sent at once. */
  get hasKey(): boolean {
    return this.#keys.current !== undefined;
  }

  get isJoined(): boolean {
    return this.#isJoined;
  }

  /** Why the room ended; undefined while it is open. */
  get ending(): PortalError | undefined {
    return this.#ending;
  }

  /** The sessions that may have the key, with their public keys; those who are away and have it as well. */
  get sessions(): readonly Listed[] {
    return this.#people.list.sessions;
  }

  /**
   * How many messages seem to be missing between those of the same authors, withheld or deleted, and how many came in another
   * order than they were sent in. Figures, not alarms: a refused message leaves a gap as well.
   */
  get gaps(): { missing: number; reordered: number } {
    return this.#messages.gaps;
  }

  /**
   * Sixty digits over the public keys of all sessions in the list, for people to compare. Undefined while the list is not known
   * whole: before the first join, and in a crowd.
   */
  safetyNumber(): string | undefined {
    return this.#people.safetyNumber();
  }

  /**
   * Confirms the sessions that a person has in the list now: a user id, or a participant of a direct chat. Do it after comparing
   * safety numbers. With `trust: 'verified'`, they get the key from now on. The client's storage keeps it.
   */
  async confirm(who: Who): Promise<void> {
    this.#people.confirm(who);
    await this.#keys.confirmed();
  }

  /** Takes back what was confirmed of a person, in all chats. */
  unconfirm(who: Who): void {
    this.#people.unconfirm(who);
  }

  /** True if every session that this person has in the list is confirmed. */
  isConfirmed(who: Who): boolean {
    return this.#people.isConfirmed(who);
  }

  /**
   * Seals a text and sends it. The message comes back as a `message` event, like everyone else's. While the epoch changes,
   * this waits for the new key; a message refused because of its key is sealed and sent again.
   * @returns the message's id
   * @throws SealError `ERR_TEXT_TOO_LONG`; PortalError the server's refusal (`ERR_MUTED`, `ERR_MESSAGE_RATE`, …) or one of
   * `ERR_NOT_CONNECTED`, `ERR_TIMEOUT`, `ERR_DISCONNECTED`, `ERR_SEND_ABANDONED`, `ERR_ROOM_LEFT`
   */
  async send(text: string): Promise<string> {
    const { link, timing } = this.#deps;
    const id = await sendMessage(
      {
        chatId: this.chatId,
        keys: this.#keys,
        link,
        signal: this.#signal,
        timing,
        author: this.#author,
        isJoined: () => this.#isJoined,
        ending: () => this.#ending ?? this.#refusal,
        rejoin: () => this.join(),
      },
      text,
    );
    // It came back before the answer, and may still be checked.
    await this.#messages.settled();
    return id;
  }

  /** Tells the others that this user is typing, or has stopped. */
  async setTyping(typing: boolean): Promise<void> {
    await this.#deps.link.request('message:typing', { chat_id: this.chatId, typing });
  }

  /**
   * Loads up to `limit` (1–500) messages from before the oldest one in `messages`, and adds them there.
   * @returns the page, oldest first; empty at the beginning of the chat
   */
  loadOlder(limit = 100): Promise<RoomMessage[]> {
    return this.#messages.loadOlder(limit);
  }

  /** Leaves the room. Membership stays; `rest.chats.leave` ends it. */
  async leave(): Promise<void> {
    const isJoined = this.#isJoined;
    this.end(new PortalError({ code: 'ERR_ROOM_LEFT', message: 'You left the room' }));
    if (isJoined) await this.#deps.link.request('room:leave', { chat_id: this.chatId });
  }

  /** @internal Joins or rejoins; the answer holds the whole state. Concurrent calls share one request. */
  join(): Promise<void> {
    this.#joining ??= this.#join().finally(() => {
      this.#joining = undefined;
    });
    return this.#joining;
  }

  /** @internal */
  loadLatest(limit: number): Promise<void> {
    return this.#messages.loadLatest(limit);
  }

  /** @internal Loads what was missed during a disconnection. */
  catchUp(): Promise<void> {
    return this.#messages.catchUp();
  }

  /** @internal The socket is down; sending waits for the next join. */
  suspend(): void {
    this.#isJoined = false;
    this.#inbox = [];
  }

  /** @internal Resolves once the room is joined. @throws PortalError why it ended, or `ERR_NOT_CONNECTED` */
  async untilJoined(timeoutMs: number): Promise<void> {
    const isThere = await this.#signal.until(() => this.#isJoined || this.#ending !== undefined, timeoutMs);
    if (this.#ending) throw this.#ending;
    if (!isThere) throw notConnected();
  }

  /** @internal Resolves once a message could be sent or can never be, or after the time. */
  async untilKey(timeoutMs: number): Promise<void> {
    await this.#signal.until(() => this.hasKey || Boolean(this.#ending ?? this.#refusal), timeoutMs);
  }

  /** @internal Handles a server event about this chat. */
  receive<Name extends keyof ChatPayloads>(name: Name, payload: ChatPayloads[Name]): void {
    if (this.#ending) return;
    if (this.#isJoined) this.#handlers[name]?.(payload);
    else this.#inbox.push(() => this.#handlers[name]?.(payload));
  }

  /** @internal */
  end(reason: PortalError): void {
    if (this.#ending) return;
    this.#ending = reason;
    this.#isJoined = false;
    this.#messages.stop();
    this.#signal.notify();
    this.#deps.onEnded();
    this.emit('ended', reason);
  }

  /** Nothing can be sent any more; the room stays open for reading. */
  protected refuse(reason: PortalError): void {
    this.#refusal ??= reason;
    this.#signal.notify();
  }

  async #join(): Promise<void> {
    const reply = await this.#deps.link.request('room:join', this.#deps.entry);
    if (this.#ending) {
      // The room was left while the answer was on its way.
      this.#deps.link.request('room:leave', { chat_id: this.chatId }).catch(() => {});
      throw this.#ending;
    }
    this.#reply = reply;
    this.#keys.sessionId = reply.session_id;
    this.#keys.settle(reply.epoch);
    this.#people.reset(reply);
    if (reply.key) this.#keys.take(reply.epoch, reply.key);
    this.#isJoined = true;
    this.browser.reset(reply.browser, reply.control);
    for (const handle of this.#inbox.splice(0)) handle();
    this.#signal.notify();
  }

  /** An author may be known by now, and a key may go on. */
  #listChanged(): void {
    this.#messages.listChanged();
    this.#signal.notify();
  }
}
