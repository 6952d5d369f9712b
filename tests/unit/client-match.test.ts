import { afterEach, describe, expect, test } from 'bun:test';
import { type DirectRoom, isPortalError, type PortalClient } from '../../src/client/index.ts';
import { bodies, clientStage, refusalOf, roomUntil } from '../support/client-stage.ts';
import type { FakeMatch } from '../support/fake-match.ts';
import type { FakeServer } from '../support/fake-server.ts';

const stage = clientStage();
afterEach(() => stage.close());

/** Alice searches, Bob finds her. */
async function meet(alice: PortalClient, bob: PortalClient, match: FakeMatch, server: FakeServer) {
  const waiting = alice.match.find(['music', 'chess']);
  await server.until(() => match.searches.size === 1);
  const atBob = await bob.match.find(['chess']);
  return { atAlice: await waiting, atBob };
}

/** Waits until the client's search is in the queue, for the client's part too. */
async function searching(server: FakeServer, match: FakeMatch, name: string) {
  await server.until(() => [...match.searches.keys()].some((who) => who.name === name));
  return match.searcher(name);
}

const said = (room: DirectRoom) => bodies(room).slice(1);

describe('two people who search for the same', () => {
  test('get a room each, know of the other what is told, and read what the server cannot', async () => {
    const { server, match, alice, bob } = await stage.searchers();
    const { atAlice, atBob } = await meet(alice, bob, match, server);
    expect([atAlice.participant, atBob.participant]).toEqual([1, 2]);
    expect(atAlice.peer).toEqual({ alias: 'loud-owl-100', avatar_url: null, is_stranger: true, country_code: 'IS' });
    expect(atBob.peer.alias).toBe('quiet-owl-100');
    expect([atAlice.interests, atAlice.expiresAt]).toEqual([['chess'], '2026-12-01T00:00:00.000Z']);
    expect([atAlice.token, atBob.token]).toEqual(['talk-100-1', 'talk-100-2']);

    await roomUntil(atBob, () => atBob.hasKey);
    const heard = atBob.next('message');
    await atAlice.send('good evening');
    const message = await heard;
    expect(message).toMatchObject({
      body: 'good evening',
      permissionLevel: null,
      sender: { id: null, participant: 1 },
    });
    expect([atBob.isOwn(message), atAlice.isOwn(message)]).toEqual([false, true]);
    await atBob.send('good evening to you');
    await roomUntil(atAlice, () => said(atAlice).length === 2);
    expect(said(atAlice)).toEqual(['good evening', 'good evening to you']);
    expect(JSON.stringify([match.talk(100).history, server.heard])).not.toContain('good evening');
  });

  test('see the same safety number, and are told when a third key appears for the other', async () => {
    const { server, match, alice, bob } = await stage.searchers();
    const { atAlice, atBob } = await meet(alice, bob, match, server);
    await atAlice.send('hello');
    await roomUntil(atBob, () => said(atBob).length === 1);
    expect(atAlice.safetyNumber()).toBe(atBob.safetyNumber());
    const changes: unknown[] = [];
    atAlice.on('keyChanged', (change) => changes.push(change));
    const about = { user_id: null, participant: 2, session_id: 'another' };
    const publicKey = String(alice.publicKey);
    match.tell(100, 'portal:key_added', { ...about, public_key: publicKey, signing_key: null }, 1);
    match.tell(100, 'message:typing', { user_id: null, participant: 2, typing: true }, 1);
    expect(await atAlice.next('typing')).toEqual({ userId: null, participant: 2, typing: true });
    expect(changes).toEqual([{ userId: null, participant: 2, sessionId: 'another', publicKey, previousKey: null }]);
    expect(atAlice.safetyNumber()).not.toBe(atBob.safetyNumber());
  });

  test('use keys that are made for this chat alone', async () => {
    const { server, match, alice, bob } = await stage.searchers();
    const first = await meet(alice, bob, match, server);
    await first.atBob.leave();
    const second = await meet(alice, bob, match, server);
    expect(second.atAlice.chatId).not.toBe(first.atAlice.chatId);
    const keys = server.calls('room:join').map(({ payload }) => payload.public_key);
    expect(keys).toHaveLength(4);
    expect(new Set([...keys, alice.publicKey, bob.publicKey]).size).toBe(6);
  });

  test('meet also when the pair is told by answers alone', async () => {
    const { server, match, alice, bob } = await stage.searchers();
    match.tellsFound = false;
    const waiting = alice.match.find(['music']);
    const who = await searching(server, match, 'alice');
    const atBob = await bob.match.find(['music']);
    match.tellState(who);
    const atAlice = await waiting;
    expect([atAlice.chatId, atBob.chatId]).toEqual([100, 100]);
    expect(atBob.peer).toEqual({ alias: 'quiet-owl-100', avatar_url: null, is_stranger: null, country_code: null });
    await atAlice.send('still sealed');
    await roomUntil(atBob, () => said(atBob).length === 1);
    expect(said(atBob)).toEqual(['still sealed']);
  });

  test('a chat whose key does not open is asked for again, under the names of this chat', async () => {
    const { server, match, alice, bob } = await stage.searchers();
    const { atAlice } = await meet(alice, bob, match, server);
    const failed = atAlice.next('error');
    const stored = {
      blob: 'A'.repeat(96),
      sender_session_id: 'secret-100-2',
      sender_public_key: String(bob.publicKey),
    };
    match.tell(100, 'portal:key_shared', { epoch: 1, ...stored }, 1);
    expect(await failed).toMatchObject({ code: expect.any(String) });
    await server.until(() => server.calls('portal:key_rejected').length === 1);
    expect(server.calls('portal:key_rejected')[0]?.payload).toEqual({ chat_id: 100, epoch: 1 });
  });

  test('a stranger starts without an account', async () => {
    const { server, match, alice } = await stage.searchers();
    const stranger = stage.client(server);
    expect(await stranger.rest.auth.stranger()).toMatchObject({ alias: 'stranger-0' });
    await stranger.connect();
    const { atBob } = await meet(alice, stranger, match, server);
    expect(atBob.participant).toBe(2);
  });
});

