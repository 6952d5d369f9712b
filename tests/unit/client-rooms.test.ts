import { afterEach, describe, expect, test } from 'bun:test';
import {
  type ChatRoom,
  createChatKey,
  createKeyPair,
  isPortalError,
  PortalClient,
  sealEnvelope,
  sealKeyBlob,
} from '../../src/client/index.ts';
import { bodies, clientStage, memoryStorage, refusalOf, roomUntil, TIMING } from '../support/client-stage.ts';
import { CHAT } from '../support/fake-server.ts';
import { eventually } from '../support/waiting.ts';

const stage = clientStage();
afterEach(() => stage.close());

describe('history', () => {
  /** Bodies in the order in which the room emitted them. */
  function record(room: ChatRoom): (string | null)[] {
    const told: (string | null)[] = [];
    room.on('message', ({ body }) => told.push(body));
    return told;
  }

  test('joining loads the newest messages; loadOlder reads on to the beginning', async () => {
    const server = await stage.server();
    for (let at = 0; at < 12; at += 1) server.write(`m${at}`);
    const alice = await stage.connect(server, 'alice');
    const room = await alice.join(CHAT, { history: 5 });
    expect(bodies(room)).toEqual(['m7', 'm8', 'm9', 'm10', 'm11']);
    expect((await room.loadOlder(4)).map(({ body }) => body)).toEqual(['m3', 'm4', 'm5', 'm6']);
    expect(await room.loadOlder()).toHaveLength(3);
    expect(await room.loadOlder()).toEqual([]);
    expect(bodies(room)).toEqual(Array.from({ length: 12 }, (_, at) => `m${at}`));
  });

  test('a message that was never told is fetched, and all are told in order, each once', async () => {
    const { server, room } = await stage.alone();
    const told = record(room);
    server.tell('message:new', server.write('one'));
    server.write('two');
    server.write('three');
    const four = server.write('four');
    server.historyQueries = [];
    server.tell('message:new', four);
    server.tell('message:new', four);
    await roomUntil(room, () => room.messages.length === 4);
    server.tell('message:new', server.write('five'));
    await roomUntil(room, () => told.includes('five'));
    expect(told).toEqual(['one', 'two', 'three', 'four', 'five']);
    expect(bodies(room)).toEqual(told);
    expect(server.historyQueries).toEqual(['?limit=50&after=1710000000000-0']);
  });

  test('a message that is only late is waited for: in order, and the history is not asked', async () => {
    const { server, room } = await stage.alone({ timing: { repairDelayMs: 60_000 } });
    const told = record(room);
    server.historyQueries = [];
    const [one, two, three] = [server.write('one'), server.write('two'), server.write('three')];
    for (const entry of [one, three, two]) server.tell('message:new', entry);
    await roomUntil(room, () => told.length === 3);
    expect(told).toEqual(['one', 'two', 'three']);
    expect(server.historyQueries).toEqual([]);
  });

  test('a gap of many pages is fetched forwards from what is known', async () => {
    const { server, room } = await stage.alone();
    const told = record(room);
    server.tell('message:new', server.write('m0'));
    await roomUntil(room, () => told.length === 1);
    for (let at = 1; at < 1200; at += 1) server.write(`m${at}`);
    server.historyQueries = [];
    server.tell('message:new', server.write('m1200'));
    await roomUntil(room, () => told.length === 1201);
    expect(told).toEqual(Array.from({ length: 1201 }, (_, at) => `m${at}`));
    const after = (at: number, limit = 500) => `?limit=${limit}&after=1710000000000-${at}`;
    expect(server.historyQueries).toEqual([after(0, 50), after(50), after(550), after(1050)]);
  });

  test('while the history is down the message is told all the same, and the next one mends the hole', async () => {
    const { server, room } = await stage.alone();
    const told = record(room);
    server.tell('message:new', server.write('one'));
    server.write('two');
    server.historyFailures = 3;
    const failed = room.next('error');
    server.tell('message:new', server.write('three'));
    expect(isPortalError(await failed, 'ERR_UNAVAILABLE')).toBe(true);
    expect(told).toEqual(['one', 'three']);
    server.tell('message:new', server.write('four'));
    await roomUntil(room, () => told.length === 4);
    expect(bodies(room)).toEqual(['one', 'two', 'three', 'four']);
  });

  test('after a lost connection the room joins again by itself and has what was said meanwhile', async () => {
    const { server, alice, room } = await stage.alone();
    await room.send('before');
    const told = record(room);
    server.heard = [];
    const down = alice.next('disconnected');
    server.cut('alice');
    await down;
    expect(room.isJoined).toBe(false);
    server.write('meanwhile 1');
    server.write('meanwhile 2');
    await roomUntil(room, () => told.length === 2);
    server.tell('message:new', server.write('after'));
    await roomUntil(room, () => told.length === 3);

    expect(bodies(room)).toEqual(['before', 'meanwhile 1', 'meanwhile 2', 'after']);
    expect(told).toEqual(['meanwhile 1', 'meanwhile 2', 'after']);
    expect(server.heard.map(({ name }) => name)).toEqual(['room:join']);
  });

  test('a message whose key is not there is kept sealed, and opened once the key comes', async () => {
    const { server, alice, room } = await stage.alone();
    const bob = createKeyPair();
    const chatKey = createChatKey();
    const waiting = room.next('message');
    server.tell('message:new', server.write(sealEnvelope('patience', 4, chatKey), 4));
    expect(await waiting).toMatchObject({ body: null, sealed: true, failure: null, epoch: 4 });
    const opened = room.next('opened');
    server.tell('room:epoch_changed', { epoch: 4, reason: 'kick' });
    server.introduce({ user_id: 2, session_id: 'session-bob', public_key: bob.publicKey });
    const blob = sealKeyBlob(chatKey, String(alice.publicKey), bob);
    server.tellOne('alice', 'portal:key_shared', {
      epoch: 4,
      blob,
      sender_session_id: 'session-bob',
      sender_public_key: bob.publicKey,
    });
    expect(await opened).toMatchObject({ body: 'patience', sealed: false });
    expect(bodies(room)).toEqual(['patience']);
  });

  test('plain text under a user’s name is never shown, nor an envelope whose epoch was changed', async () => {
    const { server, room } = await stage.alone();
    const forged = room.next('message');
    server.tell('message:new', { ...server.write('send me your password'), type: 'user' });
    expect(await forged).toMatchObject({ body: null, sealed: true, failure: 'ERR_INVALID_ENVELOPE' });
    const moved = room.next('message');
    server.tell('message:new', server.write(sealEnvelope('x', 2, createChatKey()), 3));
    expect(await moved).toMatchObject({ body: null, sealed: true, failure: 'ERR_INVALID_ENVELOPE' });
  });

  test('what is deleted or cleared is gone, and the next message needs no repair', async () => {
    const { server, room } = await stage.alone({ timing: { repairDelayMs: 60_000 } });
    const entries = ['one', 'two', 'three'].map((text) => server.write(text));
    for (const entry of entries) server.tell('message:new', entry);
    const deleted = room.next('deleted');
    server.tell('message:bulk_deleted', { ids: [entries[1]?.id] });
    expect(await deleted).toEqual({ ids: ['1710000000000-1'] });
    expect(bodies(room)).toEqual(['one', 'three']);
    const cleared = room.next('cleared');
    server.tell('portal:cleared', { reason: 'wipe' });
    expect(await cleared).toEqual({ reason: 'wipe' });
    expect(bodies(room)).toEqual([]);
    const next = room.next('message');
    server.tell('message:new', { ...server.write('four'), prev_id: null });
    await next;
    expect(bodies(room)).toEqual(['four']);
  });
});

