import { SealError } from '../crypto/seal-error.ts';
import type { Verifier } from '../crypto/signing.ts';
import type { HistoryEntry } from '../wire.ts';
import type { MemberList } from './member-list.ts';
import { MessageLedger } from './message-ledger.ts';
import { type Draft, type KeysOf, type RoomMessage, readEntry, refusedMessage } from './room-message.ts';

/** How many messages are opened and checked before the page may draw again. What is in view is among the first. */
const STRETCH = 50;
/** How long the rest waits for the page at most. */
const IDLE_MS = 100;

type Deps = {
  chatId: number;
  keysOf: KeysOf;
  epoch(): number;
  list: Pick<MemberList, 'hasSigned'>;
  verify: Verifier;
  /** Receives messages that have been read, a stretch at a time. `isAgain`: they were shown before, sealed. */
  deliver(messages: RoomMessage[], isAgain: boolean): void;
  /** A message contradicts what the server says about it. */
  refused(message: RoomMessage, error: SealError): void;
  /** An earlier message appeared whose repeat has been shown. */
  repeated(id: string, error: SealError): void;
};

type Task = { readonly entries: readonly HistoryEntry[]; readonly isAgain: boolean; drafts?: readonly Draft[] };

/** Opens messages and checks who wrote them, in order, before anything is shown. */
export class MessageReader {
  readonly ledger = new MessageLedger();
  readonly #deps: Deps;
  readonly #tasks: Task[] = [];
  #running: Promise<void> | undefined;
  readonly #gone = new Set<string>();
  /** Raised when the chat is cleared: what is being read then must not be shown. */
  #era = 0;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Reads entries and delivers them in this order, at once if no signature has to be checked. */
  read(entries: readonly HistoryEntry[], { isAgain = false } = {}): void {
    for (let at = 0; at < entries.length; at += STRETCH) this.#queue(entries.slice(at, at + STRETCH), isAgain);
    if (this.#running !== undefined) return;
    while (this.#tasks[0] && this.#readAtOnce(this.#tasks[0])) this.#tasks.shift();
    if (this.#tasks.length > 0) this.#running = this.#work();
  }

  /** The same, the newest stretch first: it is the one in view. */
  readNewestFirst(entries: readonly HistoryEntry[]): void {
    for (let end = entries.length; end > 0; end -= STRETCH) this.read(entries.slice(Math.max(0, end - STRETCH), end));
  }

  /** Reads entries without delivering them. */
  async open(entries: readonly HistoryEntry[]): Promise<RoomMessage[]> {
    await this.settled();
    return (await this.#check(this.#draft(entries))).filter(({ id }) => !this.#gone.has(id));
  }

  /** Resolves once everything given so far has been delivered. */
  async settled(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  /** Runs once everything given so far has been delivered, which may be now. */
  afterwards(run: () => void): void {
    if (this.#running === undefined) run();
    else void this.settled().then(run);
  }

  /** Messages that were deleted are not delivered. */
  forget(ids: Iterable<string>): void {
    for (const id of ids) this.#gone.add(id);
  }

  clear(): void {
    this.#era += 1;
    this.#tasks.length = 0;
    this.ledger.clear();
  }

  /** The message again, if its author is known by now. */
  recognize(message: RoomMessage): RoomMessage | undefined {
    if (message.author !== 'unverified' || !this.#isKnown(message)) return undefined;
    return { ...message, author: 'signed' };
  }

  #queue(entries: readonly HistoryEntry[], isAgain: boolean): void {
    this.#tasks.push({ entries, isAgain });
  }

  /** False if a signature has to be checked. */
  #readAtOnce(task: Task): boolean {
    const drafts = this.#draft(task.entries);
    task.drafts = drafts;
    if (drafts.some(({ proof }) => proof !== null)) return false;
    const messages = drafts.map(({ message }) => message);
    this.#deliver(messages, task.isAgain);
    return true;
  }

  async #work(): Promise<void> {
    for (let task = this.#tasks.shift(); task; task = this.#tasks.shift()) {
      const era = this.#era;
      const messages = await this.#check(task.drafts ?? this.#draft(task.entries));
      if (era === this.#era) this.#deliver(messages, task.isAgain);
      if (task.entries.length === STRETCH && this.#tasks.length > 0) await idle();
    }
    this.#running = undefined;
  }

  #draft(entries: readonly HistoryEntry[]): Draft[] {
    const { keysOf, epoch } = this.#deps;
    return entries.map((entry) => readEntry(entry, keysOf, epoch()));
  }

  async #check(drafts: readonly Draft[]): Promise<RoomMessage[]> {
    const proofs = drafts.flatMap(({ proof }) => proof ?? []);
    const verdicts = proofs.length === 0 ? [] : await this.#deps.verify(proofs);
    const valid = new Set(proofs.filter((_, at) => verdicts[at]));
    return drafts.map((draft) => (draft.proof ? this.#judge(draft, valid.has(draft.proof)) : draft.message));
  }

  #judge({ message, proof }: Draft, isValid: boolean): RoomMessage {
    if (!proof) return message;
    const { id, sender, epoch } = message;
    if (!isValid) return this.#refuse(message, 'ERR_SIGNATURE_INVALID', 'The signature of a message is not valid');
    const author = sender && (sender.id ?? sender.participant);
    const isSame = proof.chat === this.#deps.chatId && message.chatId === proof.chat && proof.epoch === epoch;
    if (!isSame || (author !== null && author !== proof.user)) {
      return this.#refuse(
        message,
        'ERR_AUTHOR_MISMATCH',
        'A message is not by the one, or from where, the server says',
      );
    }
    const repeat = this.ledger.enter(proof, id);
    if (repeat === id) return this.#refuse(message, 'ERR_MESSAGE_REPEATED', REPEATED);
    if (repeat !== undefined) this.#deps.repeated(repeat, new SealError('ERR_MESSAGE_REPEATED', REPEATED));
    return this.#isKnown(message) ? { ...message, author: 'signed' } : message;
  }

  #isKnown({ sender, signedBy }: RoomMessage): boolean {
    if (!sender || signedBy === null) return false;
    const { id: userId, participant } = sender;
    const person = participant === undefined ? { userId } : { userId, participant };
    return this.#deps.list.hasSigned(person, signedBy);
  }

  #refuse(message: RoomMessage, code: RefusalCode, text: string): RoomMessage {
    const refused = refusedMessage(message, code);
    this.#deps.refused(refused, new SealError(code, text));
    return refused;
  }

  #deliver(messages: readonly RoomMessage[], isAgain: boolean): void {
    const here = messages.filter(({ id }) => !this.#gone.has(id));
    if (here.length > 0) this.#deps.deliver(here, isAgain);
  }
}

const REPEATED = 'A message came again with another id';

type RefusalCode = 'ERR_SIGNATURE_INVALID' | 'ERR_AUTHOR_MISMATCH' | 'ERR_MESSAGE_REPEATED';

/** Waits until the page has nothing better to do. */
function idle(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof requestIdleCallback === 'function') requestIdleCallback(() => resolve(), { timeout: IDLE_MS });
    else setTimeout(resolve);
  });
}
