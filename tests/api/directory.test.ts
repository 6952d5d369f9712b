import { expect, test } from 'bun:test';
import { users } from '../../src/modules/people/users/users.tables.ts';
import type { Person } from '../support/given.ts';
import { type TestPortal, testPortal } from '../support/portal.ts';

const DIRECTORY = '/v1/portal/directory';

/** Public chats of these names, one second after the other; the last is the one of the latest activity. */
async function publicChats(portal: TestPortal, ...names: string[]): Promise<number[]> {
  const ids: number[] = [];
  for (const name of names) {
    await portal.timers.advance(1000);
    ids.push((await portal.given.chat({ name, visibility: 'public' })).id);
  }
  return ids;
}

async function official(portal: TestPortal, owner: Person, name: string, slug: string): Promise<number> {
  const { body } = await portal.as(owner).post('/v1/admin/chats', { name, slug });
  return body.chat_id;
}

/** The names that a search finds for any client of the instance. */
async function found(portal: TestPortal, query: string): Promise<string[]> {
  const { status, body } = await portal.client.get(`${DIRECTORY}?${query}`);
  expect(status).toBe(200);
  return body.chats.map(({ name }: { name: string }) => name);
}

test('official chats are pinned first, then come public ones by last activity; private ones are in no answer', async () => {
  await using portal = await testPortal();
  const owner = await portal.given.owner();
  const general = await official(portal, owner, 'General', 'general');
  const [older = 0, newer = 0] = await publicChats(portal, 'Chess', 'Cinema');
  await portal.given.chat({ name: 'Secret chess' });

  const { status, body } = await portal.client.get(DIRECTORY);

  expect(status).toBe(200);
  expect(body).toEqual({ chats: expect.any(Array), total: 3, offset: 0, limit: 50 });
  expect(body.chats.map(({ id }: { id: number }) => id)).toEqual([general, newer, older]);
  expect(body.chats[0]).toEqual({
    id: general,
    chat_type: 'group',
    name: 'General',
    owner: { id: owner.id, username: owner.username, avatar_url: null },
    visibility: 'official',
    label: null,
    slug: 'general',
    description: null,
    avatar_url: null,
    archived: false,
    last_activity_at: '2026-01-01T00:00:00.000Z',
    wipe_preset: null,
    faces: [],
    running: false,
    viewer_count: 0,
  });
  expect(await found(portal, 'q=secret')).toEqual([]);
  expect(JSON.stringify(body)).not.toContain('Secret');
});

test('not even the owner of a private chat, a member or an Owner of the platform finds it', async () => {
  await using portal = await testPortal();
  const chat = await portal.given.chat({ name: 'Secret' });
  const member = await portal.given.member(chat);
  for (const who of [chat.owner, member, await portal.given.owner()])
    expect((await portal.as(who).get(DIRECTORY)).body).toEqual({ chats: [], total: 0, offset: 0, limit: 50 });
});

test('pages go on from the official ones to the public ones, and the total counts both', async () => {
  await using portal = await testPortal();
  const owner = await portal.given.owner();
  for (const slug of ['one', 'two', 'three']) {
    await portal.timers.advance(1000);
    await official(portal, owner, `Official ${slug}`, slug);
  }
  await publicChats(portal, 'Public one', 'Public two', 'Public three');
  const all = ['Official three', 'Official two', 'Official one', 'Public three', 'Public two', 'Public one'];
  expect(await found(portal, '')).toEqual(all);
  for (let offset = 0; offset <= 6; offset++)
    for (const limit of [1, 2, 4]) {
      const { body } = await portal.client.get(`${DIRECTORY}?offset=${offset}&limit=${limit}`);
      expect(body).toMatchObject({ total: 6, offset, limit });
      expect(body.chats.map(({ name }: { name: string }) => name)).toEqual(all.slice(offset, offset + limit));
    }
});

test('a search looks for part of the name or of the slug, without regard to case, and for nothing else', async () => {
  await using portal = await testPortal();
  const owner = await portal.given.premium('verylongname');
  await portal.given.chat({ owner, name: 'Ödland CINEMA', visibility: 'public', slug: 'film-club' });
  await portal.given.chat({ name: '100% chess_club', visibility: 'public', slug: 'rooks' });
  for (const q of ['ödland', 'ÖDLAND', 'cine', 'land%20cin', 'film-club', 'FILM', 'm-c'])
    expect({ q, names: await found(portal, `q=${encodeURIComponent(decodeURIComponent(q))}`) }).toEqual({
      q,
      names: ['Ödland CINEMA'],
    });
  for (const q of ['100%', '%', '_', 's_c', 'ROOK'])
    expect({ q, names: await found(portal, `q=${encodeURIComponent(q)}`) }).toEqual({ q, names: ['100% chess_club'] });
  for (const q of ['verylongname', 'cinemafilm', 'cinema film', '%%', '\\', "'", '"', '; drop table chats'])
    expect({ q, names: await found(portal, `q=${encodeURIComponent(q)}`) }).toEqual({ q, names: [] });
  expect(await found(portal, 'q=')).toHaveLength(2);
  expect((await portal.client.get(`${DIRECTORY}?q=club`)).body.total).toBe(2);
});

