import { afterEach, describe, expect, test } from 'bun:test';
import {
  createChatKey,
  createKeyPair,
  deriveSigningPair,
  type KeyPair,
  sealEnvelope,
  sealKeyBlob,
  sealSignedEnvelope,
} from '../../src/client/index.ts';
import { clientStage, memoryStorage, roomUntil, sharedWith, stranger } from '../support/client-stage.ts';
import { CHAT, type FakeServer } from '../support/fake-server.ts';
import { eventually } from '../support/waiting.ts';

const stage = clientStage();
afterEach(() => stage.close());

const TAB = Buffer.alloc(8, 7).toString('base64');

/** A listed member without a client, who writes with this chat's key. */
async function writer(server: FakeServer, name: string, chatKey: Uint8Array, pair: KeyPair = createKeyPair()) {
  const signing = await deriveSigningPair(pair);
  server.enrol(name, pair.publicKey, signing.publicKey);
  const { id } = server.people.at(-1) ?? { id: 0 };
  return {
    id,
    pair,
    signing,
    async says(text: string, n: number, more: { user?: number; epoch?: number; chat?: number } = {}) {
      const epoch = more.epoch ?? server.epoch;
      const content = await sealSignedEnvelope(
        text,
        { chat: CHAT, user: id, epoch, tab: TAB, n, ...more },
        signing,
        chatKey,
      );
      return server.write(content, epoch, undefined, { id, name });
    },
    blobFor: (publicKey: string) => ({
      blob: sealKeyBlob(chatKey, publicKey, pair),
      sender_session_id: `session-${name}`,
      sender_public_key: pair.publicKey,
    }),
  };
}

/** Alice in a chat whose key Bob has made. */
async function withBob(setup: Parameters<typeof stage.connect>[2] = {}) {
  const server = await stage.server({ distributes: false });
  const chatKey = createChatKey();
  const alice = await stage.connect(server, 'alice', setup);
  const bob = await writer(server, 'bob', chatKey);
  server.blobs.set('session-alice', bob.blobFor(String(alice.publicKey)));
  return { server, alice, bob, chatKey };
}

const marks = (room: { messages: readonly { body: string | null; author: string | null; state: string }[] }) =>
  room.messages.map(({ body, author, state }) => `${body} ${author} ${state}`);

describe('a history', () => {
  test('of signed, unsigned and unknown authors shows which is which', async () => {
    const { server, alice, bob, chatKey } = await withBob();
    await bob.says('by Bob', 1);
    server.write(sealEnvelope('from before', 1, chatKey), 1, undefined, { id: bob.id, name: 'bob' });
    const gone = await writer(await stage.server(), 'gone', chatKey);
    const content = await sealSignedEnvelope(
      'long ago',
      { chat: CHAT, user: 9, epoch: 1, tab: TAB, n: 1 },
      gone.signing,
      chatKey,
    );
    server.write(content, 1, undefined, { id: 9, name: 'gone' });

    const room = await alice.join(CHAT);
    expect(marks(room)).toEqual(['by Bob signed open', 'from before unsigned open', 'long ago unverified open']);
  });

  test('of 500 signed texts comes whole and in order, the newest first', async () => {
    const { server, alice, bob } = await withBob();
    for (let n = 1; n <= 500; n += 1) await bob.says(`text ${n}`, n);
    const room = await alice.join(CHAT, { history: 500 });
    expect(room.messages.map(({ body }) => body)).toEqual(Array.from({ length: 500 }, (_, at) => `text ${at + 1}`));
    expect(room.messages.every(({ author }) => author === 'signed')).toBe(true);
    expect(room.gaps).toEqual({ missing: 0, reordered: 0 });
    expect(server.history).toHaveLength(500);
  });

  test('keeps the first of two with one number, also if the repeat was shown before', async () => {
    const { server, alice, bob } = await withBob();
    const entry = await bob.says('only once', 1);
    for (let n = 2; n <= 4; n += 1) await bob.says(`text ${n}`, n);
    server.write(entry.content, 1, undefined, { id: bob.id, name: 'bob' });
    const room = await alice.join(CHAT, { history: 2 });
    expect(marks(room)).toEqual(['text 4 signed open', 'only once signed open']);
    const refused = room.next('refused');
    await room.loadOlder(10);
    expect(await refused).toMatchObject({ what: 'message', error: { code: 'ERR_MESSAGE_REPEATED' } });
    expect(marks(room).at(0)).toBe('only once signed open');
    expect(marks(room).at(-1)).toBe('null null refused');
  });

  test('counts what is missing between the numbers of an author, from the first one that is known', async () => {
    const { alice, bob } = await withBob();
    for (const n of [3, 4, 7, 8]) await bob.says(`text ${n}`, n);
    expect((await alice.join(CHAT)).gaps.missing).toBe(2);
  });
});

