import type { KeyPair } from '../crypto/key-pair.ts';
import { SealError } from '../crypto/seal-error.ts';
import type { StoredKey } from '../wire.ts';
import type { Keyring } from './keyring.ts';
import type { Listed, MemberList } from './member-list.ts';
import type { Trust } from './trust.ts';

export type KeyRulesDeps = {
  chatId: number;
  /** This session's in this chat. */
  keyPair: KeyPair;
  keyring: Keyring;
  trust: Trust;
  list: MemberList;
};

/** From whom a chat key is taken and for whom it is sealed. docs/threat-model.md says why. */
export class KeyRules {
  readonly #deps: KeyRulesDeps;

  constructor(deps: KeyRulesDeps) {
    this.#deps = deps;
  }

  /** The listed sender of a key. */
  senderOf({ sender_session_id: sessionId, sender_public_key: publicKey }: StoredKey): Listed | undefined {
    return this.#deps.list.match(sessionId, publicKey);
  }

  /** True if the sender is in the list. In a crowd the list is not known whole. */
  isListed(stored: StoredKey): boolean {
    return this.senderOf(stored) !== undefined || this.#isOwn(stored) || this.#deps.list.isCrowd;
  }

  /** The key that this client already has. Its sender does not matter. */
  isFamiliar(epoch: number, chatKey: Uint8Array): boolean {
    const { keyring, chatId } = this.#deps;
    if (keyring.isReplayed(chatId, epoch, chatKey)) return false;
    return keyring.all(chatId, epoch).some((known) => known.every((byte, at) => byte === chatKey[at]));
  }

  /** Why this key must not be taken. */
  objectionTo(epoch: number, stored: StoredKey, chatKey: Uint8Array): SealError | undefined {
    const { chatId, keyring } = this.#deps;
    if (!this.isListed(stored)) {
      return new SealError('ERR_SENDER_UNKNOWN', 'A chat key came from outside the member list');
    }
    if (!keyring.isReplayed(chatId, epoch, chatKey)) return undefined;
    return new SealError('ERR_KEY_REPLAYED', 'A chat key came that is known from another chat or epoch');
  }

  /** True if a key from this sender may be used at once. */
  isTrusted(stored: StoredKey): boolean {
    const sender = this.senderOf(stored);
    return this.#deps.trust.level === 'listed' || this.#isOwn(stored) || (sender !== undefined && this.mayHave(sender));
  }

  /** True if this session may have the key now. */
  mayHave(session: Listed): boolean {
    const { trust, keyring, list } = this.#deps;
    if (!list.match(session.sessionId, session.publicKey) || trust.isDenied(session.publicKey)) return false;
    return trust.level === 'listed' || keyring.people.isConfirmed(session.id, session);
  }

  /** What opened with this session's own key, as sender and recipient, was sealed by itself. */
  #isOwn({ sender_public_key: sender }: StoredKey): boolean {
    return sender === this.#deps.keyPair.publicKey;
  }
}
