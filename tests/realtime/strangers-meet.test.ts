import { expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type DirectRoom,
  isPortalError,
  type KeyStorage,
  PortalClient,
  type PortalClientOptions,
} from '../../src/client/index.ts';
import { memoryStorage, refusalOf, roomUntil } from '../support/client-stage.ts';
import { readmeScript } from '../support/readme-scripts.ts';
import { terminal } from '../support/terminal.ts';
import { eventually } from '../support/waiting.ts';
import { type House, openHouse, openWire } from './house.ts';

/** A client without an account. */
async function stranger(house: House, more: Partial<PortalClientOptions> = {}) {
  const publicKey = house.modules.publicKey.current();
  const { rest } = new PortalClient({ url: house.url, publicKey });
  await rest.auth.stranger();
  return house.client({ token: String(rest.token), sessionId: '' }, { publicKey, ...more });
}

/** Resolves once the client's search is in the queue. */
async function searching({ match }: PortalClient): Promise<void> {
  await match.next('state', ({ state }) => state === 'searching');
}

async function meet(one: PortalClient, other: PortalClient): Promise<[DirectRoom, DirectRoom]> {
  const [waiting, queued] = [one.match.find(['music', 'chess']), searching(one)];
  await queued;
  const found = await other.match.find(['chess']);
  return [await waiting, found];
}

const said = (room: DirectRoom) => room.messages.filter(({ type }) => type === 'user').map(({ body }) => body);
const hears = (room: DirectRoom, body: string) => roomUntil(room, () => said(room).includes(body));
const told = (room: DirectRoom) => room.messages.filter(({ type }) => type === 'system').map(({ body }) => body);

test('two strangers meet by a shared tag and talk sealed; one leaves, and both read the archive', async () => {
  await using house = await openHouse();
  const [atAda, atBob] = await meet(await stranger(house), await stranger(house));
  expect(new Set([atAda.participant, atBob.participant])).toEqual(new Set([1, 2]));
  expect([atAda.interests, atAda.peer.is_stranger]).toEqual([['chess'], true]);
  expect(atAda.peer.alias).not.toBe(atBob.peer.alias);
  expect(told(atAda)).toEqual([`Chat started — say hi to ${atAda.peer.alias}! Matched on: chess`]);

  await atAda.send('a secret in plain words');
  await hears(atBob, 'a secret in plain words');
  await atBob.send('and an answer');
  await hears(atAda, 'and an answer');
  expect(atAda.safetyNumber()).toBe(atBob.safetyNumber());
  const files = Buffer.concat(['portal.db', 'portal.db-wal'].map((name) => readFileSync(join(house.dataDir, name))));
  expect(files.includes('a secret in plain words')).toBe(false);

  await atAda.leave();
  await roomUntil(atBob, () => atBob.isArchived);
  expect([atBob.endReason, told(atBob).at(-1)]).toEqual(['left', `${atBob.peer.alias} left the chat`]);
  expect(isPortalError(await refusalOf(atBob.send('too late')), 'ERR_CHAT_ARCHIVED')).toBe(true);
  expect([said(atAda), said(atBob)]).toEqual([said(atBob), ['a secret in plain words', 'and an answer']]);
});

test('the keys of a direct chat are made for it alone, and no name from elsewhere is in it', async () => {
  await using house = await openHouse();
  const ada = await house.given.person({ username: 'ada' });
  const [client, bob] = [await house.client(ada), await stranger(house)];
  const [first] = await meet(bob, client);
  const keysOf = (room: DirectRoom) => room.members.flatMap(({ sessions }) => sessions.map((one) => one.public_key));
  const seen = JSON.stringify([first.members, first.joinReply, first.messages, first.peer]);
  for (const secret of ['ada', ada.sessionId, String(client.publicKey)]) expect(seen).not.toContain(secret);
  await first.send('hello');
  await eventually(() => said(first).includes('hello'));
  const { author, signedBy } = first.messages.find(({ body }) => body === 'hello') ?? {};
  expect(author).toBe('signed');
  const signing = first.members.flatMap(({ sessions }) => sessions.map((one) => one.signing_key));
  expect([signing.length, signing.includes(signedBy ?? '')]).toEqual([2, true]);
  const keys = keysOf(first);
  await first.leave();
  const [second] = await meet(bob, await stranger(house));
  expect(keysOf(second).filter((key) => keys.includes(key) || key === bob.publicKey)).toEqual([]);
});

