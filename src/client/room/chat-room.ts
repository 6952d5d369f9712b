import { Emitter } from '../emitter.ts';
import { PortalError } from '../errors.ts';
import type { ChatPayloads, JoinReply } from '../events.ts';
import { type Abortable, Signal } from '../link/signal.ts';
import { notConnected } from '../link/socket-link.ts';
import type { Chat, Member } from '../wire.ts';
import { Author } from './author.ts';
import { RoomBrowser } from './browser.ts';
import { Entrance } from './entrance.ts';
import type { Position } from './history-sync.ts';
import type { Listed } from './member-list.ts';
import { Outbox } from './outbox.ts';
import type { RoomDeps, RoomEvents } from './room-events.ts';
import { createRoomHandlers, type RoomHandlers } from './room-handlers.ts';
import { RoomKeys } from './room-keys.ts';
import type { RoomMessage } from './room-message.ts';
import { RoomMessages } from './room-messages.ts';
import { RoomPeople, type Who } from './room-people.ts';

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
  readonly #outbox: Outbox;
  readonly #entrance: Entrance;
  readonly #handlers: RoomHandlers;
  #reply: JoinReply | undefined;
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
    const epoch = () => this.#keys.epoch;
    this.#messages = new RoomMessages({ ...deps, chatId, list, signal: this.#signal, epoch, emit });
    this.#entrance = new Entrance({
      ...deps,
      chatId,
      position: () => this.#messages.position(),
      ending: () => this.#ending,
      entered: (reply) => this.#entered(reply),
    });
    this.#outbox = new Outbox({
      ...deps,
      chatId,
      keys: this.#keys,
      signal: this.#signal,
      author: new Author({ ...deps, chatId, user: () => this.#people.ownNumber }),
      isJoined: () => this.isJoined,
      ending: () => this.#ending ?? this.#refusal,
      rejoin: () => this.join(),
      messages: this.#messages,
    });
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
    return this.#entrance.isOpen;
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
   * Seals a text and sends it; several arrive in the order in which they were given. The message comes back as a `message`
   * event, like everyone else's. While the epoch changes, this waits for the new key; a message refused because of its key is
   * sealed and sent again. If the connection breaks before the answer, the history tells whether it arrived.
   * @returns the message's id
   * @throws SealError `ERR_TEXT_TOO_LONG`; PortalError the server's refusal (`ERR_MUTED`, `ERR_MESSAGE_RATE`, …) or one of
   * `ERR_NOT_CONNECTED`, `ERR_SEND_ABANDONED`, `ERR_ROOM_LEFT`; `ERR_TIMEOUT` and `ERR_DISCONNECTED` if it may have arrived. Given
   * again then, it is looked for first, so that it never stands there twice. The signal stops it if it is not sent yet.
   */
  async send(text: string, { signal }: Abortable = {}): Promise<string> {
    const id = await this.#outbox.send(text, signal);
    // It came back before the answer, and may still be checked.
    await this.#messages.settled();
    return id;
  }

  /** Tells the others that this user is typing, or has stopped. */
  async setTyping(typing: boolean): Promise<void> {
    await this.#deps.link.request('message:typing', { chat_id: this.chatId, typing });
  }

  /**
   * Loads up to `limit` (1–500) messages from before the oldest one in `messages`, and adds them there. From then on the oldest
   * are kept beyond `maxMessages`, until `follow()`.
   * @returns the page, oldest first; empty at the beginning of the chat
   */
  loadOlder(limit = 100): Promise<RoomMessage[]> {
    return this.#messages.loadOlder(limit);
  }

  /** The newest messages are in view again: the oldest are dropped as they become too many. `trimmed` tells which. */
  follow(): void {
    this.#messages.follow();
  }

  /** Leaves the room. Membership stays; `rest.chats.leave` ends it. */
  async leave(): Promise<void> {
    const { isJoined } = this;
    this.end(new PortalError({ code: 'ERR_ROOM_LEFT', message: 'You left the room' }));
    if (isJoined) await this.#deps.link.request('room:leave', { chat_id: this.chatId });
  }

  /** @internal Joins or rejoins; the answer holds the whole state. Concurrent calls share one request. */
  join(): Promise<Position | undefined> {
    return this.#entrance.join();
  }

  /** @internal */
  loadLatest(limit: number): Promise<void> {
    return this.#messages.loadLatest(limit);
  }

  /** @internal After a disconnection: joins again, loads what was missed, and tells the state. */
  async comeBack(): Promise<void> {
    const known = await this.join();
    const reply = this.#reply;
    if (!reply || !this.isJoined || !(await this.#messages.resume(known, reply.missed)) || !known) return;
    const { chat, members, count, muted } = reply;
    this.emit('resumed', { chat, members, count, muted });
  }

  /** @internal The socket is down; sending waits for the next join. */
  suspend(): void {
    this.#entrance.close();
    this.#messages.suspend();
  }

  /** @internal Resolves once the room is joined. @throws PortalError why it ended, or `ERR_NOT_CONNECTED` */
  async untilJoined(timeoutMs: number): Promise<void> {
    const isThere = await this.#signal.until(() => this.isJoined || this.#ending !== undefined, timeoutMs);
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
    this.#entrance.receive(() => this.#handlers[name]?.(payload));
  }

  /** @internal */
  end(reason: PortalError): void {
    if (this.#ending) return;
    this.#ending = reason;
    this.#entrance.close();
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

  #entered(reply: JoinReply): void {
    this.#reply = reply;
    this.#keys.sessionId = reply.session_id;
    this.#keys.settle(reply.epoch);
    this.#people.reset(reply);
    if (reply.key) this.#keys.take(reply.epoch, reply.key);
    this.browser.reset(reply.browser, reply.control);
    this.#signal.notify();
  }

  /** An author may be known by now, and a key may go on. */
  #listChanged(): void {
    this.#messages.listChanged();
    this.#signal.notify();
  }
}
