import { describe, expect, test } from 'bun:test';
import { Level } from '../../src/core/principal.ts';
import { updateUser } from '../../src/modules/people/users/users.repository.ts';
import { users } from '../../src/modules/people/users/users.tables.ts';
import { type TestPortal, testPortal } from '../support/portal.ts';

type Found = { id: number; username: string };

async function named(portal: TestPortal, who: { token: string }, query: string): Promise<string[]> {
  const { status, body } = await portal.as(who).get(`/v1/users/search?${query}`);
  expect(status).toBe(200);
  return body.users.map(({ username }: Found) => username);
}

async function inhabited(names: string[]) {
  const portal = await testPortal();
  const people: { id: number; username: string; token: string }[] = [];
  for (const username of names) people.push(await portal.given.person({ username }));
  return { portal, people, me: people[0] as { id: number; username: string; token: string } };
}

describe('a search', () => {
  test('finds any part of a name, without regard to case, by id', async () => {
    const { portal, me } = await inhabited(['Lovelace', 'Grace_Hopper', 'Ada.Lovelace', 'Cloud']);
    await using _ = portal;
    expect(await named(portal, me, 'q=LOVE')).toEqual(['Lovelace', 'Ada.Lovelace']);
    expect(await named(portal, me, 'q=hop')).toEqual(['Grace_Hopper']);
    expect(await named(portal, me, 'q=ce_h')).toEqual(['Grace_Hopper']);
    expect(await named(portal, me, 'q=nobody')).toEqual([]);
  });

  test('by one or two characters finds names that begin so, by name', async () => {
    const { portal, me } = await inhabited(['grace', 'ada', 'alan', 'Ada2', 'Babbage']);
    await using _ = portal;
    expect(await named(portal, me, 'q=a')).toEqual(['ada', 'Ada2', 'alan']);
    expect(await named(portal, me, 'q=AD')).toEqual(['ada', 'Ada2']);
    expect(await named(portal, me, 'q=z')).toEqual([]);
  });

  test('without words gives everybody, by id', async () => {
    const { portal, me } = await inhabited(['grace', 'ada', 'alan']);
    await using _ = portal;
    expect(await named(portal, me, '')).toEqual(['grace', 'ada', 'alan']);
    expect(await named(portal, me, 'q=')).toEqual(['grace', 'ada', 'alan']);
  });

  test('for an id finds whose it is, first, and names with those digits', async () => {
    const { portal, me, people } = await inhabited(['ada', 'user2000', 'grace', 'two2']);
    await using _ = portal;
    const { id } = people[1] as Found;
    expect(await named(portal, me, `q=${id}`)).toEqual(['user2000']);
    const at = portal.timers.now();
    const times = { permissionSince: at, lastActivityAt: at, createdAt: at, updatedAt: at };
    const row = { id: 200, username: 'hundreds', usernameKey: 'hundreds', ...times };
    await portal.database.units.run('two hundred', ({ db }) => db.insert(users).values(row).returning());
    const first = await portal.as(me).get('/v1/users/search?q=200&limit=1');
    expect(first.body).toMatchObject({ total: 2, users: [{ username: 'hundreds' }] });
    expect(await named(portal, me, 'q=200&limit=1&offset=1')).toEqual(['user2000']);
    expect(await named(portal, me, 'q=200&limit=1&offset=2')).toEqual([]);
    expect(await named(portal, me, 'q=200')).toEqual(['hundreds', 'user2000']);
  });

  test('takes every character for itself', async () => {
    const { portal, me } = await inhabited(['a_b', 'axb', 'a.b', 'a-b-c', 'a_bb']);
    await using _ = portal;
    expect(await named(portal, me, 'q=a_b')).toEqual(['a_b', 'a_bb']);
    expect(await named(portal, me, 'q=a.b')).toEqual(['a.b']);
    for (const q of [
      '%25',
      '_',
      '%25%25%25',
      '___',
      '*',
      'a*b',
      '"',
      '""a',
      'a"b"c',
      "' or 1=1 --",
      'a OR b',
      'NEAR(a b)',
      '^a_',
      'user_names:a',
      '{}()',
      '(((',
      '😀',
      '😀😀😀',
    ])
      expect(await named(portal, me, `q=${encodeURIComponent(decodeURIComponent(q))}`)).toEqual([]);
  });

  test('gives back its page, and how many there are in all', async () => {
    const { portal, me } = await inhabited(Array.from({ length: 30 }, (_, index) => `person${index}`));
    await using _ = portal;
    const all = (await portal.as(me).get('/v1/users/search?q=person')).body;
    expect(all).toMatchObject({ total: 30, limit: 25, offset: 0 });
    expect(all.users).toHaveLength(25);
    const last = (await portal.as(me).get('/v1/users/search?q=person&offset=25&limit=100')).body;
    expect(last).toMatchObject({ total: 30, limit: 100, offset: 25 });
    expect(last.users).toHaveLength(5);
    expect(new Set([...all.users, ...last.users].map(({ id }: Found) => id)).size).toBe(30);
  });

  test.each([
    [`q=${'x'.repeat(51)}`, 'q'],
    ['q=%00abc', 'q'],
    ['q=%01', 'q'],
    ['offset=10001', 'offset'],
    ['offset=-1', 'offset'],
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['permission_level=4', 'permission_level'],
    ['subscription_tier=-1', 'subscription_tier'],
    ['state=3', 'state'],
    ['state=x', 'state'],
  ])('by ?%s is refused', async (query, field) => {
    await using portal = await testPortal();
    const admin = await portal.given.admin();
    const refused = await portal.as(admin).get(`/v1/users/search?${query}`);
    expect(refused).toMatchObject({ status: 400, body: { code: 'ERR_VALIDATION', field } });
  });
});

