import type { SealError } from '../crypto/seal-error.ts';
import type { Missed } from '../events.ts';
import type { Signal } from '../link/signal.ts';
import type { HistoryEntry } from '../wire.ts';
import { HistorySync, type Position, type Stretch } from './history-sync.ts';
import type { MemberList } from './member-list.ts';
import { compareMessageIds } from './message-id.ts';
import { MessageLog } from './message-log.ts';
import { MessageReader } from './message-reader.ts';
import type { RoomDeps, RoomEvents } from './room-events.ts';
import { type RoomMessage, refusedMessage } from './room-message.ts';

type Deps = Pick<RoomDeps, 'rest' | 'keyring' | 'verify' | 'timing' | 'random' | 'pace' | 'maxMessages'> & {
  chatId: number;
  list: MemberList;
  /** Notified when what was missed is there. */
  signal: Signal;
  epoch(): number;
  emit<Name extends keyof RoomEvents>(name: Name, payload: RoomEvents[Name]): void;
};

/** How many times as many messages are kept while somebody reads older ones. */
const WHILE_READING = 4;

/** The messages of a chat: fetched, opened, checked, and kept in order. */
export class RoomMessages {
  readonly #deps: Deps;
  readonly #log = new MessageLog();
  readonly #history: HistorySync;
  readonly #reader: MessageReader;
  readonly #stopAdopting: () => void;
  /** False from a lost connection until what was missed is there. */
  #isCurrent: boolean = true;
  /** Lost connections. */
  #losses = 0;
  /** False while older messages are being read. */
  #isFollowing: boolean = true;

