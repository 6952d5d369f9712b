import type { KeyStorage, StoredKeys } from './stored-keys.ts';

const STORE = 'keys';

/**
 * Keeps keys in the browser's IndexedDB, under this name: one name for each session. What a tab has saved is there for the others at
 * once, which `localStorage` does not promise.
 */
export function indexedDbStorage(name: string): KeyStorage {
  return {
    async load() {
      return ((await inStore('readonly', (store) => store.get(name))) as StoredKeys | undefined) ?? null;
    },
    async save(keys) {
      await inStore('readwrite', (store) => (keys ? store.put(keys, name) : store.delete(name)));
    },
  };
}

/** Resolves when it is done, for a write: when it is stored. */
async function inStore(mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest): Promise<unknown> {
  const opening = indexedDB.open('portal', 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
  await over(opening, 'success');
  const database = opening.result;
  try {
    const transaction = database.transaction(STORE, mode);
    const request = act(transaction.objectStore(STORE));
    await over(transaction, 'complete');
    return request.result;
  } finally {
    database.close();
  }
}

function over(work: IDBRequest | IDBTransaction, done: 'success' | 'complete'): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = () => reject(work.error ?? new Error('The browser keeps nothing here'));
    work.addEventListener(done, () => resolve());
    for (const event of ['error', 'abort']) work.addEventListener(event, failed);
  });
}
