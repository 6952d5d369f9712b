import { isSame, type KeyStorage, merge, type StoredKeys } from './stored-keys.ts';

const turns = new WeakMap<KeyStorage, Promise<unknown>>();

/** A storage that several tabs of a session share. Each change is read, merged and written while no other tab does the same. */
export class KeyStore {
  readonly #storage: KeyStorage;
  /** What the storage had when it was last read or written. */
  #base: StoredKeys | undefined;

  constructor(storage: KeyStorage) {
    this.#storage = storage;
  }

  /** What is stored. If that is nothing, what `create` makes is stored first, so that all tabs have the same. */
  open(create: () => StoredKeys): Promise<StoredKeys> {
    return this.#alone(async () => {
      const stored = (await this.#storage.load()) ?? undefined;
      const keys = stored ?? create();
      // A storage that fails costs the keys at the next reload, and not before.
      const isStored = stored !== undefined || (await this.#keep(keys));
      this.#base = isStored ? keys : undefined;
      return keys;
    });
  }

  /** Stores what `read` gives, together with what others have stored. Gives that back with what was read. */
  save(read: () => StoredKeys): Promise<{ mine: StoredKeys; all: StoredKeys }> {
    return this.#alone(async () => {
      const theirs = await this.#storage.load();
      const mine = read();
      // The session has ended in another tab, or another one has the storage now.
      if (theirs === null ? this.#base !== undefined : theirs.secret_key !== mine.secret_key)
        return { mine, all: mine };
      const all = theirs ? merge(this.#base ?? theirs, mine, theirs) : mine;
      if (!theirs || !isSame(all, theirs)) await this.#storage.save(all);
      this.#base = all;
      return { mine, all };
    });
  }

  /** Empties it, unless it belongs to another session by now. */
  clear(secretKey: string): Promise<void> {
    return this.#alone(async () => {
      const stored = await this.#storage.load();
      if (!stored || stored.secret_key === secretKey) await this.#storage.save(null);
    });
  }

  async #keep(keys: StoredKeys): Promise<boolean> {
    try {
      await this.#storage.save(keys);
      return true;
    } catch {
      return false;
    }
  }

  async #alone<Result>(work: () => Promise<Result>): Promise<Result> {
    const storage = this.#storage;
    const turn = (turns.get(storage) ?? Promise.resolve()).then(() => acrossTabs(storage, work));
    turns.set(
      storage,
      turn.catch(() => {}),
    );
    return turn;
  }
}

function acrossTabs<Result>(storage: KeyStorage, work: () => Promise<Result>): Promise<Result> {
  if (storage.lock) return storage.lock(work);
  const locks = globalThis.navigator?.locks as LockManager | undefined;
  return locks ? (locks.request('portal keys', work) as Promise<Result>) : work();
}
