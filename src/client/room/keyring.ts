import { decodeBase64, encodeBase64 } from '../crypto/base64.ts';
import { createKeyPair, deriveKeyPair, type KeyPair, keyPairFrom } from '../crypto/key-pair.ts';
import { type RandomBytes, secureRandom } from '../crypto/random.ts';
import { Signer } from '../crypto/signing.ts';
import { Acquaintances } from './acquaintances.ts';
import { KeyStore } from './key-store.ts';
import { isSame, type KeyStorage, merge, type StoredKeys } from './stored-keys.ts';

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
  readonly #store: KeyStore | undefined;
  readonly #adopted = new Set<() => void>();
  #saving: Promise<void> = Promise.resolve();
  #isSaveDue: boolean = false;
  #isCleared: boolean = false;
  #signer: Signer | undefined;
  #isDoubted: boolean = false;

  private constructor(keyPair: KeyPair, store: KeyStore | undefined) {
    this.keyPair = keyPair;
    this.#store = store;
  }

  /**
   * Loads the stored keyring, or starts with a new key pair. Tabs that start at once with one empty storage have the same.
   * @throws SealError if the stored value is not a keyring
   */
  static async open(storage?: KeyStorage, random: RandomBytes = secureRandom): Promise<Keyring> {
    const create = () => ({ secret_key: encodeBase64(createKeyPair(random).secretKey), chats: {} });
    const store = storage && new KeyStore(storage);
    const stored = store ? await store.open(create) : create();
    const keyring = new Keyring(keyPairFrom(decodeBase64(stored.secret_key)), store);
    keyring.#restore(stored);
    return keyring;
  }

  /** Calls when another tab of this session has stored keys that were not known here. Returns a function that ends it. */
  onAdopted(run: () => void): () => void {
    this.#adopted.add(run);
    return () => this.#adopted.delete(run);
  }

  /** Looks whether another tab has stored keys meanwhile. */
  refresh(): void {
    this.#save();
  }

  /** What this session signs with. */
  get signer(): Signer {
    this.#signer ??= new Signer(this.keyPair);
    return this.#signer;
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
    this.#empty();
    this.#isCleared = true;
    this.#isSaveDue = false;
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

  #empty(): void {
    for (const kept of [this.#chats, this.#direct, this.#retired, this.#origins, this.people]) kept.clear();
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
    const store = this.#store;
    if (!store || this.#isSaveDue) return;
    this.#isSaveDue = true;
    const previous = this.#saving.catch(() => {});
    this.#saving = previous.then(async () => {
      if (this.#isCleared) return store.clear(encodeBase64(this.keyPair.secretKey));
      const { mine, all } = await store.save(() => {
        this.#isSaveDue = false;
        return this.#toStored();
      });
      if (!this.#isCleared && !isSame(mine, all)) this.#adopt(mine, all);
    });
    this.#saving.catch(() => {
      this.#isSaveDue = false;
    });
  }

  /** Takes what another tab has stored, and keeps what was changed here meanwhile. */
  #adopt(mine: StoredKeys, all: StoredKeys): void {
    const now = this.#toStored();
    this.#empty();
    this.#restore(merge(mine, now, all));
    for (const run of [...this.#adopted]) run();
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
