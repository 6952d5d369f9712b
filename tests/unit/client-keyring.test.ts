import { describe, expect, test } from 'bun:test';
import { hkdfSync } from 'node:crypto';
import { createChatKey } from '../../src/client/crypto/key-blob.ts';
import { Acquaintances } from '../../src/client/room/acquaintances.ts';
import { Keyring } from '../../src/client/room/keyring.ts';
import { MemberList } from '../../src/client/room/member-list.ts';
import { compareMessageIds } from '../../src/client/room/message-id.ts';
import { MessageLog } from '../../src/client/room/message-log.ts';
import type { RoomMessage } from '../../src/client/room/room-message.ts';
import type { KeyStorage, StoredKeys } from '../../src/client/room/stored-keys.ts';
import type { Member } from '../../src/client/wire.ts';

const aTurn = () => new Promise((resolve) => queueMicrotask(() => resolve(undefined)));

/** Stores JSON, as a page's storage does. */
function memory() {
  const saves: (string | null)[] = [];
  const storage: KeyStorage = {
    load: () => JSON.parse(saves.at(-1) ?? 'null') as StoredKeys | null,
    save: async (keys) => {
      saves.push(keys && JSON.stringify(keys));
    },
  };
  return { storage, saves };
}

describe('the keyring', () => {
  test('keeps keys apart by chat and epoch', async () => {
    const keyring = await Keyring.open();
    const [a, b, c] = [createChatKey(), createChatKey(), createChatKey()];
    keyring.remember(1, 1, a);
    keyring.remember(1, 2, b);
    keyring.remember(2, 1, c);
    expect([keyring.find(1, 1), keyring.find(1, 2), keyring.find(2, 1)]).toEqual([a, b, c]);
    expect([keyring.find(2, 2), keyring.find(3, 1)]).toEqual([undefined, undefined]);
  });

  test('a second key of an epoch seals from then on, the first still opens; a known one makes no double', async () => {
    const keyring = await Keyring.open();
    const [a, b] = [createChatKey(), createChatKey()];
    for (const key of [a, b, Uint8Array.from(a), Uint8Array.from(b)]) keyring.remember(1, 1, key);
    expect(keyring.find(1, 1)).toEqual(b);
    expect(keyring.all(1, 1)).toEqual([b, a]);
  });

  test('comes back from a storage with the same key pair and all keys', async () => {
    const { storage, saves } = memory();
    const before = await Keyring.open(storage);
    const [a, b] = [createChatKey(), createChatKey()];
    before.remember(1, 17, a);
    before.remember(1, 17, b);
    await before.flush();
    // The new key pair, and then both keys at once: they came in one turn.
    expect(saves).toHaveLength(2);

    const after = await Keyring.open(storage);
    expect(after.keyPair).toEqual(before.keyPair);
    expect(after.all(1, 17)).toEqual([b, a]);
  });

  test('a cleared one keeps nothing, and takes nothing more', async () => {
    const { storage, saves } = memory();
    const keyring = await Keyring.open(storage);
    keyring.remember(1, 1, createChatKey());
    keyring.clear();
    keyring.remember(1, 1, createChatKey());
    await keyring.flush();
    expect(keyring.find(1, 1)).toBeUndefined();
    expect(saves.at(-1)).toBeNull();
  });

  test('a storage that fails costs no key now, and is told by flush()', async () => {
    const storage: KeyStorage = { load: () => null, save: () => Promise.reject(new Error('full')) };
    const keyring = await Keyring.open(storage);
    const key = createChatKey();
    keyring.remember(1, 1, key);
    expect(await keyring.flush().catch((error: Error) => error.message)).toBe('full');
    expect(keyring.find(1, 1)).toEqual(key);
  });

  test('a damaged storage is an error, not a silent new identity', async () => {
    const storage: KeyStorage = { load: () => ({ secret_key: 'AAAA', chats: {} }), save: () => {} };
    expect(await Keyring.open(storage).catch((error: { code: string }) => error.code)).toBe('ERR_KEY_INVALID');
  });
});