test('one whose connection drops is waited for, and has missed nothing on return', async () => {
  await using house = await openHouse();
  using wire = await openWire(house.url);
  const bob = await stranger(house, { url: wire.url });
  const [atBob, atAda] = await meet(bob, await stranger(house));
  const left = atAda.next('peerLeft');
  wire.cut();
  expect((await left).graceUntilMs).toBeGreaterThan(Date.now());
  await atAda.send('are you there?');
  const returned = atAda.next('peerReturned');
  wire.mend();
  await returned;
  await hears(atBob, 'are you there?');
  await atBob.send('back again');
  await hears(atAda, 'back again');
  expect([atAda.graceUntilMs, atAda.isArchived]).toEqual([null, false]);
});

test('one who stays away finds the archive on return; the other is told why it is over', async () => {
  await using house = await openHouse({ env: { PORTAL_MATCH_PEER_GRACE: '1' } });
  using wire = await openWire(house.url);
  const [atBob, atAda] = await meet(await stranger(house, { url: wire.url }), await stranger(house));
  await atAda.send('the last word');
  await hears(atBob, 'the last word');
  wire.cut();
  await roomUntil(atAda, () => atAda.isArchived);
  expect(atAda.endReason).toBe('timeout');
  wire.mend();
  await roomUntil(atBob, () => atBob.isArchived && told(atBob).length === 2);
  expect(atBob.ending).toBeUndefined();
  expect(said(atBob)).toEqual(['the last word']);
  expect(isPortalError(await refusalOf(atBob.send('I am back')), 'ERR_CHAT_ARCHIVED')).toBe(true);
});

test('a search that the server has lost ends in a sentence, after the grace and after a restart', async () => {
  const first = await openHouse({ env: { PORTAL_MATCH_DISCONNECT_GRACE: '1' } });
  using wire = await openWire(first.url);
  const [away, there] = [await stranger(first, { url: wire.url }), await stranger(first)];
  const fallen = refusalOf(away.match.find(['music']));
  await searching(away);
  const lost = refusalOf(there.match.find(['chess']));
  await searching(there);
  wire.cut();
  await eventually(async () => (await there.match.statistics()).searching === 1);
  wire.mend();
  expect(isPortalError(await fallen, 'ERR_SEARCH_ENDED')).toBe(true);
  const { port } = new URL(first.url);
  await first.shutDown();
  await using _ = await openHouse({ dataDir: first.dataDir, env: { PORTAL_PORT: port } });
  expect(isPortalError(await lost, 'ERR_SEARCH_ENDED')).toBe(true);
  for (const client of [away, there]) client.close();
});

test('a search that is stopped leaves nothing behind, whether or not someone was found in that moment', async () => {
  await using house = await openHouse();
  const [ada, bob] = [await stranger(house), await stranger(house)];
  for (let round = 0; round < 10; round += 1) {
    const stop = new AbortController();
    const stopping = refusalOf(ada.match.find([`round${round}`], { signal: stop.signal }));
    await searching(ada);
    const end = new AbortController();
    const finding = refusalOf(bob.match.find([`round${round}`], { signal: end.signal }));
    stop.abort();
    await stopping;
    end.abort();
    await finding;
    for (const client of [ada, bob]) {
      const { state, chats } = await client.match.status();
      expect([state, chats.filter(({ archived }) => !archived)]).toEqual(['idle', []]);
    }
  }
});

test('after a restart of the client live and archived chats are open again, and can be read', async () => {
  await using house = await openHouse();
  const storage: KeyStorage = memoryStorage();
  const bob = await stranger(house, { storage });
  const [first] = await meet(bob, await stranger(house));
  await first.send('in the first');
  await first.leave();
  const [second, atAda] = await meet(bob, await stranger(house));
  await second.send('in the second');
  bob.close();

  const later = await house.client({ token: String(bob.rest.token), sessionId: '' }, { storage });
  const [archived, live] = await later.match.resume();
  expect([archived?.isArchived, live?.isArchived]).toEqual([true, false]);
  expect([archived && said(archived), live && said(live)]).toEqual([['in the first'], ['in the second']]);
  expect(live?.peer.alias).toBe(second.peer.alias);
  await live?.send('back again');
  await hears(atAda, 'back again');
});