test('a new name, a new slug and a chat that closes or ends are in the next answer', async () => {
  await using portal = await testPortal();
  const owner = await portal.given.owner();
  const { id } = await portal.given.chat({ name: 'Cinema', visibility: 'public', slug: 'cinema' });
  const change = (body: object) => portal.as(owner).post(`/v1/admin/chats/${id}/update`, body);
  await change({ name: 'Theatre', slug: 'stage' });
  expect(await found(portal, 'q=cinema')).toEqual([]);
  expect(await found(portal, 'q=theatre')).toEqual(['Theatre']);
  expect(await found(portal, 'q=stage')).toEqual(['Theatre']);
  await change({ visibility: 'private' });
  expect(await found(portal, '')).toEqual([]);
  await change({ slug: 'again' });
  expect(await found(portal, 'q=again')).toEqual(['Theatre']);
  await portal.as(owner).post(`/v1/portal/chats/${id}/delete`);
  expect(await found(portal, '')).toEqual([]);
  expect((await portal.client.get(DIRECTORY)).body.total).toBe(0);
});

test('people in the room are counted as the chat’s own view counts them', async () => {
  await using portal = await testPortal();
  const chat = await portal.given.chat({ visibility: 'public' });
  for (const who of [chat.owner, await portal.given.person()]) await portal.given.speaker(chat, who);
  const { body } = await portal.client.get(DIRECTORY);
  expect(body.chats).toMatchObject([{ id: chat.id, running: false, viewer_count: 2 }]);
  const details = await portal.as(chat.owner).get(`/v1/portal/chats/${chat.id}`);
  expect(details.body).toMatchObject({ running: false, viewer_count: 2 });
});

test('whoever is banned from a public chat still sees that it is there, and cannot enter', async () => {
  await using portal = await testPortal();
  const chat = await portal.given.chat({ visibility: 'public', slug: 'cinema' });
  const eve = await portal.given.person();
  await portal.given.chatBan(chat, eve);
  expect((await portal.as(eve).get(DIRECTORY)).body.chats).toMatchObject([{ id: chat.id }]);
  const refused = { status: 403, body: { code: 'ERR_CHAT_BANNED' } };
  expect(await portal.as(eve).get(`/v1/portal/chats/${chat.id}`)).toMatchObject(refused);
  expect(await portal.as(eve).post('/v1/portal/resolve/cinema')).toMatchObject(refused);
});

test('a public chat outlives its owner’s subscription, and another one takes a new subscription', async () => {
  await using portal = await testPortal();
  const chat = await portal.given.chat({ name: 'Cinema', visibility: 'public', slug: 'cinema' });
  await portal.database.units.run('run out', ({ db }) => db.update(users).set({ subscriptionTier: 0 }).returning());
  const [owner, guest] = [portal.as(chat.owner), portal.as(await portal.given.person())];
  expect(await found(portal, 'q=cinema')).toEqual(['Cinema']);
  expect((await guest.post('/v1/portal/resolve/cinema')).body).toMatchObject({ joined: true, method: 'vanity' });
  expect((await owner.get(`/v1/portal/chats/${chat.id}`)).body.can_manage).toBe(true);
  const more = await owner.post('/v1/portal/chats', { name: 'Another' });
  expect(more).toMatchObject({ status: 403, body: { code: 'ERR_PREMIUM_REQUIRED' } });
  expect((await owner.post(`/v1/portal/chats/${chat.id}/delete`)).status).toBe(200);
  expect(await found(portal, '')).toEqual([]);
});

test('the public key opens it to a stranger as it does to anybody', async () => {
  await using portal = await testPortal();
  const key = { 'x-api-key': portal.modules.publicKey.current() };
  expect((await portal.browserOf(await portal.given.stranger()).get(DIRECTORY, key)).status).toBe(200);
});

test('the public key or a session opens it; a bot’s key, a stranger’s session and nothing do not', async () => {
  await using portal = await testPortal();
  expect((await portal.client.get(DIRECTORY)).status).toBe(200);
  expect((await portal.as(await portal.given.person()).get(DIRECTORY)).status).toBe(200);
  const { apiKey } = await portal.given.bot();
  for (const caller of [portal.nobody, portal.holding(apiKey)]) {
    const { status, body } = await caller.get(DIRECTORY);
    expect([status, body.chats]).toEqual([401, undefined]);
  }
  const stranger = portal.as(await portal.given.stranger());
  expect(await stranger.get(DIRECTORY)).toMatchObject({ status: 403, body: { code: 'ERR_ACCOUNT_REQUIRED' } });
});

test.each([
  ['limit=0', 'limit'],
  ['limit=101', 'limit'],
  ['limit=x', 'limit'],
  ['offset=-1', 'offset'],
  ['offset=1.5', 'offset'],
  [`q=${'x'.repeat(65)}`, 'q'],
  ['q=%00', 'q'],
  ['q=a%0Ab', 'q'],
])('?%s is refused for its %s', async (query, field) => {
  await using portal = await testPortal();
  const answer = await portal.client.get(`${DIRECTORY}?${query}`);
  expect(answer).toMatchObject({ status: 400, body: { code: 'ERR_VALIDATION', field } });
});