describe('the keyrings of several tabs with one storage', () => {
  /** A storage that takes its time, as IndexedDB does; `lock` as a browser gives it. */
  function shared() {
    let kept: string | null = null;
    let turn: Promise<unknown> = Promise.resolve();
    const lock = <Result>(work: () => Promise<Result>): Promise<Result> => {
      const result = turn.then(work);
      turn = result.catch(() => {});
      return result;
    };
    const asATab = (): KeyStorage => ({
      lock,
      async load() {
        await aTurn();
        return JSON.parse(kept ?? 'null') as StoredKeys | null;
      },
      async save(keys) {
        await aTurn();
        kept = keys && JSON.stringify(keys);
      },
    });
    return { asATab, stored: () => JSON.parse(kept ?? 'null') as StoredKeys | null };
  }

  const ADA = { publicKey: 'ada', signingKey: 'ada signs' };
  const BOB = { publicKey: 'bob', signingKey: 'bob signs' };

  test('that start at once with nothing have one key pair, the stored one', async () => {
    const { asATab, stored } = shared();
    const keyrings = await Promise.all([1, 2, 3].map(() => Keyring.open(asATab())));
    const pairs = new Set(keyrings.map(({ keyPair }) => keyPair.publicKey));
    expect(pairs.size).toBe(1);
    expect((await Keyring.open(asATab())).keyPair).toEqual((keyrings[0] as Keyring).keyPair);
    expect(stored()).not.toBeNull();
  });

  test('keep what each of them adds and lose what each of them drops', async () => {
    const { asATab, stored } = shared();
    const [one, other] = await Promise.all([Keyring.open(asATab()), Keyring.open(asATab())]);
    const [a, b, c, d] = [createChatKey(), createChatKey(), createChatKey(), createChatKey()];
    one.remember(1, 1, a);
    one.people.note('1', ADA);
    one.people.confirm('1', [ADA]);
    await one.flush();
    other.remember(1, 1, b);
    other.remember(2, 5, c);
    other.directPair(3, 'token');
    other.people.note('1', BOB);
    await other.flush();
    expect(other.all(1, 1)).toEqual([b, a]);
    expect([other.people.hasSeen('1', ADA), other.people.isConfirmed('1', ADA)]).toEqual([true, true]);

    one.remember(4, 1, d);
    one.people.unconfirm('1');
    await one.flush();
    expect(one.all(1, 1)).toEqual([b, a]);
    expect([one.find(2, 5), one.directChats, one.people.hasSeen('1', BOB)]).toEqual([c, [3], true]);
    other.forget(2);
    other.refresh();
    await other.flush();
    expect([other.find(4, 1), other.people.isConfirmed('1', ADA)]).toEqual([d, false]);
    one.refresh();
    await one.flush();
    expect([one.find(2, 5), one.find(4, 1)]).toEqual([undefined, d]);
    const third = await Keyring.open(asATab());
    expect([third.all(1, 1), third.find(4, 1), third.find(2, 5)]).toEqual([[b, a], d, undefined]);
    expect(stored()?.people?.['1']).toEqual({ seen: ['ada ada signs', 'bob bob signs'], confirmed: [] });
  });

  test('seal with the key that came last, in whichever tab, and agree on it', async () => {
    const { asATab } = shared();
    const [one, other] = await Promise.all([Keyring.open(asATab()), Keyring.open(asATab())]);
    const [a, b] = [createChatKey(), createChatKey()];
    one.remember(1, 1, a);
    await one.flush();
    other.remember(1, 1, b);
    await other.flush();
    one.refresh();
    await one.flush();
    expect([one.find(1, 1), other.find(1, 1)]).toEqual([b, b]);
    one.remember(1, 1, a);
    await one.flush();
    other.refresh();
    await other.flush();
    expect([one.find(1, 1), other.find(1, 1)]).toEqual([a, a]);
  });

  test('tell when another one had more, and lose nothing that was added meanwhile', async () => {
    const { asATab } = shared();
    const [one, other] = await Promise.all([Keyring.open(asATab()), Keyring.open(asATab())]);
    const [a, b] = [createChatKey(), createChatKey()];
    other.remember(1, 1, a);
    await other.flush();
    const adopted: boolean[] = [];
    const stop = one.onAdopted(() => adopted.push(one.find(1, 1) !== undefined));
    one.refresh();
    one.remember(2, 1, b);
    await one.flush();
    expect([adopted, one.find(1, 1), one.find(2, 1)]).toEqual([[true], a, b]);
    stop();
    other.refresh();
    await other.flush();
    expect(other.find(2, 1)).toEqual(b);
  });

  test('bring nothing back once the session has ended in one of them, and leave the next session alone', async () => {
    const { asATab, stored } = shared();
    const [one, other] = await Promise.all([Keyring.open(asATab()), Keyring.open(asATab())]);
    one.clear();
    await one.flush();
    other.remember(1, 1, createChatKey());
    await other.flush();
    expect(stored()).toBeNull();

    const next = await Keyring.open(asATab());
    other.remember(1, 2, createChatKey());
    other.clear();
    await other.flush();
    expect(stored()?.secret_key).toBe(Buffer.from(next.keyPair.secretKey).toString('base64'));
    expect(stored()?.chats).toEqual({});
  });
});