test('a second tab of the session enters the chat with the same key, and one closed tab is no departure', async () => {
  await using house = await openHouse();
  const storage: KeyStorage = memoryStorage();
  const bob = await stranger(house, { storage });
  const tab = await house.client({ token: String(bob.rest.token), sessionId: '' }, { storage });
  const opened = tab.match.next('found').then((found) => tab.match.open(found));
  const [atBob, atAda] = await meet(bob, await stranger(house));
  const inTab = await opened;
  await atAda.send('hello, both of you');
  await Promise.all([hears(atBob, 'hello, both of you'), hears(inTab, 'hello, both of you')]);
  const gone: unknown[] = [];
  atAda.on('peerLeft', (left) => gone.push(left));
  bob.close();
  await inTab.send('still here');
  await hears(atAda, 'still here');
  expect(gone).toEqual([]);
  await inTab.leave();
  await roomUntil(atAda, () => atAda.isArchived);
});

test('the errors of a search are those of the contract', async () => {
  await using house = await openHouse();
  const bob = await stranger(house);
  const refused = (...tags: string[]) => refusalOf(bob.match.find(tags));
  expect(await refused('music', 'No!')).toMatchObject({ code: 'ERR_MATCH_UNSUPPORTED_INTEREST', status: 400 });
  expect(await refused()).toMatchObject({ code: 'ERR_VALIDATION' });
  const [atBob] = await meet(bob, await stranger(house));
  expect(await refused('music')).toMatchObject({ code: 'ERR_MATCH_SLOT_LIMIT', status: 409 });
  await bob.match.leave();
  expect(await refusalOf(atBob.leave())).toMatchObject({ code: 'ERR_MATCH_NO_ACTIVE_DIRECT', status: 404 });
  const tab = await house.client({ token: String(bob.rest.token), sessionId: '' });
  const waiting = refusalOf(tab.match.find(['music']));
  await searching(tab);
  const details = { interests: ['music'], expires_at: expect.any(String) };
  expect(await refused('chess')).toMatchObject({ code: 'ERR_MATCH_ALREADY_SEARCHING', details });
  tab.close();
  await waiting;
});

test('two terminals meet by a shared tag: one drops and returns, one leaves, and /next finds the next', async () => {
  await using house = await openHouse();
  using wire = await openWire(house.url);
  const arrive = (url: string, ...tags: string[]) =>
    terminal('--url', url, '--key', house.modules.publicKey.current(), '--stranger', ...tags);
  const first = arrive(wire.url, 'music', 'chess');
  await first.prints(/Looking for someone who shares: music, chess/);
  const second = arrive(house.url, 'chess');
  await Promise.all([first.prints(/You share: chess\./), second.prints(/You talk with [a-z-]+, a stranger\./)]);
  first.type('hello there');
  await second.prints(/: hello there/);
  wire.cut();
  await second.prints(/is gone; the chat waits \d+ s for them/);
  second.type('come back');
  wire.mend();
  await second.prints(/is back/);
  await first.prints(/: come back/);
  second.type('/leave');
  await first.prints(/left the chat/);
  await first.prints(/The chat is over\. \/next finds someone else/);
  const third = arrive(house.url, 'music');
  await third.prints(/Looking for/);
  first.type('/next');
  await third.prints(/You share: music\./);
  for (const one of [first, second, third]) {
    const { status, said: printed, complained } = await one.end();
    expect([status, complained]).toEqual([0, '']);
    expect(printed).toEndWith('Bye.\n');
  }
});

test('the two scripts of the README meet, talk sealed, and end by themselves', async () => {
  await using house = await openHouse();
  const key = house.modules.publicKey.current();
  const watching = await stranger(house);
  const answers = await readmeScript('answers.ts', house.url, key);
  await eventually(async () => (await watching.match.statistics()).searching === 1);
  const asks = await readmeScript('asks.ts', house.url, key);
  const asked = await asks.end();
  expect([asked.status, asked.complained]).toEqual([0, '']);
  expect(asked.said).toMatch(/^Found [a-z-]+ by chess\nYou said: Do you play\?\n$/);
  expect(await answers.end()).toEqual({ status: 0, said: 'It is over: left\n', complained: '' });
});