describe('a message', () => {
  test.each([
    ['another author', { user: 77 }],
    ['another epoch', { epoch: 5 }],
    ['another chat', { chat: CHAT + 1 }],
  ])('that names %s is refused, told, and shown without its text', async (_name, more) => {
    const { server, alice, bob, chatKey } = await withBob();
    const room = await alice.join(CHAT);
    const refused = room.next('refused');
    const statement = { chat: CHAT, user: bob.id, epoch: 1, tab: TAB, n: 1, ...more };
    const inside = (await sealSignedEnvelope('a lie', statement, bob.signing, chatKey)).replace(
      '"epoch":5',
      '"epoch":1',
    );
    server.tell('message:new', server.write(inside, 1, undefined, { id: bob.id, name: 'bob' }));
    expect(await refused).toMatchObject({ what: 'message', error: { code: 'ERR_AUTHOR_MISMATCH' } });
    await roomUntil(room, () => room.messages.length === 1);
    expect(marks(room)).toEqual(['null null refused']);
  });

  test('of somebody whose key comes later is marked until it does', async () => {
    const { server, alice, chatKey } = await withBob();
    const room = await alice.join(CHAT);
    const carol = await writer(server, 'carol', chatKey);
    const shown = room.next('message');
    server.tell('message:new', await carol.says('hello', 1));
    expect(await shown).toMatchObject({ body: 'hello', author: 'unverified' });
    const changed = room.next('changed');
    const { publicKey, signing } = { ...carol.pair, signing: carol.signing };
    server.introduce({
      user_id: carol.id,
      session_id: 'session-carol',
      public_key: publicKey,
      signing_key: signing.publicKey,
    });
    expect((await changed).messages).toMatchObject([{ body: 'hello', author: 'signed' }]);
    expect(marks(room)).toEqual(['hello signed open']);
  });

  test('waits for its key, and is lost once its epoch is over', async () => {
    const { server, alice, bob } = await withBob();
    server.blobs.clear();
    await bob.says('unread', 1);
    const room = await alice.join(CHAT);
    expect(marks(room)).toEqual(['null null waiting']);
    const changed = room.next('changed');
    server.rotate('kick');
    expect((await changed).messages).toMatchObject([{ state: 'lost', failure: null }]);
  });
});

describe('keys', () => {
  test('a session that was not in the list is told of before anything is sealed for it', async () => {
    const { server, room } = await stage.alone();
    const order: string[] = [];
    room.on('sessionAdded', ({ sessionId, isKnown }) => order.push(`${sessionId} ${isKnown}`));
    server.heard = [];
    const carol = stranger('carol', 9);
    server.introduce(carol);
    server.tellOne('alice', 'portal:key_request', { epoch: 1, generate: false, recipients: [carol] });
    await server.until(() => sharedWith(server).length === 1);
    expect([...order, ...sharedWith(server)]).toEqual(['session-carol false', 'session-carol']);
  });

  test('a recipient who is listed a moment after the request gets the key', async () => {
    const { server, room } = await stage.alone({ timing: { listingMs: 30_000 } });
    server.heard = [];
    const [carol, dave] = [stranger('carol', 9), stranger('dave', 10)];
    server.introduce(carol);
    server.tellOne('alice', 'portal:key_request', { epoch: 1, generate: false, recipients: [carol, dave] });
    await server.until(() => sharedWith(server).length === 1);
    server.introduce(dave);
    await server.until(() => sharedWith(server).length === 2);
    expect(sharedWith(server)).toEqual(['session-carol', 'session-dave']);
    expect(room.hasKey).toBe(true);
  });

  test('with the epoch lowered, a new key is made, and the old one still opens what it sealed', async () => {
    const { server, alice, room } = await stage.alone();
    await room.send('before');
    server.rotate('kick');
    server.tellOne('alice', 'portal:key_request', { epoch: 2, generate: true, recipients: [] });
    await room.next('key');
    [server.epoch, server.heard, server.distributes] = [1, [], false];
    const settled = room.next('epoch');
    server.cut('alice');
    await settled;
    expect([room.epoch, room.hasKey]).toEqual([1, false]);
    server.tellOne('alice', 'portal:key_request', { epoch: 1, generate: false, recipients: [stranger('x')] });
    server.tellOne('alice', 'portal:key_request', { epoch: 1, generate: true, recipients: [] });
    await room.next('key');
    await room.send('after');
    await roomUntil(room, () => room.messages.length === 2);
    expect(sharedWith(server)).toEqual(['session-alice']);
    expect(room.messages.map(({ body }) => body)).toEqual(['before', 'after']);
    expect(alice.isConnected).toBe(true);
  });

  test("another key in place of this session's own is told", async () => {
    const { server, room } = await stage.alone();
    const replaced = room.next('keyReplaced');
    const { publicKey } = createKeyPair();
    server.introduce({ user_id: 1, session_id: 'session-alice', public_key: publicKey });
    expect(await replaced).toEqual({ publicKey });
  });

  test('there is no safety number while not everybody is known', async () => {
    const { server, room } = await stage.alone();
    expect(room.safetyNumber()).toMatch(/^\d{60}$/);
    const told = room.next('members');
    server.tell('room:members', { joined: [], left: [99], count: 40 });
    await told;
    expect(room.safetyNumber()).toBeUndefined();
  });
});