describe('the key pair of a direct chat', () => {
  test('is the same for every tab of the session, and another for each chat and session', async () => {
    const { storage } = memory();
    const one = await Keyring.open(storage);
    await one.flush();
    const tab = await Keyring.open(storage);
    const pair = one.directPair(1, 'token');
    expect(tab.directPair(1, 'token')).toEqual(pair);
    const others = [one.directPair(2, 'other'), (await Keyring.open()).directPair(1, 'token'), one.keyPair];
    expect(others.map(({ publicKey }) => publicKey)).not.toContain(pair.publicKey);
  });

  test('is derived as docs/sealing.md says', async () => {
    const keyring = await Keyring.open();
    const { secretKey } = keyring.keyPair;
    const expected = hkdfSync('sha512', secretKey, new Uint8Array(), 'portal direct chat abc', 32);
    expect(Buffer.from(keyring.directPair(1, 'abc').secretKey)).toEqual(Buffer.from(expected));
  });

  test('and the keys of that chat are forgotten with it', async () => {
    const { storage, saves } = memory();
    const keyring = await Keyring.open(storage);
    keyring.directPair(1, 'token');
    keyring.remember(1, 1, createChatKey());
    keyring.remember(2, 1, createChatKey());
    await keyring.flush();
    expect((await Keyring.open(storage)).directChats).toEqual([1]);
    keyring.forget(1);
    await keyring.flush();
    expect([keyring.directChats, keyring.find(1, 1)]).toEqual([[], undefined]);
    expect(Object.keys(JSON.parse(String(saves.at(-1))).chats)).toEqual(['2']);
  });
});

describe('message ids', () => {
  test('are ordered by number, not by letter', () => {
    const ids = ['1710000000000-10', '999-0', '1710000000000-9', '1710000000001-0', '1710000000000-0'];
    const sorted = ['999-0', '1710000000000-0', '1710000000000-9', '1710000000000-10', '1710000000001-0'];
    expect(ids.sort(compareMessageIds)).toEqual(sorted);
    expect(compareMessageIds('5-1', '5-1')).toBe(0);
  });

  test('keep the log in order whatever the order of arrival, each message once', () => {
    const log = new MessageLog();
    const message = (id: string) => ({ id }) as RoomMessage;
    const ids = Array.from({ length: 30 }, (_, at) => `1-${at}`);
    for (const at of ids.keys()) log.add(message(`1-${(at * 7) % 30}`));
    expect(log.messages.map(({ id }) => id)).toEqual(ids);
    expect(log.add(message('1-10'))).toBe(false);
    log.remove(['1-0', '1-15', '1-29', '7-7']);
    log.trim(20);
    const left = ids.filter((id) => !['1-0', '1-15', '1-29'].includes(id)).slice(-20);
    expect(log.messages.map(({ id }) => id)).toEqual(left);
    expect([log.has('1-16'), log.has('1-15')]).toEqual([true, false]);
  });
});