describe('a search', () => {
  test('that is stopped leaves the queue, and the next one begins', async () => {
    const { server, match, alice } = await stage.searchers();
    const stop = new AbortController();
    const refused = refusalOf(alice.match.find(['music'], { signal: stop.signal }));
    await searching(server, match, 'alice');
    expect(alice.match.isSearching).toBe(true);
    stop.abort(new Error('enough'));
    expect(await refused).toEqual(new Error('enough'));
    expect([match.searches.size, alice.match.isSearching]).toEqual([0, false]);
    expect(await refusalOf(alice.match.find(['music'], { signal: stop.signal }))).toEqual(new Error('enough'));
    expect(match.searches.size).toBe(0);
    void refusalOf(alice.match.find(['music']));
    await searching(server, match, 'alice');
  });

  test('that is stopped in the moment in which a pair is made leaves that chat, and the other is told at once', async () => {
    const { server, match, alice, bob } = await stage.searchers();
    const stop = new AbortController();
    const refused = refusalOf(alice.match.find(['music'], { signal: stop.signal }));
    const who = await searching(server, match, 'alice');
    const waiting = bob.match.find(['chess']);
    const other = await searching(server, match, 'bob');
    match.before = (path) => {
      if (path.endsWith('/dequeue') && match.talks.length === 0) match.pair(who, other, ['music']);
      return undefined;
    };
    stop.abort();
    expect(await refused).toMatchObject({ name: 'AbortError' });
    const atBob = await waiting;
    await roomUntil(atBob, () => atBob.isArchived);
    expect([atBob.endReason, match.talk(100).ended, alice.rooms]).toEqual(['left', 'left', []]);
  });

  test('that was stopped leaves a chat that is told of only afterwards', async () => {
    const { server, match, alice, bob } = await stage.searchers();
    const stop = new AbortController();
    const refused = refusalOf(alice.match.find(['music'], { signal: stop.signal }));
    const who = await searching(server, match, 'alice');
    void refusalOf(bob.match.find(['chess']));
    const other = await searching(server, match, 'bob');
    stop.abort();
    await refused;
    match.pair(who, other, ['music']);
    await server.until(() => match.talk(100).ended === 'left');
    expect(alice.rooms).toEqual([]);
  });

  test('that cannot be taken back at once, because the connection is down, is taken back later', async () => {
    const { server, match, alice } = await stage.searchers();
    const stop = new AbortController();
    const refused = refusalOf(alice.match.find(['music'], { signal: stop.signal }));
    await searching(server, match, 'alice');
    const down: [number, unknown] = [503, { error: 'down', code: 'ERR_UNAVAILABLE' }];
    match.before = (path) => (path.endsWith('/dequeue') ? down : undefined);
    stop.abort();
    expect(await refused).toMatchObject({ name: 'AbortError' });
    expect(match.searches.size).toBe(1);
    match.before = () => undefined;
    await server.until(() => match.searches.size === 0);
  });

  test('that the server has lost ends in a sentence', async () => {
    const { server, match, alice } = await stage.searchers();
    const refused = refusalOf(alice.match.find(['music']));
    const who = await searching(server, match, 'alice');
    match.drop(who);
    const error = await refused;
    expect(isPortalError(error, 'ERR_SEARCH_ENDED')).toBe(true);
    expect(error).toMatchObject({ message: 'The search ended before anyone was found' });
  });

  test('that was lost during a disconnection ends at the reconnect', async () => {
    const { server, match, alice } = await stage.searchers();
    const refused = refusalOf(alice.match.find(['music']));
    const who = await searching(server, match, 'alice');
    server.cut('alice');
    match.searches.delete(who);
    expect(isPortalError(await refused, 'ERR_SEARCH_ENDED')).toBe(true);
  });

  test('goes on after a reconnect if the server still has it, and after a state that is out of date', async () => {
    const { server, match, alice, bob } = await stage.searchers();
    const waiting = alice.match.find(['music']);
    const who = await searching(server, match, 'alice');
    const back = alice.next('connected');
    server.cut('alice');
    await back;
    const state = alice.match.next('state', ({ state }) => state === 'idle');
    server.tellSession(who.sessionId, 'match:state', { state: 'idle', chats: [] });
    await state;
    const atBob = await bob.match.find(['music']);
    expect((await waiting).chatId).toBe(atBob.chatId);
  });

  test('that found someone during a disconnection has its room after the reconnect', async () => {
    const { server, match, alice, bob } = await stage.searchers();
    const waiting = alice.match.find(['music']);
    await searching(server, match, 'alice');
    server.cut('alice');
    const atBob = await bob.match.find(['music']);
    const atAlice = await waiting;
    await atAlice.send('here I am');
    await roomUntil(atBob, () => said(atBob).length === 1);
  });

  test('is refused while one is under way, here or in another tab of the session, with what is running', async () => {
    const { server, match, alice } = await stage.searchers();
    void refusalOf(alice.match.find(['music']));
    await searching(server, match, 'alice');
    const here = await refusalOf(alice.match.find(['chess']));
    expect(here).toMatchObject({ code: 'ERR_MATCH_ALREADY_SEARCHING', details: { interests: ['music'] } });
    const tab = stage.client(server, String(alice.rest.token));
    await tab.connect();
    const there = await refusalOf(tab.match.find(['chess']));
    expect(there).toMatchObject({
      code: 'ERR_MATCH_ALREADY_SEARCHING',
      details: { interests: ['music'], expires_at: expect.any(String) },
    });
    // A refusal takes nothing out of the queue.
    expect(match.searches.size).toBe(1);
    expect(match.asked).not.toContain('POST /dequeue');
  });

  test('whose answer did not come is taken back', async () => {
    const { match, alice } = await stage.searchers();
    match.before = (path) =>
      path === '/v1/portal/match' ? [503, { error: 'down', code: 'ERR_UNAVAILABLE' }] : undefined;
    expect(isPortalError(await refusalOf(alice.match.find(['music'])), 'ERR_UNAVAILABLE')).toBe(true);
    expect(match.asked).toContain('POST /dequeue');
  });

  test('keeps its place when the client is closed: another tab may go on with it', async () => {
    const { server, match, alice } = await stage.searchers();
    const refused = refusalOf(alice.match.find(['music']));
    await searching(server, match, 'alice');
    alice.close();
    expect(isPortalError(await refused, 'ERR_NOT_CONNECTED')).toBe(true);
    expect(match.searches.size).toBe(1);
    expect(isPortalError(await refusalOf(alice.match.find(['music'])), 'ERR_NOT_CONNECTED')).toBe(true);
  });

  test('of another tab tells this one, which may enter the chat', async () => {
    const { server, match, alice, bob } = await stage.searchers();
    const tab = stage.client(server, String(alice.rest.token));
    await tab.connect();
    const found = tab.match.next('found');
    const { atBob } = await meet(alice, bob, match, server);
    const room = await tab.match.open(await found);
    expect(await tab.match.open(await found)).toBe(room);
    expect(room.chatId).toBe(atBob.chatId);
  });
});

test('reports, statistics and leaving are calls of their own', async () => {
  const { server, match, alice, bob } = await stage.searchers();
  const { atAlice, atBob } = await meet(alice, bob, match, server);
  await atBob.report('rude');
  await alice.match.report(100, 'rude too');
  expect(match.reports).toEqual([
    { by: 'bob', chat_id: 100, reason: 'rude' },
    { by: 'alice', chat_id: 100, reason: 'rude too' },
  ]);
  expect(await alice.match.statistics()).toMatchObject({ online: 2 });
  await alice.match.leave(100);
  await roomUntil(atBob, () => atBob.isArchived);
  expect([atAlice.isArchived, atAlice.endReason]).toEqual([true, 'left']);
  expect(isPortalError(await refusalOf(bob.match.leave()), 'ERR_MATCH_NO_ACTIVE_DIRECT')).toBe(true);
});
