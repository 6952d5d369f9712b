import { afterEach, describe, expect, test } from 'bun:test';
import {
  createChatKey,
  createKeyPair,
  isPortalError,
  openEnvelope,
  openKeyBlob,
  parseEnvelope,
  type SealedKey,
  safetyNumber,
  sealKeyBlob,
} from '../../src/client/index.ts';
import { clientStage, refusalOf, roomUntil, sharedWith, stranger } from '../support/client-stage.ts';
import { CHAT } from '../support/fake-server.ts';

const stage = clientStage();
afterEach(() => stage.close());

describe('keys', () => {
  test('the first one there makes the key, the second gets it, and both read what the server cannot', async () => {
    const { server, room } = await stage.alone();
    const bob = await stage.connect(server, 'bob');
    const bobsRoom = await bob.join(CHAT);
    const [atBob, atAlice] = [bobsRoom.next('message'), room.next('message')];

    const id = await bobsRoom.send('good evening');

    expect(await atAlice).toMatchObject({ id, body: 'good evening', sealed: false, epoch: 1 });
    expect(await atBob).toMatchObject({ id, body: 'good evening' });
    expect(JSON.stringify([server.history, server.heard])).not.toContain('good evening');
    expect(server.calls('portal:key_share').map(({ who }) => who.name)).toEqual(['alice', 'alice']);
    expect(server.calls('portal:key_request')).toEqual([]);
  });

  test('both see the same safety number, made of exactly the keys that are registered', async () => {
    const { server, alice, room } = await stage.alone();
    const bob = await stage.connect(server, 'bob');
    const bobsRoom = await bob.join(CHAT);
    await roomUntil(room, () => room.members.length === 2);
    expect(room.safetyNumber()).toBe(bobsRoom.safetyNumber());
    const registered = server.people.map(({ publicKey, signingKey }) => ({ publicKey: String(publicKey), signingKey }));
    expect(registered.map(({ publicKey }) => publicKey)).toEqual([String(alice.publicKey), String(bob.publicKey)]);
    expect(room.safetyNumber()).toBe(safetyNumber(registered));
  });

  test('a made key counts only once the server has acknowledged it; a refused one is never used again', async () => {
    const { server, alice, room } = await stage.alone({ distributes: false });
    server.refuse = (name) =>
      name === 'portal:key_share' ? { ok: false, error: 'old', code: 'ERR_EPOCH_MISMATCH', epoch: 1 } : undefined;
    const { secretKey, ...bob } = stranger('bob');
    const request = { epoch: 1, generate: true, recipients: [bob] };
    server.introduce(bob);
    const failed = room.next('error');
    server.tellOne('alice', 'portal:key_request', request);
    expect(isPortalError(await failed, 'ERR_EPOCH_MISMATCH')).toBe(true);
    expect(room.hasKey).toBe(false);

    server.refuse = () => undefined;
    server.tellOne('alice', 'portal:key_request', request);
    await room.next('key');
    server.tellOne('alice', 'portal:key_request', request);
    await server.until(() => server.calls('portal:key_share').length === 3);
    const keys = server.calls('portal:key_share').map(({ payload }) => {
      const blob = (payload.keys as SealedKey[]).find(({ session_id }) => session_id === bob.session_id)?.blob;
      return openKeyBlob(String(blob), String(alice.publicKey), { publicKey: bob.public_key, secretKey });
    });
    expect(keys[1]).not.toEqual(keys[0]);
    // Asked twice for one epoch, it hands out the same key.
    expect(keys[2]).toEqual(keys[1]);
  });

  test('a message that waits for a key can be taken back, and holds up no other one', async () => {
    const { server, room } = await stage.alone({ distributes: false });
    const stop = new AbortController();
    const waiting = room.send('never', { signal: stop.signal }).catch((error: unknown) => error);
    const next = room.send('afterwards');
    const reason = new Error('changed my mind');
    stop.abort(reason);
    expect(await waiting).toBe(reason);
    server.tellOne('alice', 'portal:key_request', { epoch: 1, generate: true, recipients: [] });
    await next;
    expect(room.messages.map(({ body }) => body)).toEqual(['afterwards']);
    expect(server.history).toHaveLength(1);
  });

  test("a made key is dropped when somebody else's holds already", async () => {
    const { server, room } = await stage.alone({ distributes: false });
    const rejected = [{ session_id: 'session-alice', code: 'ERR_CONFLICT' }];
    server.refuse = (name) => (name === 'portal:key_share' ? { ok: true, accepted: 0, rejected } : undefined);
    server.tellOne('alice', 'portal:key_request', { epoch: 1, generate: true, recipients: [] });
    await server.until(() => server.calls('portal:key_share').length === 1);

    // Acknowledgements and events keep their order: once this has arrived, so has the other.
    const typing = room.next('typing');
    server.tellOne('alice', 'message:typing', { user_id: 2, typing: true });
    await typing;
    expect(room.hasKey).toBe(false);
  });

  test('a request of 300 is answered in shares of 256 at most, the maker first, each once, all with one key', async () => {
    const { server, alice } = await stage.alone({ distributes: false });
    const recipients = Array.from({ length: 300 }, (_, at) => stranger(`s${at}`, 100 + at));
    const doubled = [...recipients, ...recipients.slice(0, 5)].map(({ secretKey: _, ...recipient }) => recipient);
    server.introduce(...doubled);
    server.tellOne('alice', 'portal:key_request', { epoch: 1, generate: true, recipients: doubled });
    await server.until(() => server.calls('portal:key_share').length === 2);

    const shares = server.calls('portal:key_share').map(({ payload }) => payload.keys as SealedKey[]);
    expect(shares.map((keys) => keys.length)).toEqual([256, 45]);
    expect(sharedWith(server)).toEqual(['session-alice', ...recipients.map(({ session_id }) => session_id)]);
    const open = (at: number) => {
      const { public_key: publicKey, secretKey, session_id } = recipients[at] as (typeof recipients)[number];
      const blob = shares.flat().find((key) => key.session_id === session_id)?.blob ?? '';
      return openKeyBlob(blob, String(alice.publicKey), { publicKey, secretKey });
    };
    expect(open(299)).toEqual(open(0));
  });

  test('nothing is sealed for a key that is not trusted, and the others still get theirs', async () => {
    const { server, alice } = await stage.alone();
    const [mallory, carol] = [stranger('mallory', 66), stranger('carol', 67)];
    alice.trust.deny(mallory.public_key);
    server.heard = [];
    server.introduce(mallory, carol);
    server.tellOne('alice', 'portal:key_request', { epoch: 1, generate: false, recipients: [mallory, carol] });
    await server.until(() => server.calls('portal:key_share').length === 1);
    server.rotate('kick');
    server.introduce(mallory, carol);
    server.tellOne('alice', 'portal:key_request', { epoch: 2, generate: true, recipients: [mallory, carol] });
    await server.until(() => server.calls('portal:key_share').length === 2);
    expect(sharedWith(server)).toEqual(['session-carol', 'session-alice', 'session-carol']);
  });

  test('who has no key, or is asked for an epoch gone by, stays silent', async () => {
    const { server, room } = await stage.alone();
    server.heard = [];
    server.tellOne('alice', 'portal:key_request', { epoch: 9, generate: false, recipients: [stranger('x')] });
    server.tellOne('alice', 'portal:key_request', { epoch: 1, generate: false, recipients: [stranger('x')] });
    const newcomer = stranger('y');
    server.introduce(newcomer);
    server.tellOne('alice', 'portal:key_request', { epoch: 9, generate: true, recipients: [newcomer] });
    await room.next('key', ({ epoch }) => epoch === 9);
    expect(sharedWith(server)).toEqual(['session-alice', 'session-y']);
  });

  test('a chat key from a key that is not trusted, or a blob for somebody else, is refused and told', async () => {
    const { server, alice, room } = await stage.alone();
    const mallory = createKeyPair();
    const share = (blob: string) => ({
      epoch: 2,
      blob,
      sender_session_id: 'session-mallory',
      sender_public_key: mallory.publicKey,
    });
    const broken = room.next('error');
    server.tellOne('alice', 'portal:key_shared', share(sealKeyBlob(createChatKey(), mallory.publicKey, mallory)));
    expect(await broken).toMatchObject({ code: 'ERR_SEAL_BROKEN' });
    alice.trust.deny(mallory.publicKey);
    const denied = room.next('error');
    server.tellOne('alice', 'portal:key_shared', share(sealKeyBlob(createChatKey(), String(alice.publicKey), mallory)));
    expect(await denied).toMatchObject({ code: 'ERR_KEY_DENIED' });
    expect([room.epoch, room.hasKey]).toEqual([2, false]);
  });

  test("a known user's new key is told before anything is sealed for it, in time to deny it", async () => {
    const { server, alice, room } = await stage.alone();
    const bob = await stage.connect(server, 'bob');
    await bob.join(CHAT);
    await roomUntil(room, () => room.members.length === 2);
    const changes: unknown[] = [];
    room.on('keyChanged', (change) => {
      changes.push(change);
      alice.trust.deny(change.publicKey);
    });
    server.heard = [];
    const [impostor, carol] = [{ ...stranger('bob'), user_id: 2 }, stranger('c')];
    server.introduce(impostor, carol);
    server.tellOne('alice', 'portal:key_request', { epoch: 1, generate: false, recipients: [impostor, carol] });
    await server.until(() => server.calls('portal:key_share').length === 1);

    expect(sharedWith(server)).toEqual(['session-c']);
    const publicKey = impostor.public_key;
    expect(changes).toEqual([{ userId: 2, sessionId: 'session-bob', publicKey, previousKey: bob.publicKey }]);
    server.tell('portal:key_added', { user_id: 3, session_id: 'new', public_key: createKeyPair().publicKey });
    server.tell('portal:key_added', { user_id: 2, session_id: 'session-bob', public_key: publicKey });
    const typing = room.next('typing');
    server.tell('message:typing', { user_id: 2, typing: true });
    await typing;
    expect(changes).toHaveLength(1);
  });
});