describe('the member list', () => {
  const member = (id: number, sessions: Record<string, string | null>): Member => ({
    id,
    username: `user${id}`,
    avatar_url: null,
    permission_level: 0,
    sessions: Object.entries(sessions).map(([session_id, public_key]) => ({
      session_id,
      public_key,
      signing_key: null,
    })),
  });

  const people = () => new Acquaintances(() => {});
  const keysIn = (list: MemberList) => list.sessions.map(({ publicKey }) => publicKey);

  test('several sessions at first sight are no change; one more later is', () => {
    const list = new MemberList(1, people());
    expect(list.reset([member(1, { a: 'A', b: 'B', c: null })], 1)).toEqual({ added: [], changed: [] });
    expect(keysIn(list)).toEqual(['A', 'B']);
    const { added, changed } = list.addKey({ user_id: 1, session_id: 'd', public_key: 'D' });
    expect(changed).toEqual([{ userId: 1, sessionId: 'd', publicKey: 'D', previousKey: null }]);
    expect(added).toEqual([{ userId: 1, sessionId: 'd', publicKey: 'D', signingKey: null, isKnown: true }]);
    expect(keysIn(list)).toEqual(['A', 'B', 'D']);
  });

  test('who leaves and comes back with another key has changed; with the same one not', () => {
    const list = new MemberList(1, people());
    list.reset([member(1, { a: 'A' }), member(2, { b: 'B' })], 2);
    const leave = { chat_id: 1, joined: [], left: [1], count: 1 };
    expect(list.apply(leave)).toEqual({ added: [], changed: [] });
    expect([list.all.map(({ id }) => id), list.count]).toEqual([[2], 1]);
    const back = list.apply({ chat_id: 1, joined: [member(1, { a: 'A' })], left: [], count: 2 });
    expect(back).toEqual({ added: [], changed: [] });
    list.apply(leave);
    const { changed } = list.apply({ chat_id: 1, joined: [member(1, { a: 'X' })], left: [], count: 2 });
    expect(changed).toEqual([{ userId: 1, sessionId: 'a', publicKey: 'X', previousKey: null }]);
  });

  test('a key replaced over a lost connection is noticed, with what it was before', () => {
    const list = new MemberList(1, people());
    list.reset([member(1, { a: 'A' })], 1);
    const { added, changed } = list.reset([member(1, { a: 'X' }), member(2, { b: 'B' })], 2);
    expect(changed).toEqual([{ userId: 1, sessionId: 'a', publicKey: 'X', previousKey: 'A' }]);
    expect(added).toMatchObject([{ userId: 2, publicKey: 'B', isKnown: false }]);
    list.removeKey({ chat_id: 1, user_id: 1, session_id: 'a' });
    expect(keysIn(list)).toEqual(['B']);
  });

  test('who has the key and is away stays in the list until the epoch ends', () => {
    const list = new MemberList(1, people());
    list.reset([member(1, { a: 'A' }), member(2, { b: 'B' })], 2);
    const away = [{ user_id: 2, session_id: 'b', public_key: 'B' }];
    list.apply({ chat_id: 1, joined: [], left: [2], count: 1, away });
    expect([list.all.length, keysIn(list), list.isWhole]).toEqual([1, ['A', 'B'], true]);
    list.forgetAway();
    expect(keysIn(list)).toEqual(['A']);
  });

  test("a person from the storage who appears under another key is told at the first join, and a stranger's key is not", () => {
    const known = people();
    new MemberList(1, known).reset([member(1, { a: 'A' })], 1);
    const { added, changed } = new MemberList(1, known).reset([member(1, { a: 'X' }), member(2, { b: 'B' })], 2);
    expect(changed).toMatchObject([{ userId: 1, publicKey: 'X' }]);
    expect(added).toEqual([]);
  });

  test('a list of which a part is named is not whole, and a crowd shows itself by 200 names', () => {
    const list = new MemberList(1, people());
    list.reset([member(1, { a: 'A' })], 5000);
    expect([list.isWhole, list.isCrowd]).toEqual([false, false]);
    list.reset(
      Array.from({ length: 200 }, (_, id) => member(id + 1, { [`s${id}`]: `K${id}` })),
      5000,
    );
    expect([list.isWhole, list.isCrowd]).toEqual([false, true]);
  });
});