describe('a crowd', () => {
  test('is one only if the list shows it; a server that counts more than it names gets no key by that', async () => {
    const { server, room } = await stage.alone();
    server.heard = [];
    server.tell('room:members', { joined: [], left: [], count: 5000 });
    const refused = room.next('refused');
    server.tellOne('alice', 'portal:key_request', { epoch: 1, generate: false, recipients: [stranger('eve')] });
    expect(await refused).toMatchObject({ what: 'recipient', error: { code: 'ERR_RECIPIENT_UNKNOWN' } });
    await server.until(() => server.calls('portal:key_share').length === 1);
    expect(sharedWith(server)).toEqual([]);
  });

  test('has no safety number, and a newcomer whom only a request names is told of and gets the key', async () => {
    const server = await stage.server();
    for (let at = 0; at < 200; at += 1) server.enrol(`member${at}`, createKeyPair().publicKey);
    const alice = await stage.connect(server, 'alice');
    const room = await alice.join(CHAT);
    if (!room.hasKey) await room.next('key');
    server.tell('room:members', { joined: [], left: [], count: 5000 });
    server.heard = [];
    const added = room.next('sessionAdded');
    server.tellOne('alice', 'portal:key_request', { epoch: 1, generate: false, recipients: [stranger('x', 900)] });
    expect(await added).toMatchObject({ userId: 900, sessionId: 'session-x', isKnown: false });
    await server.until(() => sharedWith(server).length === 1);
    expect([sharedWith(server), room.safetyNumber()]).toEqual([['session-x'], undefined]);
  });
});

describe("with trust: 'verified'", () => {
  test('nothing is sealed for a session that is not confirmed, and at once when it is', async () => {
    const { server, room } = await stage.alone({ trust: 'verified' });
    server.heard = [];
    const carol = stranger('carol', 9);
    const withheld = room.next('withheld');
    server.introduce(carol);
    server.tellOne('alice', 'portal:key_request', { epoch: 1, generate: false, recipients: [carol] });
    expect(await withheld).toMatchObject({ what: 'recipient', session: { sessionId: 'session-carol', userId: 9 } });
    await server.until(() => server.calls('portal:key_share').length === 1);
    expect([sharedWith(server), room.isConfirmed(9)]).toEqual([[], false]);
    await room.confirm(9);
    expect([sharedWith(server), room.isConfirmed(9)]).toEqual([['session-carol'], true]);
    // A further session of the same person is another matter.
    const added = room.next('sessionAdded');
    server.introduce({ ...stranger('carol2', 9) });
    await added;
    expect(room.isConfirmed(9)).toBe(false);
  });

  test('a key from a session that is not confirmed is kept back until it is', async () => {
    const { alice, bob } = await withBob({ trust: 'verified' });
    await bob.says('hello', 1);
    const room = await alice.join(CHAT);
    expect([room.hasKey, marks(room)]).toEqual([false, ['null null waiting']]);
    const key = room.next('key');
    await room.confirm(bob.id);
    await key;
    expect([room.hasKey, marks(room)]).toEqual([true, ['hello signed open']]);
  });

  test('a confirmation outlives the client, by its storage; another key of the person is not covered', async () => {
    const storage = memoryStorage();
    const { server, alice, bob } = await withBob({ trust: 'verified', storage });
    await (await alice.join(CHAT)).confirm(bob.id);
    await Promise.resolve();
    alice.close();
    const again = stage.client(server, 'token-alice', { trust: 'verified', storage });
    await again.connect();
    const room = await again.join(CHAT);
    expect([room.hasKey, room.isConfirmed(bob.id)]).toEqual([true, true]);
    const changed = room.next('keyChanged');
    server.introduce({ ...stranger('bob', bob.id) });
    await changed;
    expect(room.isConfirmed(bob.id)).toBe(false);
    room.unconfirm(bob.id);
    await eventually(() => storage.stored()?.people?.[String(bob.id)]?.seen.length === 2);
    expect(storage.stored()?.people?.[String(bob.id)]?.confirmed).toEqual([]);
  });
});