describe('the end', () => {
  test('a kick ends the room, and with it whatever waits to be sent', async () => {
    const { server, alice, room } = await stage.alone();
    server.rotate('kick');
    await room.next('epoch');
    const sending = refusalOf(room.send('too late'));
    const kicked = room.next('kicked');
    const by = { id: 9, username: 'mallory', avatar_url: null };
    server.tellOne('alice', 'room:kicked', { reason: 'spam', banned: true, by });
    expect(await kicked).toEqual({ reason: 'spam', banned: true, by });
    expect(await sending).toMatchObject({ code: 'ERR_CHAT_BANNED' });
    expect([alice.rooms, room.isJoined]).toEqual([[], false]);
  });

  test('a destroyed chat ends the room; one that was left hears nothing more and can be joined anew', async () => {
    const { server, alice, room } = await stage.alone();
    await room.leave();
    expect(server.heard.at(-1)).toMatchObject({ name: 'room:leave', payload: { chat_id: CHAT } });
    const again = await alice.join(CHAT);
    expect(again).not.toBe(room);
    const destroyed = again.next('destroyed');
    server.tell('room:destroyed', {});
    expect(await destroyed).toEqual({ chatId: CHAT });
    expect(again.ending).toMatchObject({ code: 'ERR_NOT_FOUND' });
    expect(room.ending).toMatchObject({ code: 'ERR_ROOM_LEFT' });
  });

  test('who was put out while away learns it from the refused join', async () => {
    const { server, alice, room } = await stage.alone();
    const ended = room.next('ended');
    server.refuse = (name) => (name === 'room:join' ? { ok: false, error: 'no', code: 'ERR_NOT_FOUND' } : undefined);
    server.cut('alice');
    expect(await ended).toMatchObject({ code: 'ERR_NOT_FOUND' });
    expect(alice.rooms).toEqual([]);
  });

  test('a refused join leaves no room behind, and can be tried again', async () => {
    const server = await stage.server();
    const alice = await stage.connect(server, 'alice');
    server.refuse = (name) => (name === 'room:join' ? { ok: false, error: 'no', code: 'ERR_NOT_FOUND' } : undefined);
    expect(await refusalOf(alice.join(CHAT))).toMatchObject({ code: 'ERR_NOT_FOUND' });
    expect(alice.rooms).toEqual([]);
    server.refuse = () => undefined;
    const [first, second] = await Promise.all([alice.join(CHAT), alice.join(CHAT)]);
    expect(first).toBe(second);
  });

  test('without a session connect() is refused by name', async () => {
    const server = await stage.server();
    const client = new PortalClient({ url: server.url, token: 'unknown', timing: TIMING });
    stage.keep(client);
    expect(await refusalOf(client.connect())).toMatchObject({ code: 'ERR_UNAUTHENTICATED' });
    expect(client.isConnected).toBe(false);
  });

  test('a socket that cannot be opened fails connect() within its time', async () => {
    const fetch = async () => Response.json({ status: 'registered' });
    const server = await stage.server();
    const { url } = server;
    await server.stop();
    const client = new PortalClient({ url, token: 'x', fetch, timing: { connectTimeoutMs: 50 } });
    stage.keep(client);
    expect(await refusalOf(client.connect())).toMatchObject({ code: 'ERR_NETWORK' });
    expect(client.isConnected).toBe(false);
  });

  test('an ended session forgets its keys, in the storage too, and does not come back', async () => {
    const storage = memoryStorage();
    const { server, alice, room } = await stage.alone({ storage });
    await Promise.resolve();
    expect(storage.stored()).toMatchObject({ chats: { [CHAT]: { 1: [expect.any(String)] } } });
    const ended = alice.next('ended');
    server.tellOne('alice', 'session:ended', { reason: 'destroyed' });
    expect((await ended).reason).toBe('destroyed');
    await eventually(() => storage.stored() === null);
    expect([storage.stored(), alice.isConnected, alice.publicKey, alice.rooms]).toEqual([null, false, undefined, []]);
    expect(room.ending).toMatchObject({ code: 'ERR_UNAUTHENTICATED' });
  });

  test('a session refused on the way back is over; keys kept by a page are read again after a reload', async () => {
    const server = await stage.server();
    const storage = memoryStorage();
    const before = await stage.connect(server, 'alice', { storage });
    const room = await before.join(CHAT);
    await room.send('remember me');
    before.close();
    const after = await stage.connect(server, 'alice', { storage });
    server.distributes = false;
    server.blobs.clear();
    const again = await after.join(CHAT);
    expect(after.publicKey).toBe(before.publicKey as string);
    expect(bodies(again)).toEqual(['remember me']);

    const ended = after.next('ended');
    server.signOut('alice');
    server.cut('alice');
    expect(await ended).toMatchObject({ reason: 'refused', error: { code: 'ERR_UNAUTHENTICATED' } });
  });
});
