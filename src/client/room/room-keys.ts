import { createChatKey, openKeyBlob, sealKeyBlob } from '../crypto/key-blob.ts';
import type { RandomBytes } from '../crypto/random.ts';
import { SealError } from '../crypto/seal-error.ts';
import { isPortalError } from '../errors.ts';
import type { ChatPayloads, EpochReason, KeyRecipient, SealedKey } from '../events.ts';
import type { Signal } from '../link/signal.ts';
import type { Link } from '../link/socket-link.ts';
import type { Timing } from '../link/timing.ts';
import type { StoredKey } from '../wire.ts';
import { KeyRules, type KeyRulesDeps } from './key-rules.ts';
import type { Listed } from './member-list.ts';
import type { RefusedKey, Withheld } from './trust-events.ts';

/** The most sessions in one key_share. */
export const SHARE_LIMIT = 256;

type Recipient = { sessionId: string; publicKey: string };

export type RoomKeysDeps = KeyRulesDeps & {
  /** Notified when the list changes. */
  signal: Signal;
  timing: Pick<Timing, 'listingMs'>;
  link: Link;
  random: RandomBytes;
  /** A key of this epoch arrived. */
  onKey(epoch: number): void;
  onEpoch(epoch: number, reason: EpochReason | null): void;
  /** Adds a session to the list, and tells of it. */
  enlist(recipient: KeyRecipient): void;
  onRefused(refusal: RefusedKey): void;
  onWithheld(withheld: Withheld): void;
  onError(error: unknown): void;
};

/**
 * A chat's epoch and keys: receives keys from others, and makes and shares them when asked. A key is taken from and sealed for
 * sessions in the list alone; docs/threat-model.md says why.
 */
export class RoomKeys {
  /** This client's session id, set by the join. */
  sessionId = '';
  #epoch = 0;
  #arrivals = 0;
  readonly #deps: RoomKeysDeps;
  readonly #rules: KeyRules;
  /** Keys made here and not yet acknowledged. Asked again for the same epoch, the client shares the same key. */
  readonly #pending = new Map<number, Uint8Array>();
  /** Sessions that get this epoch's key once they are confirmed, and keys from senders who are not. */
  readonly #withheld = new Map<string, Listed>();
  readonly #unconfirmed = new Map<string, StoredKey>();

  constructor(deps: RoomKeysDeps) {
    this.#deps = deps;
    this.#rules = new KeyRules(deps);
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** The number of keys received, so that a sender can wait for the next one. */
  get arrivals(): number {
    return this.#arrivals;
  }

  /** The key to seal with, if known. */
  get current(): Uint8Array | undefined {
    return this.#deps.keyring.find(this.#deps.chatId, this.#epoch);
  }

  /** True if another tab has registered a key of its own for this session: what is sealed here has the wrong sender. */
  get #isReplaced(): boolean {
    const own = this.#deps.list.find(this.sessionId);
    return own !== undefined && own.publicKey !== this.#deps.keyPair.publicKey;
  }

