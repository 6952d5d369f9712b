import type { SealError } from '../crypto/seal-error.ts';
import type { HistoryEntry } from '../wire.ts';
import { HistorySync, type Stretch } from './history-sync.ts';
import type { MemberList } from './member-list.ts';
import { compareMessageIds } from './message-id.ts';
import { MessageLog } from './message-log.ts';
import { MessageReader } from './message-reader.ts';
import type { RoomDeps, RoomEvents } from './room-events.ts';
import { type RoomMessage, refusedMessage } from './room-message.ts';

type Deps = Pick<RoomDeps, 'rest' | 'keyring' | 'verify' | 'timing' | 'maxMessages'> & {
  chatId: number;
  list: MemberList;
  epoch(): number;
  emit<Name extends keyof RoomEvents>(name: Name, payload: RoomEvents[Name]): void;
};

/** The messages of a chat: fetched, opened, checked, and kept in order. */
export class RoomMessages {
  readonly #deps: Deps;
  readonly #log = new MessageLog();
  readonly #history: HistorySync;
  readonly #reader: MessageReader;

  constructor(deps: Deps) {
    this.#deps = deps;
    const { chatId, list, verify, epoch, rest, timing, emit } = deps;
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
    this.#history = new HistorySync({
      // The history repeats by itself.
      fetchPage: (query) => rest.messages.history(chatId, query, { patienceMs: 0 }),
      release: (entries) => this.#release(entries),
      back: (upTo, count) => this.#log.back(upTo, count),
      reconcile: (stretch) => this.#reconcile(stretch),
      onError: (error) => emit('error', error),
      timing,
    });
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
    return older.filter((message) => this.#log.add(message));
  }

  /** Loads what was missed during a disconnection. */
  async catchUp(): Promise<void> {
    await this.#history.catchUp();
    await this.#reader.settled();
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

  stop(): void {
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
    if (this.all.length === 0) this.#reader.readNewestFirst(entries);
    else this.#reader.read(entries);
  }

  #deliver(messages: readonly RoomMessage[]): void {
    const { emit, keyring, chatId, maxMessages } = this.#deps;
    for (const message of messages) if (this.#log.add(message)) emit('message', message);
    this.#log.trim(maxMessages);
    // A key that came while these were being checked.
    const late = messages.find(({ state, epoch }) => state === 'waiting' && keyring.find(chatId, epoch));
    if (late) this.#reopen(late.epoch);
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
  #reconcile({ from, upTo, ids }: Stretch): void {
    const isWithin = (id: string) =>
      compareMessageIds(id, upTo) <= 0 && (from === null || compareMessageIds(id, from) >= 0);
    const gone = this.all.map(({ id }) => id).filter((id) => isWithin(id) && !ids.has(id));
    if (gone.length === 0) return;
    this.#log.remove(gone);
    this.#deps.emit('deleted', { ids: gone });
  }
}
