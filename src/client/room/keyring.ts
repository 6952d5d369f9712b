import { decodeBase64, encodeBase64 } from '../crypto/base64.ts';
import { createKeyPair, type KeyPair, keyPairFrom } from '../crypto/key-pair.ts';
import { type RandomBytes, secureRandom } from '../crypto/random.ts';

/** Everything a keyring holds, as plain JSON; keys are base64. Whoever reads it can read the chats. */
export type StoredKeys = {
  secret_key: string;
  /** Chat id → epoch → chat keys, the newest first. */
  chats: Record<string, Record<string, string[]>>;
};

/** Where a page keeps its keys over a reload. Must belong to one session, and be emptied (`null`) with it. */
export type KeyStorage = {
  load(): Promise<StoredKeys | null> | StoredKeys | null;
  save(keys: StoredKeys | null): Promise<void> | void;
};

/**
 * The session key pair and every chat key by chat and epoch, for as long as the session lives. An epoch can have more
 * than one key, should two members have made one at once: the newest seals, all of them open.
 */
export class Keyring {
  readonly keyPair: KeyPair;
  readonly #chats = new Map<number, Map<number, Uint8Array[]>>();
  readonly #storage: KeyStorage | undefined;
  #saving: Promise<void> = Promise.resolve();
  #isSaveDue: boolean = false;
  #isCleared: boolean = false;

  private constructor(keyPair: KeyPair, storage: KeyStorage | undefined) {
    this.keyPair = keyPair;
    this.#storage = storage;
  }

  /**
   * Loads what the storage has, or begins with a new key pair.
   * @throws SealError when what is stored is no keyring
   */
  static async open(storage?: KeyStorage, random: RandomBytes = secureRandom): Promise<Keyring> {
    const stored = (await storage?.load()) ?? null;
    const keyPair = stored ? keyPairFrom(decodeBase64(stored.secret_key)) : createKeyPair(random);
    const keyring = new Keyring(keyPair, storage);
    if (stored) keyring.#restore(stored);
    else keyring.#save();
    return keyring;
  }

  /** The key to seal with in this epoch; undefined while there is none. */
  find(chatId: number, epoch: number): Uint8Array | undefined {
    return this.all(chatId, epoch)[0];
  }

  /** Every key known for this epoch, the newest first. */
  all(chatId: number, epoch: number): readonly Uint8Array[] {
    return this.#chats.get(chatId)?.get(epoch) ?? [];
  }

  /** Keeps a chat key (32 bytes), as the one to seal with from now on. */
  remember(chatId: number, epoch: number, chatKey: Uint8Array): void {
    if (this.#isCleared) return;
    const epochs = this.#chats.get(chatId) ?? new Map<number, Uint8Array[]>();
    const text = encodeBase64(chatKey);
    const others = (epochs.get(epoch) ?? []).filter((key) => encodeBase64(key) !== text);
    this.#chats.set(chatId, epochs.set(epoch, [chatKey, ...others]));
    this.#save();
  }

  /** The session has ended: forgets every chat key, here and in the storage. Nothing is kept from then on. */
  clear(): void {
    this.#chats.clear();
    this.#isCleared = true;
    this.#save();
  }

  /** Resolves when everything up to now has been handed to the storage; rejects when the last saving failed. */
  flush(): Promise<void> {
    return this.#saving;
  }

  #restore(stored: StoredKeys): void {
    for (const [chatId, epochs] of Object.entries(stored.chats)) {
      const keys = Object.entries(epochs).map(([epoch, texts]) => [Number(epoch), texts.map(decodeBase64)] as const);
      this.#chats.set(Number(chatId), new Map(keys));
    }
  }

  /** Many changes in one turn are one saving. A storage that fails costs the keys at the next reload, nothing now. */
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
    return { secret_key: encodeBase64(this.keyPair.secretKey), chats };
  }
}
