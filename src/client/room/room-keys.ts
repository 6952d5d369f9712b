import { createChatKey, openKeyBlob, sealKeyBlob } from '../crypto/key-blob.ts';
import type { KeyPair } from '../crypto/key-pair.ts';
import type { RandomBytes } from '../crypto/random.ts';
import { SealError } from '../crypto/seal-error.ts';
import { isPortalError } from '../errors.ts';
import type { ChatPayloads, EpochReason, KeyRecipient, SealedKey } from '../events.ts';
import type { Link } from '../link/socket-link.ts';
import type { StoredKey } from '../wire.ts';
import type { Keyring } from './keyring.ts';
import type { Trust } from './trust.ts';

/** The most sessions in one key_share. */
export const SHARE_LIMIT = 256;

type Recipient = Pick<KeyRecipient, 'session_id' | 'public_key'>;

export type RoomKeysDeps = {
  chatId: number;
  /** This session's in this chat. */
  keyPair: KeyPair;
  keyring: Keyring;
  trust: Trust;
  link: Link;
  random: RandomBytes;
  /** A key of this epoch arrived. */
  onKey(epoch: number): void;
  onEpoch(epoch: number, reason: EpochReason | null): void;
  onError(error: unknown): void;
};

/** A chat's epoch and keys: receives keys from others, and makes and shares them when asked. */
export class RoomKeys {
  /** This client's session id, set by the join. */
  sessionId = '';
  #epoch = 0;
  #arrivals = 0;
  readonly #deps: RoomKeysDeps;
  /** Keys made here and not yet acknowledged. Asked again for the same epoch, the client shares the same key. */
  readonly #pending = new Map<number, Uint8Array>();

  constructor(deps: RoomKeysDeps) {
    this.#deps = deps;
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

  /** Moves to a later epoch; epochs never go back. */
  raise(epoch: number, reason: EpochReason | null = null): void {
    if (epoch <= this.#epoch) return;
    this.#epoch = epoch;
    for (const older of this.#pending.keys()) if (older < epoch) this.#pending.delete(older);
    this.#deps.onEpoch(epoch, reason);
  }

  /** Opens a key that was sealed for this session. If it does not open, `onError` is called. */
  take(epoch: number, { blob, sender_public_key: sender }: StoredKey): void {
    const { chatId, keyPair, trust, link, onError } = this.#deps;
    this.raise(epoch);
    try {
      if (trust.isDenied(sender))
        throw new SealError('ERR_KEY_DENIED', 'The chat key comes from a rejected public key');
      this.#remember(epoch, openKeyBlob(blob, sender, keyPair));
    } catch (error) {
      onError(error);
      // Another holder is asked for a key that opens; without an answer the next join brings one.
      link.request('portal:key_rejected', { chat_id: chatId, epoch }).catch(onError);
    }
  }

  /** Answers `portal:key_request`. Without the key it stays silent, and the server asks the next client. Never rejects. */
  async answer(request: ChatPayloads['portal:key_request']): Promise<void> {
    const { epoch, generate } = request;
    this.raise(epoch);
    if (epoch < this.#epoch) return;
    const known = this.#deps.keyring.find(this.#deps.chatId, epoch);
    const chatKey = known ?? (generate ? this.#generate(epoch) : undefined);
    if (!chatKey) return;
    try {
      await this.#share(epoch, chatKey, this.#recipientsOf(request));
    } catch (error) {
      // Without an answer the share may still have arrived, so its key is kept. A refused key is useless.
      const isUnanswered = isPortalError(error, 'ERR_TIMEOUT', 'ERR_DISCONNECTED', 'ERR_NOT_CONNECTED');
      if (!isUnanswered) this.#pending.delete(epoch);
      this.#deps.onError(error);
    }
  }

  #generate(epoch: number): Uint8Array {
    const chatKey = this.#pending.get(epoch) ?? createChatKey(this.#deps.random);
    this.#pending.set(epoch, chatKey);
    return chatKey;
  }

  /** Each session once, without rejected keys. For a new key, this session always comes first. */
  #recipientsOf({ generate, recipients }: ChatPayloads['portal:key_request']): Recipient[] {
    const { trust, keyPair } = this.#deps;
    const others = new Map<string, Recipient>();
    for (const { session_id, public_key } of recipients) {
      if (!trust.isDenied(public_key)) others.set(session_id, { session_id, public_key });
    }
    const isNamed = others.delete(this.sessionId);
    // Our own public key is the one we know, not the one the server names.
    const own = { session_id: this.sessionId, public_key: keyPair.publicKey };
    return generate || isNamed ? [own, ...others.values()] : [...others.values()];
  }

  async #share(epoch: number, chatKey: Uint8Array, recipients: Recipient[]): Promise<void> {
    const { link, chatId } = this.#deps;
    // An empty share says that we will not seal for anyone; silence would look like a timeout.
    for (let at = 0; at < Math.max(1, recipients.length); at += SHARE_LIMIT) {
      if (epoch < this.#epoch) return;
      const keys = recipients.slice(at, at + SHARE_LIMIT).flatMap((recipient) => this.#seal(chatKey, recipient));
      const { rejected } = await link.request('portal:key_share', { chat_id: chatId, epoch, keys });
      if (!this.#pending.has(epoch)) continue;
      this.#pending.delete(epoch);
      // Ours was refused: another key holds for this epoch and will be shared with us.
      if (rejected.some(({ session_id }) => session_id === this.sessionId)) return;
      this.#remember(epoch, chatKey);
    }
  }

  /** One invalid public key must not keep the others from their blobs. */
  #seal(chatKey: Uint8Array, { session_id, public_key }: Recipient): SealedKey[] {
    const { keyPair, random, onError } = this.#deps;
    try {
      return [{ session_id, blob: sealKeyBlob(chatKey, public_key, keyPair, random) }];
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