describe('who searches', () => {
  test('sees what everybody may see, Admins and above all that is on record', async () => {
    await using portal = await testPortal();
    const target = await portal.given.person({ username: 'target' });
    for (const who of [await portal.given.person(), await portal.given.moderator()]) {
      const { body } = await portal.as(who).get('/v1/users/search?q=target');
      expect(body.users).toEqual([{ id: target.id, username: 'target', avatar_url: null, subscription_tier: 0 }]);
    }
    for (const [who, sessions] of [
      [await portal.given.admin(), 0],
      [await portal.given.owner(), 1],
    ] as const) {
      const [found] = (await portal.as(who).get('/v1/users/search?q=target')).body.users;
      expect(found).toMatchObject({ id: target.id, state: 0, moderation_actions: [], chats: [], bots: [] });
      expect(found.session_history).toHaveLength(sessions);
    }
  });

  test('finds, as Admin, only those on whom they can act', async () => {
    await using portal = await testPortal();
    const ids: Record<number, number> = {};
    for (const level of [Level.User, Level.Moderator, Level.Admin, Level.Owner])
      ids[level] = (await portal.given.person({ username: `someone${level}`, level })).id;
    const searches = { admin: await portal.given.admin(), owner: await portal.given.owner() };
    expect(await named(portal, searches.admin, 'q=someone')).toEqual(['someone0', 'someone1']);
    expect(await named(portal, searches.admin, 'q=so')).toEqual(['someone0', 'someone1']);
    expect(await named(portal, searches.admin, `q=${ids[3]}`)).toEqual([]);
    expect(await named(portal, searches.admin, '')).toEqual(['someone0', 'someone1']);
    expect(await named(portal, searches.owner, 'q=someone')).toEqual(['someone0', 'someone1', 'someone2', 'someone3']);
    expect(await named(portal, await portal.given.person(), 'q=someone')).toHaveLength(4);
  });

  test('may filter as Admin or Owner, and as nobody else', async () => {
    await using portal = await testPortal();
    const owner = await portal.given.owner();
    const [ada, eve] = [
      await portal.given.person({ username: 'ada_x', premium: true }),
      await portal.given.person({ username: 'eve_x' }),
    ];
    await portal.given.person({ username: 'mod_x', level: Level.Moderator });
    await portal.database.units.run('state', ({ db }) => updateUser(db, eve.id, { state: 2 }));
    const filtered = (query: string) => named(portal, owner, query);
    expect(await filtered('subscription_tier=3')).toEqual(['ada_x']);
    expect(await filtered('state=2')).toEqual(['eve_x']);
    expect(await filtered('permission_level=1')).toEqual(['mod_x']);
    expect(await filtered('permission_level=0&state=0&subscription_tier=3')).toEqual(['ada_x']);
    expect(await filtered('q=_x&permission_level=0')).toEqual([]);
    expect(await filtered('q=e&state=2')).toEqual(['eve_x']);
    expect(await filtered('q=e&state=0')).toEqual([]);
    expect(await filtered('q=ada&subscription_tier=0')).toEqual([]);
    expect(await filtered(`q=${ada.id}&subscription_tier=3`)).toEqual(['ada_x']);
    expect(await filtered(`q=${ada.id}&state=2`)).toEqual([]);
    expect((await portal.as(owner).get('/v1/users/search?state=2&permission_level=0')).body.total).toBe(1);
    for (const who of [ada, await portal.given.moderator()])
      for (const filter of ['permission_level=0', 'subscription_tier=0', 'state=0'])
        expect(await portal.as(who).get(`/v1/users/search?${filter}`)).toMatchObject({
          status: 403,
          body: { code: 'ERR_FORBIDDEN' },
        });
  });
});

test('what is found is counted up to 10,100', async () => {
  await using portal = await testPortal();
  const me = await portal.given.person();
  const at = portal.timers.now();
  await portal.database.units.run('crowd', async ({ db }) => {
    for (let start = 0; start < 10_200; start += 600)
      await db
        .insert(users)
        .values(
          Array.from({ length: 600 }, (_, index) => {
            const username = `crowd${start + index}`;
            return {
              username,
              usernameKey: username,
              permissionSince: at,
              lastActivityAt: at,
              createdAt: at,
              updatedAt: at,
            };
          }),
        )
        .returning({ id: users.id });
  });
  const last = (await portal.as(me).get('/v1/users/search?q=crowd&offset=10000&limit=100')).body;
  expect(last.total).toBe(10_100);
  expect(last.users).toHaveLength(100);
});
