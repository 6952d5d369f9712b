import { afterEach, describe, expect, test } from 'bun:test';
import { type DirectRoom, isPortalError, type PortalClient } from '../../src/client/index.ts';
import { bodies, clientStage, memoryStorage, refusalOf, roomUntil } from '../support/client-stage.ts';

const stage = clientStage();
afterEach(() => stage.close());

type Searchers = Awaited<ReturnType<typeof stage.searchers>>;

/** A chat of Alice, participant 1, and Bob, which has its key. */
async function talking({ match, server, alice, bob }: Searchers): Promise<{ atAlice: DirectRoom; atBob: DirectRoom }> {
  const waiting = alice.match.find(['music']);
  await server.until(() => match.searches.size === 1);
  const atBob = await bob.match.find(['music']);
  const atAlice = await waiting;
  await roomUntil(atAlice, () => atAlice.hasKey);
  await roomUntil(atBob, () => atBob.hasKey);
  return { atAlice, atBob };
}

/** The client of a session that has one already, as after a reload of its page. */
async function again(stageServer: Searchers['server'], before: PortalClient, storage = memoryStorage()) {
  before.close();
  const client = stage.client(stageServer, String(before.rest.token), { storage });
  await client.connect();
  return client;
}

describe('a direct chat', () => {
  test('tells that the peer is gone, until when it waits, and that they are back', async () => {
    const all = await stage.searchers();
    const { atAlice } = await talking(all);
    const left = atAlice.next('peerLeft');
    all.match.tell(atAlice.chatId, 'room:peer_left', { grace_until_ms: 1_800_000_000_000 }, 1);
    expect(await left).toEqual({ graceUntilMs: 1_800_000_000_000 });
    expect(atAlice.graceUntilMs).toBe(1_800_000_000_000);
    const returned = atAlice.next('peerReturned');
    all.match.tell(atAlice.chatId, 'room:peer_returned', {}, 1);
    await returned;
    expect(atAlice.graceUntilMs).toBeNull();
  });

  test('that is over says why, once, can be read, and keeps what was typed', async () => {
    const all = await stage.searchers();
    const { atAlice, atBob } = await talking(all);
    await atBob.send('the last word');
    await roomUntil(atAlice, () => bodies(atAlice).length === 2);
    const ends: unknown[] = [];
    for (const room of [atAlice, atBob]) room.on('archived', (end) => ends.push(end));
    await atAlice.leave();
    await roomUntil(atBob, () => atBob.isArchived);
    await roomUntil(atAlice, () => atAlice.isArchived);
    expect(ends).toEqual([{ reason: 'left' }, { reason: 'left' }]);
    all.server.heard = [];
    const refused = await refusalOf(atBob.send('too late'));
    expect(refused).toMatchObject({ code: 'ERR_CHAT_ARCHIVED', message: 'This chat is over; it can only be read' });
    expect(all.server.calls('message:send')).toEqual([]);
    expect(bodies(atBob)).toEqual(['Chat started', 'the last word']);
    expect([atBob.ending, all.bob.rooms]).toEqual([undefined, [atBob]]);
    await atBob.close();
    expect(all.bob.rooms).toEqual([]);
  });

  test('that ends while a message waits for a key refuses that message at once', async () => {
    const all = await stage.searchers();
    const { atAlice } = await talking(all);
    all.match.tell(atAlice.chatId, 'room:epoch_changed', { epoch: 2, reason: 'lost' });
    await atAlice.next('epoch');
    const sending = refusalOf(atAlice.send('waiting for the new key'));
    all.match.end(atAlice.chatId, 'timeout');
    expect(isPortalError(await sending, 'ERR_CHAT_ARCHIVED')).toBe(true);
    expect(atAlice.endReason).toBe('timeout');
  });

  test('that ended during a disconnection is known to be over after the reconnect', async () => {
    const all = await stage.searchers();
    const { atAlice } = await talking(all);
    const down = all.alice.next('disconnected');
    all.server.cut('alice');
    await down;
    all.match.talk(atAlice.chatId).ended = 'timeout';
    await roomUntil(atAlice, () => atAlice.isArchived);
    expect(atAlice.endReason).toBeNull();
    expect(isPortalError(await refusalOf(atAlice.send('too late')), 'ERR_CHAT_ARCHIVED')).toBe(true);
  });

  test('is not touched by late events of the one before', async () => {
    const all = await stage.searchers();
    const first = await talking(all);
    await first.atAlice.leave();
    const second = await talking(all);
    const told: unknown[] = [];
    for (const name of ['archived', 'peerLeft', 'peerReturned', 'message', 'ended'] as const)
      second.atAlice.on(name, (payload) => told.push(payload));
    const { chatId } = first.atAlice;
    all.match.tell(chatId, 'room:peer_left', { grace_until_ms: 1 });
    all.match.tell(chatId, 'room:peer_returned', {});
    all.match.tell(chatId, 'match:ended', { reason: 'timeout' });
    const peer = { alias: 'quiet-owl-100', avatar_url: null, is_stranger: true, country_code: null };
    const found = { chat_id: chatId, token: first.atAlice.token, peer, interests: ['music'], expires_at: '' };
    all.server.tellSession('session-alice', 'match:found', found);
    const typing = second.atAlice.next('typing');
    all.match.tell(second.atAlice.chatId, 'message:typing', { user_id: null, participant: 2, typing: true }, 1);
    await typing;
    expect(told).toEqual([]);
    expect([second.atAlice.isArchived, first.atAlice.endReason]).toEqual([false, 'left']);
  });

  test('is told about under its own token, never as a group chat', async () => {
    const all = await stage.searchers();
    const { atAlice } = await talking(all);
    expect(await all.alice.join(atAlice.chatId)).toBe(atAlice);
    const joins = all.server.calls('room:join').map(({ payload }) => Object.keys(payload));
    expect(joins).toEqual([
      ['token', 'public_key', 'signing_key'],
      ['token', 'public_key', 'signing_key'],
    ]);
  });
});