describe('sending', () => {
  test('while the epoch changes a message waits, and goes out once, under the new key', async () => {
    const { server, room } = await stage.alone();
    const changed = room.next('epoch');
    server.rotate('kick');
    expect(await changed).toEqual({ epoch: 2, reason: 'kick' });
    const sending = room.send('after the kick');
    expect(server.calls('message:send')).toEqual([]);
    server.tellOne('alice', 'portal:key_request', { epoch: 2, generate: true, recipients: [] });
    await sending;

    const [sent, ...more] = server.calls('message:send');
    expect(more).toEqual([]);
    expect(parseEnvelope(String(sent?.payload.content)).epoch).toBe(2);
  });

  test('a message refused for its epoch is sealed again under the new key and sent once more', async () => {
    const { server, alice, room } = await stage.alone();
    const bob = createKeyPair();
    const chatKey = createChatKey();
    server.epoch = 2;
    server.refuse = (name, payload) =>
      name === 'message:send' && parseEnvelope(String(payload.content)).epoch !== 2
        ? { ok: false, error: 'old epoch', code: 'ERR_EPOCH_MISMATCH', epoch: 2 }
        : undefined;
    const sending = room.send('again');
    await room.next('epoch');
    server.introduce({ user_id: 2, session_id: 'session-bob', public_key: bob.publicKey });
    const blob = sealKeyBlob(chatKey, String(alice.publicKey), bob);
    server.tellOne('alice', 'portal:key_shared', {
      epoch: 2,
      blob,
      sender_session_id: 'session-bob',
      sender_public_key: bob.publicKey,
    });
    const id = await sending;

    const contents = server.calls('message:send').map(({ payload }) => parseEnvelope(String(payload.content)));
    expect(contents.map(({ epoch }) => epoch)).toEqual([1, 2]);
    expect(contents.map((envelope, at) => (at === 1 ? openEnvelope(envelope, chatKey) : ''))).toEqual(['', 'again']);
    expect(server.history.at(-1)?.id).toBe(id);
  });

  test('a session whose key the server has lost asks by joining again, and sends once more', async () => {
    const { server, alice, room } = await stage.alone();
    const bob = createKeyPair();
    server.enrol('bob', bob.publicKey);
    const refused = { ok: false, error: 'no key', code: 'ERR_NO_ROOM_KEY' };
    server.refuse = (name) => (name === 'message:send' && server.calls(name).length === 1 ? refused : undefined);
    const blob = sealKeyBlob(createChatKey(), String(alice.publicKey), bob);
    const key = { blob, sender_session_id: 'session-bob', sender_public_key: bob.publicKey };
    server.blobs.set('session-alice', key);
    await room.send('hello');
    expect(server.heard.map(({ name }) => name).slice(-3)).toEqual(['message:send', 'room:join', 'message:send']);
  });

  test('it gives up after five refusals, with the last one as the cause', async () => {
    const { server, room } = await stage.alone();
    server.refuse = (name) =>
      name === 'message:send' ? { ok: false, error: 'no key', code: 'ERR_NO_ROOM_KEY' } : undefined;
    const error = await refusalOf(room.send('hello'));
    expect(isPortalError(error, 'ERR_SEND_ABANDONED')).toBe(true);
    expect((error as Error).cause).toMatchObject({ code: 'ERR_NO_ROOM_KEY' });
    expect(server.calls('message:send')).toHaveLength(5);
  });

  test('it gives up when no key comes in the time allowed, with nothing sent', async () => {
    const { server, room } = await stage.alone({ timing: { sendTimeoutMs: 40 } });
    server.rotate('clear');
    await room.next('epoch');
    expect(isPortalError(await refusalOf(room.send('hello')), 'ERR_SEND_ABANDONED')).toBe(true);
    expect(server.calls('message:send')).toEqual([]);
  });

  test('any other refusal comes back at once, with its details', async () => {
    const { server, room } = await stage.alone();
    const muted = { ok: false, error: 'Muted for 60 s', code: 'ERR_MUTED', ttl: 60, correlation_id: 'abc' };
    server.refuse = (name) => (name === 'message:send' ? muted : undefined);
    const error = await refusalOf(room.send('hello'));
    expect(error).toMatchObject({ name: 'PortalError', code: 'ERR_MUTED', message: 'Muted for 60 s', status: 0 });
    expect(error).toMatchObject({ details: { ttl: 60 }, correlationId: 'abc' });
    expect(server.calls('message:send')).toHaveLength(1);
  });

  test('a text too long is refused before it leaves', async () => {
    const { server, room } = await stage.alone();
    expect(await refusalOf(room.send('x'.repeat(4000)))).toMatchObject({ code: 'ERR_TEXT_TOO_LONG' });
    expect(server.calls('message:send')).toEqual([]);
  });

  test('a message begun while the connection is down goes out after the return', async () => {
    const { server, alice, room } = await stage.alone();
    const down = alice.next('disconnected');
    server.cut('alice');
    await down;
    await room.send('back again');
    expect(server.calls('message:send')).toHaveLength(1);
    expect(server.heard.map(({ name }) => name).slice(-2)).toEqual(['room:join', 'message:send']);
  });
});