  /** Moves to a later epoch. Events may be late, so that they never lead back. */
  raise(epoch: number, reason: EpochReason | null = null): void {
    if (epoch > this.#epoch) this.#move(epoch, reason);
  }

  /** Moves to the epoch of a join. If it is an earlier one, the server was restored, or lies: no key of before seals again. */
  settle(epoch: number): void {
    const { chatId, keyring } = this.#deps;
    if (epoch < Math.max(this.#epoch, keyring.latestEpoch(chatId))) keyring.retire(chatId, epoch);
    if (epoch !== this.#epoch) this.#move(epoch, null);
  }

  /** Takes a key that was sealed for this session, if its sender is in the list. If it does not open, `onError` is called. */
  take(epoch: number, stored: StoredKey): void {
    this.raise(epoch);
    // It is sealed for the key of another tab, which opens it. To reject it would take it from there.
    if (this.#isReplaced) return;
    const { signal, timing } = this.#deps;
    try {
      const chatKey = this.#open(stored);
      const isDue = () =>
        this.#rules.isFamiliar(epoch, chatKey) || this.#rules.isListed(stored) || epoch !== this.#epoch;
      if (isDue()) this.#accept(epoch, stored, chatKey);
      // The news of a sender who has just come may be on its way.
      else {
        void signal.until(isDue, timing.listingMs).then(() => {
          if (epoch === this.#epoch) this.#accept(epoch, stored, chatKey);
        });
      }
    } catch (error) {
      this.#refuse(epoch, stored, error);
    }
  }

  /** Answers `portal:key_request`. Without the key it stays silent, and the server asks the next client. Never rejects. */
  async answer(request: ChatPayloads['portal:key_request']): Promise<void> {
    const { epoch, generate } = request;
    this.raise(epoch);
    if (epoch < this.#epoch || this.#isReplaced) return;
    const known = this.#deps.keyring.find(this.#deps.chatId, epoch);
    const chatKey = known ?? (generate ? this.#generate(epoch) : undefined);
    if (!chatKey) return;
    try {
      await this.#answer(request, chatKey);
      await this.#release();
    } catch (error) {
      // Without an answer the share may still have arrived, so its key is kept. A refused key is useless.
      const isUnanswered = isPortalError(error, 'ERR_TIMEOUT', 'ERR_DISCONNECTED', 'ERR_NOT_CONNECTED');
      if (!isUnanswered) this.#pending.delete(epoch);
      this.#deps.onError(error);
    }
  }

  /** Sessions were confirmed: they get the key that was withheld from them, and theirs are taken. Never rejects. */
  async confirmed(): Promise<void> {
    const { epoch } = this;
    const keys = [...this.#unconfirmed.values()];
    this.#unconfirmed.clear();
    for (const stored of keys) this.take(epoch, stored);
    await this.#release().catch(this.#deps.onError);
  }

  /** Seals for those who have been confirmed meanwhile. */
  async #release(): Promise<void> {
    const { current, epoch } = this;
    if (!current) return;
    const waiting = [...this.#withheld.values()].filter((listed) => this.#rules.mayHave(listed));
    for (const { sessionId } of waiting) this.#withheld.delete(sessionId);
    if (waiting.length > 0) await this.#share(epoch, current, waiting);
  }

  #move(epoch: number, reason: EpochReason | null): void {
    this.#epoch = epoch;
    this.#pending.clear();
    this.#withheld.clear();
    this.#unconfirmed.clear();
    this.#deps.onEpoch(epoch, reason);
  }

  #open({ blob, sender_public_key: sender }: StoredKey): Uint8Array {
    const { keyPair, trust } = this.#deps;
    if (trust.isDenied(sender)) throw new SealError('ERR_KEY_DENIED', 'The chat key comes from a rejected public key');
    return openKeyBlob(blob, sender, keyPair);
  }

  #accept(epoch: number, stored: StoredKey, chatKey: Uint8Array): void {
    const isFamiliar = this.#rules.isFamiliar(epoch, chatKey);
    const objection = isFamiliar ? undefined : this.#rules.objectionTo(epoch, stored, chatKey);
    if (objection) this.#refuse(epoch, stored, objection);
    else if (isFamiliar || this.#rules.isTrusted(stored)) this.#remember(epoch, chatKey);
    else if (epoch === this.#epoch) this.#withholdFrom(stored);
  }

  #withholdFrom(stored: StoredKey): void {
    this.#unconfirmed.set(stored.sender_session_id, stored);
    const session = this.#rules.senderOf(stored);
    if (session) this.#deps.onWithheld({ what: 'sender', session });
  }

  #refuse(
    epoch: number,
    { sender_session_id: sessionId, sender_public_key: publicKey }: StoredKey,
    error: unknown,
  ): void {
    const { chatId, link, onError, onRefused } = this.#deps;
    if (error instanceof SealError) onRefused({ what: 'key', error, epoch, sessionId, publicKey });
    onError(error);
    // Another holder is asked for a key that opens; without an answer the next join brings one.
    link.request('portal:key_rejected', { chat_id: chatId, epoch }).catch(onError);
  }

  async #answer(request: ChatPayloads['portal:key_request'], chatKey: Uint8Array): Promise<void> {
    const { epoch, generate } = request;
    const { signal, timing, list } = this.#deps;
    const asked = new Map(request.recipients.map((recipient) => [recipient.session_id, recipient]));
    const isNamed = asked.delete(this.sessionId);
    // In a crowd arrivals are not named, so that a request is the first that is heard of them.
    if (list.isCrowd) for (const recipient of asked.values()) this.#deps.enlist(recipient);
    const listed = () => [...asked.values()].filter(({ session_id, public_key }) => list.match(session_id, public_key));
    const first = this.#recipientsAmong(listed());
    for (const { session_id } of listed()) asked.delete(session_id);
    const own = generate || isNamed ? [this.#self()] : [];
    const isComplete = asked.size === 0;
    const isDue = isComplete || own.length + first.length > 0;
    const isHeld = !isDue || (await this.#share(epoch, chatKey, [...own, ...first]));
    if (isComplete || !isHeld) return;
    // The news of a recipient who has just come may be on its way.
    await signal.until(() => listed().length === asked.size || epoch !== this.#epoch, timing.listingMs);
    if (epoch !== this.#epoch) return;
    const late = listed();
    for (const { session_id } of late) asked.delete(session_id);
    for (const recipient of asked.values()) this.#refuseRecipient(epoch, recipient);
    const more = this.#recipientsAmong(late);
    if (more.length > 0 || !isDue) await this.#share(epoch, chatKey, more);
  }

  #refuseRecipient(epoch: number, { session_id: sessionId, public_key: publicKey }: KeyRecipient): void {
    const error = new SealError(
      'ERR_RECIPIENT_UNKNOWN',
      'The server asked to seal for someone outside the member list',
    );
    this.#deps.onRefused({ what: 'recipient', error, epoch, sessionId, publicKey });
    this.#deps.onError(error);
  }

  /** Those of the listed sessions that get the key; it is withheld from the others. */
  #recipientsAmong(listed: readonly KeyRecipient[]): Recipient[] {
    return listed.flatMap(({ session_id, public_key }) => {
      const session = this.#deps.list.match(session_id, public_key);
      if (!session || this.#deps.trust.isDenied(public_key)) return [];
      if (this.#rules.mayHave(session)) return [session];
      this.#withheld.set(session_id, session);
      this.#deps.onWithheld({ what: 'recipient', session });
      return [];
    });
  }

  /** Our own public key is the one we know, not the one the server names. */
  #self(): Recipient {
    return { sessionId: this.sessionId, publicKey: this.#deps.keyPair.publicKey };
  }

  #generate(epoch: number): Uint8Array {
    const chatKey = this.#pending.get(epoch) ?? createChatKey(this.#deps.random);
    this.#pending.set(epoch, chatKey);
    return chatKey;
  }

  /** False if the key turned out to be useless. */
  async #share(epoch: number, chatKey: Uint8Array, recipients: readonly Recipient[]): Promise<boolean> {
    const { link, chatId } = this.#deps;
    // An empty share says that we will not seal for anyone; silence would look like a timeout.
    for (let at = 0; at < Math.max(1, recipients.length); at += SHARE_LIMIT) {
      if (epoch !== this.#epoch) return false;
      const keys = recipients.slice(at, at + SHARE_LIMIT).flatMap((recipient) => this.#seal(chatKey, recipient));
      const { rejected } = await link.request('portal:key_share', { chat_id: chatId, epoch, keys });
      if (!this.#pending.has(epoch)) continue;
      this.#pending.delete(epoch);
      // Ours was refused: another key holds for this epoch and will be shared with us.
      if (rejected.some(({ session_id }) => session_id === this.sessionId)) return false;
      this.#remember(epoch, chatKey);
    }
    return true;
  }

  /** One invalid public key must not keep the others from their blobs. */
  #seal(chatKey: Uint8Array, { sessionId, publicKey }: Recipient): SealedKey[] {
    const { keyPair, random, onError } = this.#deps;
    try {
      return [{ session_id: sessionId, blob: sealKeyBlob(chatKey, publicKey, keyPair, random) }];
    } catch (error) {
      onError(error);
      return [];
    }
  }

  #remember(epoch: number, chatKey: Uint8Array): void {
    this.#deps.keyring.remember(this.#deps.chatId, epoch, chatKey);
    this.#arrivals += 1;
    this.#deps.onKey(epoch);
  }
}