describe('after a restart of the client', () => {
  test('live and archived chats are open again, and what was said in them can be read', async () => {
    const all = await stage.searchers();
    const storage = memoryStorage();
    const alice = await again(all.server, all.alice, storage);
    const { atAlice: first } = await talking({ ...all, alice });
    await first.send('in the first');
    await first.leave();
    const { atAlice: second, atBob } = await talking({ ...all, alice });
    await second.send('in the second');

    const later = await again(all.server, alice, storage);
    const [archived, live] = await later.match.resume();
    expect([archived?.isArchived, live?.isArchived]).toEqual([true, false]);
    expect([archived, live].map((room) => room && bodies(room))).toEqual([
      ['Chat started', 'in the first'],
      ['Chat started', 'in the second'],
    ]);
    expect([live?.peer.alias, live?.participant, live?.interests]).toEqual(['loud-owl-101', 1, []]);
    await live?.send('back again');
    await roomUntil(atBob, () => bodies(atBob).includes('back again'));
  });

  test('without its keys the client shows itself with another, and gets the chat’s key anew', async () => {
    const all = await stage.searchers();
    const { atAlice, atBob } = await talking(all);
    await atAlice.send('before');
    await roomUntil(atBob, () => bodies(atBob).includes('before'));
    const changed = atBob.next('keyChanged');
    all.match.talk(atAlice.chatId).blobs.delete('secret-100-1');
    const later = await again(all.server, all.alice);
    const [room] = await later.match.resume();
    expect(await changed).toMatchObject({ userId: null, participant: 1, sessionId: 'secret-100-1' });
    if (!room) throw new Error('The chat is not there');
    await roomUntil(room, () => bodies(room).includes('before'));
  });

  test('keys of chats that the server has deleted are forgotten', async () => {
    const all = await stage.searchers();
    const storage = memoryStorage();
    const alice = await again(all.server, all.alice, storage);
    const { atAlice } = await talking({ ...all, alice });
    await atAlice.send('not for long');
    const kept = storage.stored();
    expect([Object.keys(kept?.chats ?? {}), kept?.direct]).toEqual([['100'], [100]]);
    all.match.talks.length = 0;
    const later = await again(all.server, alice, storage);
    expect(await later.match.resume()).toEqual([]);
    await later.match.status();
    expect([storage.stored()?.chats, storage.stored()?.direct]).toEqual([{}, undefined]);
  });
});

test('two tabs of one session use one key in a direct chat, and both read', async () => {
  const all = await stage.searchers();
  const storage = memoryStorage();
  const alice = await again(all.server, all.alice, storage);
  const tab = stage.client(all.server, String(alice.rest.token), { storage });
  await tab.connect();
  const found = tab.match.next('found');
  const { atAlice, atBob } = await talking({ ...all, alice });
  const inTab = await tab.match.open(await found);
  const joins = all.server.calls('room:join').filter(({ who }) => who.name === 'alice');
  expect(new Set(joins.map(({ payload }) => payload.public_key)).size).toBe(1);
  await atBob.send('hello, both of you');
  await roomUntil(inTab, () => bodies(inTab).includes('hello, both of you'));
  await roomUntil(atAlice, () => bodies(atAlice).includes('hello, both of you'));
});