  constructor(deps: Deps) {
    this.#deps = deps;
    const { chatId, list, verify, epoch, rest, timing, random, pace, emit } = deps;
    this.#reader = new MessageReader({
      chatId,
      list,
      verify,
      epoch,
      keysOf: (of) => deps.keyring.all(chatId, of),
      deliver: (messages, isAgain) => (isAgain ? this.#deliverAgain(messages) : this.#deliver(messages)),
      refused: (message, error) => this.#tellRefused(message, error),
      repeated: (id, error) => this.#withdraw(id, error),
    });
    this.#stopAdopting = deps.keyring.onAdopted(() => this.#adopted());
    this.#history = new HistorySync({
      fetchPage: (query, { isPatient, signal }) =>
        rest.messages.history(chatId, query, isPatient ? { signal } : { signal, patienceMs: 0 }),
      release: (entries) => this.#release(entries),
      shown: (upTo) => this.#log.upTo(upTo),
      reconcile: (stretch) => this.#reconcile(stretch),
      onError: (error) => emit('error', error),
      pace,
      timing,
      random,
    });
  }

  /** Another tab of this session has had keys that were not known here. */
  #adopted(): void {
    const epochs = new Set(this.all.filter(({ sealed }) => sealed).map(({ epoch }) => epoch));
    for (const epoch of epochs) if (this.#deps.keyring.all(this.#deps.chatId, epoch).length > 0) this.#reopen(epoch);
    this.#deps.signal.notify();
  }

  get all(): readonly RoomMessage[] {
    return this.#log.messages;
  }

  /** Gaps in the numbers of the authors, and messages out of their order. */
  get gaps(): { missing: number; reordered: number } {
    const { missing, reordered } = this.#reader.ledger;
    return { missing, reordered };
  }

  take(entry: HistoryEntry): void {
    this.#history.take(entry);
  }

  async loadLatest(limit: number): Promise<void> {
    await this.#history.loadLatest(limit);
    await this.#reader.settled();
  }

  async loadOlder(limit: number): Promise<RoomMessage[]> {
    const entries = await this.#history.loadOlder(this.all[0]?.id, limit);
    const older = await this.#reader.open(entries);
    const added = older.filter((message) => this.#log.add(message));
    if (added.length > 0) this.#isFollowing = false;
    return added;
  }

  /** The end is in view: the oldest are dropped as new ones come. */
  follow(): void {
    this.#isFollowing = true;
    this.#trim();
  }

  /** What is shown, to be told when joining again. */
  async position(): Promise<Position | undefined> {
    await this.#reader.settled();
    return this.#history.position();
  }

  /** Loads what was missed during a disconnection. False if the connection is lost again. */
  async resume(known: Position | undefined, missed: Missed | undefined): Promise<boolean> {
    const losses = this.#losses;
    await this.#history.resume(known, missed);
    await this.#reader.settled();
    if (losses !== this.#losses) return false;
    this.#isCurrent = true;
    this.#deps.signal.notify();
    return true;
  }

  /** Resolves to true once everything that was said up to now is there, and to false after the time. */
  async caughtUp(withinMs: number): Promise<boolean> {
    await this.#deps.signal.until(() => this.#isCurrent || this.#history.isStopped, withinMs);
    const isWhole = this.#isCurrent && (await this.#history.check());
    await this.#reader.settled();
    return isWhole;
  }

  /** The id of the message with one of these envelopes, the newest first. */
  find(contents: readonly string[]): string | undefined {
    return this.all.findLast(({ entry }) => contents.includes(entry.content))?.id;
  }

  /** Resolves once what has come so far is shown. */
  settled(): Promise<void> {
    return this.#reader.settled();
  }

  remove(ids: string[]): void {
    this.#history.forget(ids);
    this.#reader.forget(ids);
    this.#log.remove(ids);
    this.#deps.emit('deleted', { ids });
  }

  clear(reason: 'clear' | 'wipe'): void {
    this.#history.clear();
    this.#reader.clear();
    this.#log.clear();
    this.#deps.emit('cleared', { reason });
  }

  suspend(): void {
    this.#losses += 1;
    this.#isCurrent = false;
    this.#history.suspend();
  }

  stop(): void {
    this.#stopAdopting();
    this.#history.stop();
  }

  /** Tries again what is sealed with a key of this epoch, and then tells that the key is there. */
  openWith(epoch: number): void {
    this.#reopen(epoch);
    this.#reader.afterwards(() => this.#deps.emit('key', { epoch }));
  }

  #reopen(epoch: number): void {
    const sealed = this.all.filter(
      (message) => message.sealed && message.state !== 'refused' && message.epoch === epoch,
    );
    if (sealed.length > 0)
      this.#reader.read(
        sealed.map(({ entry }) => entry),
        { isAgain: true },
      );
  }

  /** What still waits for a key of an earlier epoch will never be read. */
  epochChanged(epoch: number): void {
    const over = this.all.filter(({ state, epoch: of }) => state === 'waiting' && of < epoch);
    this.#replace(over.map((message) => ({ ...message, state: 'lost' })));
  }

  /** The list has changed: an author may be known by now. */
  listChanged(): void {
    this.#replace(this.all.flatMap((message) => this.#reader.recognize(message) ?? []));
  }

  #release(entries: HistoryEntry[]): void {
    const isEmpty = this.all.length === 0;
    const unknown = isEmpty ? entries : entries.filter(({ id }) => !this.#log.has(id));
    if (isEmpty) this.#reader.readNewestFirst(unknown);
    else this.#reader.read(unknown);
  }

  #deliver(messages: readonly RoomMessage[]): void {
    const { emit, keyring, chatId } = this.#deps;
    for (const message of messages) if (this.#log.add(message)) emit('message', message);
    this.#trim();
    if (messages.some(({ state }) => state === 'waiting')) keyring.refresh();
    // A key that came while these were being checked.
    const late = messages.find(({ state, epoch }) => state === 'waiting' && keyring.find(chatId, epoch));
    if (late) this.#reopen(late.epoch);
  }

  #trim(): void {
    const { maxMessages, emit } = this.#deps;
    const ids = this.#log.trim(this.#isFollowing ? maxMessages : maxMessages * WHILE_READING);
    if (ids.length > 0) emit('trimmed', { ids });
  }

  #deliverAgain(messages: readonly RoomMessage[]): void {
    const changed = messages.filter((message) => this.#log.find(message.id)?.sealed && this.#log.replace(message));
    for (const message of changed) if (!message.sealed) this.#deps.emit('opened', message);
    const refused = changed.filter(({ state }) => state === 'refused');
    if (refused.length > 0) this.#deps.emit('changed', { messages: refused });
  }

  #replace(messages: readonly RoomMessage[]): void {
    const replaced = messages.filter((message) => this.#log.replace(message));
    if (replaced.length > 0) this.#deps.emit('changed', { messages: replaced });
  }

  /** A message that was shown is the repeat of an earlier one. */
  #withdraw(id: string, error: SealError): void {
    const shown = this.#log.find(id);
    if (!shown) return;
    const message = refusedMessage(shown, error.code);
    this.#replace([message]);
    this.#tellRefused(message, error);
  }

  #tellRefused(message: RoomMessage, error: SealError): void {
    this.#deps.emit('refused', { what: 'message', error, message });
  }

  /** Removes messages that were deleted during a disconnection. */
  #reconcile({ after, upTo, ids }: Stretch): void {
    const isWithin = (id: string) => compareMessageIds(id, upTo) <= 0 && compareMessageIds(id, after) > 0;
    const gone = this.all.map(({ id }) => id).filter((id) => isWithin(id) && !ids.has(id));
    if (gone.length === 0) return;
    this.#log.remove(gone);
    this.#deps.emit('deleted', { ids: gone });
  }
}
