import { decodeBase64, encodeBase64 } from '../crypto/base64.ts';
import { createKeyPair, deriveKeyPair, type KeyPair, keyPairFrom } from '../crypto/key-pair.ts';
import { type RandomBytes, secureRandom } from '../crypto/random.ts';

/** A keyring as plain JSON, keys in base64. Anyone who can read it can read the chats. */
export type StoredKeys = {
  secret_key: string;
  /** Chat id → epoch → chat keys, the newest first. */
  chats: Record<string, Record<string, string[]>>;
  /** Which of them are direct chats; missing if none is. */
  direct?: number[];
};

/** Keeps the keys across reloads. It must belong to one session, and is emptied (`null`) when that ends. */
export type KeyStorage = {
  load(): Promise<StoredKeys | null> | StoredKeys | null;
  save(keys: StoredKeys | null): Promise<void> | void;
};

/**
 * The session's key pair and its chat keys, by chat and epoch, for the life of the session. An epoch has more than one key
 * if two members made one at once: the newest seals, any of them opens.
 */
export class Keyring {
  readonly keyPair: KeyPair;
  readonly #chats = new Map<number, Map<number, Uint8Array[]>>();
  readonly #direct = new Set<number>();
  readonly #storage: KeyStorage | undefined;
  #saving: Promise<void> = Promise.resolve();
  #isSaveDue: boolean = false;
  #isCleared: boolean = false;

  private constructor(keyPair: KeyPair, storage: KeyStorage | undefined) {
    this.keyPair = keyPair;
    this.#storage = storage;
  }

  /**
   * Loads the stored keyring, or starts with a new key pair.
   * @throws SealError if the stored value is not a keyring
   */
  static async open(storage?: KeyStorage, random: RandomBytes = secureRandom): Promise<Keyring> {
    const stored = (await storage?.load()) ?? null;
    const keyPair = stored ? keyPairFrom(decodeBase64(stored.secret_key)) : createKeyPair(random);
    const keyring = new Keyring(keyPair, storage);
    if (stored) keyring.#restore(stored);
    else keyring.#save();
    return keyring;
  }

  /** The key to seal with in this epoch, if there is one. */
  find(chatId: number, epoch: number): Uint8Array | undefined {
    return this.all(chatId, epoch)[0];
  }

  /** All known keys of this epoch, newest first. */
  all(chatId: number, epoch: number): readonly Uint8Array[] {
    return this.#chats.get(chatId)?.get(epoch) ?? [];
  }

  /** Adds a chat key (32 bytes); it becomes the one to seal with. */
  remember(chatId: number, epoch: number, chatKey: Uint8Array): void {
    if (this.#isCleared) return;
    const epochs = this.#chats.get(chatId) ?? new Map<number, Uint8Array[]>();
    const text = encodeBase64(chatKey);
    const others = (epochs.get(epoch) ?? []).filter((key) => encodeBase64(key) !== text);
    this.#chats.set(chatId, epochs.set(epoch, [chatKey, ...others]));
    this.#save();
  }

  /**
   * The key pair of this session in a direct chat, for that chat alone: a key used twice would show that two aliases are one
   * person. It follows from the session's key and the chat's token, so that all tabs of a session have the same one.
   */
  directPair(chatId: number, token: string): KeyPair {
    if (!this.#direct.has(chatId)) {
      this.#direct.add(chatId);
      this.#save();
    }
    return deriveKeyPair(this.keyPair, `portal direct chat ${token}`);
  }

  /** The direct chats that this session has been in. */
  get directChats(): number[] {
    return [...this.#direct];
  }

  /** Drops the keys of a chat that no longer exists. */
  forget(chatId: number): void {
    const isKnown = this.#chats.delete(chatId);
    if (this.#direct.delete(chatId) || isKnown) this.#save();
  }

  /** Drops every chat key, here and in the storage, and keeps none from then on. For when the session has ended. */
  clear(): void {
    this.#chats.clear();
    this.#direct.clear();
    this.#isCleared = true;
    this.#save();
  }

  /** Resolves when all changes have been saved; rejects if the last save failed. */
  flush(): Promise<void> {
    return this.#saving;
  }

  #restore(stored: StoredKeys): void {
    for (const [chatId, epochs] of Object.entries(stored.chats)) {
      const keys = Object.entries(epochs).map(([epoch, texts]) => [Number(epoch), texts.map(decodeBase64)] as const);
      this.#chats.set(Number(chatId), new Map(keys));
    }
    for (const chatId of stored.direct ?? []) this.#direct.add(chatId);
  }

  /** Batches the changes of one turn. If saving fails, the keys are lost at the next reload and not before. */
  #save(): void {
    const storage = this.#storage;
    if (!storage || this.#isSaveDue) return;
    this.#isSaveDue = true;
    const previous = this.#saving.catch(() => {});
    this.#saving = previous.then(() => {
      this.#isSaveDue = false;
      return storage.save(this.#isCleared ? null : this.#toStored());
    });
    this.#saving.catch(() => {});
  }

  #toStored(): StoredKeys {
    const chats: StoredKeys['chats'] = {};
    for (const [chatId, epochs] of this.#chats) {
      const entries = [...epochs].map(([epoch, keys]) => [String(epoch), keys.map(encodeBase64)] as const);
      chats[String(chatId)] = Object.fromEntries(entries);
    }
    const stored = { secret_key: encodeBase64(this.keyPair.secretKey), chats };
    return this.#direct.size > 0 ? { ...stored, direct: this.directChats } : stored;
  }
}
