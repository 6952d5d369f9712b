import { safetyNumber } from '../crypto/safety-number.ts';
import { Emitter } from '../emitter.ts';
import { PortalError } from '../errors.ts';
import type { ChatPayloads, JoinReply } from '../events.ts';
import { Signal } from '../link/signal.ts';
import { notConnected } from '../link/socket-link.ts';
import type { Chat, HistoryEntry, Member } from '../wire.ts';
import { RoomBrowser } from './browser.ts';
import { HistorySync, type Stretch } from './history-sync.ts';
import { MemberList } from './member-list.ts';
import { compareMessageIds } from './message-id.ts';
import { MessageLog } from './message-log.ts';
import type { RoomDeps, RoomEvents } from './room-events.ts';
import { createRoomHandlers, type RoomHandlers } from './room-handlers.ts';
import { RoomKeys } from './room-keys.ts';
import { type RoomMessage, readEntry } from './room-message.ts';
import { sendMessage } from './send-message.ts';

/** A joined chat: its messages, members and keys. Created by `PortalClient.join`. */
export class ChatRoom extends Emitter<RoomEvents> {
  readonly chatId: number;
  /** The browser that everyone in the chat sees. */
  readonly browser: RoomBrowser;
  readonly #deps: RoomDeps;
  readonly #signal = new Signal();
  readonly #members = new MemberList();
  readonly #log = new MessageLog();
  readonly #keys: RoomKeys;
  readonly #history: HistorySync;
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
    const onError = (error: unknown) => this.emit('error', error);
    this.#keys = new RoomKeys({
      ...deps,
      chatId,
      onError,
      onKey: (epoch) => this.#onKey(epoch),
      onEpoch: (epoch, reason) => {
        this.#signal.notify();
        this.emit('epoch', { epoch, reason });
      },
    });
    this.#history = new HistorySync({
      fetchPage: (query) => deps.rest.history(chatId, query),
      release: (entries) => this.#release(entries),
      back: (upTo, count) => this.#log.back(upTo, count),
      reconcile: (stretch) => this.#reconcile(stretch),
      onError,
      timing: deps.timing,
    });
    this.#handlers = createRoomHandlers({
      history: this.#history,
      log: this.#log,
      members: this.#members,
      keys: this.#keys,
      browser: this.browser,
      emit: (name, payload) => this.emit(name, payload),
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
    return this.#log.messages;
  }

  /** The listed members (at a join the first 200, always including oneself); `memberCount` counts all. */
  get members(): Member[] {
    return this.#members.all;
  }

  get memberCount(): number {
    return this.#members.count;
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

  /** Sixty digits over the public keys of all listed sessions, for people to compare. */
  safetyNumber(): string {
    return safetyNumber([...this.#members.publicKeys(), this.#deps.keyPair.publicKey]);
  }

  /**
   * Seals a text and sends it. The message comes back as a `message` event, like everyone else's. While the epoch changes,
   * this waits for the new key; a message refused because of its key is sealed and sent again.
   * @returns the message's id
   * @throws SealError `ERR_TEXT_TOO_LONG`; PortalError the server's refusal (`ERR_MUTED`, `ERR_MESSAGE_RATE`, …) or one of
   * `ERR_NOT_CONNECTED`, `ERR_TIMEOUT`, `ERR_DISCONNECTED`, `ERR_SEND_ABANDONED`, `ERR_ROOM_LEFT`
   */
  send(text: string): Promise<string> {
    const { link, timing, random } = this.#deps;
    return sendMessage(
      {
        chatId: this.chatId,
        keys: this.#keys,
        link,
        signal: this.#signal,
        timing,
        random,
        isJoined: () => this.#isJoined,
        ending: () => this.#ending ?? this.#refusal,
        rejoin: () => this.join(),
      },
      text,
    );
  }

  /** Tells the others that this user is typing, or has stopped. */
  async setTyping(typing: boolean): Promise<void> {
    await this.#deps.link.request('message:typing', { chat_id: this.chatId, typing });
  }

  /**
   * Loads up to `limit` (1–500) messages from before the oldest one in `messages`, and adds them there.
   * @returns the page, oldest first; empty at the beginning of the chat
   */
  async loadOlder(limit = 100): Promise<RoomMessage[]> {
    const entries = await this.#history.loadOlder(this.messages[0]?.id, limit);
    const older = entries.map((entry) => this.#read(entry));
    return older.filter((message) => this.#log.add(message));
  }

  /** Leaves the room. Membership stays; `rest.leaveChat` ends it. */
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
    return this.#history.loadLatest(limit);
  }

  /** @internal Loads what was missed during a disconnection. */
  catchUp(): Promise<void> {
    return this.#history.catchUp();
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
    this.#history.stop();
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
    for (const change of this.#members.reset(reply.members, reply.count)) this.emit('keyChanged', change);
    this.#keys.raise(reply.epoch);
    if (reply.key) this.#keys.take(reply.epoch, reply.key);
    this.#isJoined = true;
    this.browser.reset(reply.browser, reply.control);
    for (const handle of this.#inbox.splice(0)) handle();
    this.#signal.notify();
  }

  #onKey(epoch: number): void {
    const opened = this.#log.reopen(epoch, ({ entry }) => this.#read(entry));
    for (const message of opened) this.emit('opened', message);
    this.emit('key', { epoch });
    this.#signal.notify();
  }

  #release(entries: HistoryEntry[]): void {
    for (const entry of entries) {
      const message = this.#read(entry);
      if (this.#log.add(message)) this.emit('message', message);
    }
    this.#log.trim(this.#deps.maxMessages);
  }

  /** Removes messages that were deleted during a disconnection. */
  #reconcile({ from, upTo, ids }: Stretch): void {
    const isWithin = (id: string) =>
      compareMessageIds(id, upTo) <= 0 && (from === null || compareMessageIds(id, from) >= 0);
    const gone = this.messages.map(({ id }) => id).filter((id) => isWithin(id) && !ids.has(id));
    if (gone.length === 0) return;
    this.#log.remove(gone);
    this.emit('deleted', { ids: gone });
  }

  #read(entry: HistoryEntry): RoomMessage {
    return readEntry(entry, (epoch) => this.#deps.keyring.all(this.chatId, epoch));
  }
}
