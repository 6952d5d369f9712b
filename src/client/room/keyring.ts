import { decodeBase64, encodeBase64 } from '../crypto/base64.ts';
import { createKeyPair, deriveKeyPair, type KeyPair, keyPairFrom } from '../crypto/key-pair.ts';
import { type RandomBytes, secureRandom } from '../crypto/random.ts';
import { deriveSigningPair, type SigningPair } from '../crypto/signing.ts';
import { Acquaintances, type StoredPeople } from './acquaintances.ts';

/** A keyring as plain JSON, keys in base64. Anyone who can read it can read the chats. */
export type StoredKeys = {
  secret_key: string;
  /** Chat id → epoch → chat keys, the newest first. */
  chats: Record<string, Record<string, string[]>>;
  /** Which of them are direct chats; missing if none is. */
  direct?: number[];
  /** Chat id → chat keys that open messages and seal none; missing if there are none. */
  retired?: Record<string, string[]>;
  /** By user id, or chat id and participant; missing if nobody is known. */
  people?: StoredPeople;
  /** The server did not know the session any more. */
  doubted?: boolean;
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
  /** The people of its chats, as far as this client knows them. */
  readonly people = new Acquaintances(() => this.#save());
  readonly #chats = new Map<number, Map<number, Uint8Array[]>>();
  readonly #direct = new Set<number>();
  /** By chat: keys from before it went back to an earlier epoch. */
  readonly #retired = new Map<number, Set<string>>();
  /** Where each key is from. No honest client makes one twice. */
  readonly #origins = new Map<string, string>();
  readonly #storage: KeyStorage | undefined;
  #saving: Promise<void> = Promise.resolve();
  #isSaveDue: boolean = false;
  #isCleared: boolean = false;
  #isDoubted: boolean = false;

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

  /** What this session signs with. */
  get signingPair(): SigningPair {
    return deriveSigningPair(this.keyPair);
  }

  /** The key to seal with in this epoch, if there is one. */
  find(chatId: number, epoch: number): Uint8Array | undefined {
    const retired = this.#retired.get(chatId);
    const keys = this.all(chatId, epoch);
    return retired ? keys.find((key) => !retired.has(encodeBase64(key))) : keys[0];
  }

  /** All known keys of this epoch, newest first. */
  all(chatId: number, epoch: number): readonly Uint8Array[] {
    return this.#chats.get(chatId)?.get(epoch) ?? [];
  }

  /** True for a chat key that is known from another chat or epoch, or is retired: someone shows an old one. */
  isReplayed(chatId: number, epoch: number, chatKey: Uint8Array): boolean {
    const text = encodeBase64(chatKey);
    const origin = this.#origins.get(text);
    return (
      (origin !== undefined && origin !== originOf(chatId, epoch)) || Boolean(this.#retired.get(chatId)?.has(text))
    );
  }

  /** The latest epoch of this chat with a key that seals; 0 if there is none. */
  latestEpoch(chatId: number): number {
    const epochs = [...(this.#chats.get(chatId)?.keys() ?? [])];
    return Math.max(0, ...epochs.filter((epoch) => this.find(chatId, epoch) !== undefined));
  }

  /** The chat went back to this epoch: the keys from there on open what they opened, and nothing is sealed with them. */
  retire(chatId: number, epoch: number): void {
    const retired = this.#retired.get(chatId) ?? new Set<string>();
    for (const [later, keys] of this.#chats.get(chatId) ?? []) {
      if (later >= epoch) for (const key of keys) retired.add(encodeBase64(key));
    }
    if (retired.size > 0) this.#retired.set(chatId, retired);
    this.#save();
  }

  /** Adds a chat key (32 bytes); it becomes the one to seal with. */
  remember(chatId: number, epoch: number, chatKey: Uint8Array): void {
    if (this.#isCleared) return;
    const epochs = this.#chats.get(chatId) ?? new Map<number, Uint8Array[]>();
    const text = encodeBase64(chatKey);
    const others = (epochs.get(epoch) ?? []).filter((key) => encodeBase64(key) !== text);
    this.#chats.set(chatId, epochs.set(epoch, [chatKey, ...others]));
    this.#origins.set(text, originOf(chatId, epoch));
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
    this.#retired.delete(chatId);
    this.people.forgetChat(chatId);
    if (this.#direct.delete(chatId) || isKnown) this.#save();
  }

  /** Drops every chat key, here and in the storage, and keeps none from then on. For when the session has ended. */
  clear(): void {
    for (const kept of [this.#chats, this.#direct, this.#retired, this.#origins, this.people]) kept.clear();
    this.#isCleared = true;
    this.#save();
  }

  /** True if the server did not know the session when it was last asked. */
  get isDoubted(): boolean {
    return this.#isDoubted;
  }

  /** The server does not know the session, which may be its mistake. */
  doubt(): void {
    this.#isDoubted = true;
    this.#save();
  }

  /** The server knows the session again, and this key pair as its own. */
  believe(): void {
    this.#isDoubted = false;
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
      for (const [epoch, texts] of Object.entries(epochs))
        for (const text of texts) this.#origins.set(text, originOf(Number(chatId), Number(epoch)));
    }
    for (const [chatId, texts] of Object.entries(stored.retired ?? {}))
      this.#retired.set(Number(chatId), new Set(texts));
    this.people.restore(stored.people ?? {});
    for (const chatId of stored.direct ?? []) this.#direct.add(chatId);
    this.#isDoubted = stored.doubted === true;
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
    const stored: StoredKeys = { secret_key: encodeBase64(this.keyPair.secretKey), chats };
    if (this.#direct.size > 0) stored.direct = this.directChats;
    const retired = [...this.#retired].map(([chatId, texts]): [string, string[]] => [String(chatId), [...texts]]);
    if (retired.length > 0) stored.retired = Object.fromEntries(retired);
    const people = this.people.toStored();
    if (people) stored.people = people;
    if (this.#isDoubted) stored.doubted = true;
    return stored;
  }
}

function originOf(chatId: number, epoch: number): string {
  return `${chatId}/${epoch}`;
}
