import { describe, expect, test } from 'bun:test';
import { DAY_MS } from '../../src/core/durations.ts';
import { CONSOLE, Level } from '../../src/core/principal.ts';
import { type PunishmentType, punishments } from '../../src/modules/people/sanctions/sanctions.tables.ts';
import { subscriptionChanges } from '../../src/modules/people/subscriptions/subscriptions.tables.ts';
import { updateUser } from '../../src/modules/people/users/users.repository.ts';
import { type TestPortal, testPortal } from '../support/portal.ts';

const PUBLIC = ['avatar_url', 'id', 'subscription_tier', 'username'];
const RECORDS = [
  'bots',
  'chats',
  'moderation_actions',
  'permission_history',
  'session_history',
  'subscription_history',
] as const;

async function punish(portal: TestPortal, { id: userId }: { id: number }, actionType: PunishmentType, reason: string) {
  const row = { userId, actionType, reason, createdAt: portal.timers.now() };
  await portal.database.units.run('punish', ({ db }) => db.insert(punishments).values(row).returning());
}

describe('one’s own', () => {
  test('chats are the group chats that one owns', async () => {
    await using portal = await testPortal();
    const ada = await portal.given.premium();
    const other = await portal.given.chat();
    await portal.given.member(other, ada);
    const chat = await portal.given.chat({ owner: ada, name: 'Mine', visibility: 'public' });
    expect(await portal.as(ada).get('/v1/users/me/chats')).toMatchObject({
      status: 200,
      body: [
        {
          id: chat.id,
          name: 'Mine',
          is_public: true,
          visibility: 'public',
          created_at: '2026-01-01T00:00:00.000Z',
        },
      ],
    });
    await portal.as(ada).post(`/v1/portal/chats/${chat.id}/delete`);
    expect((await portal.as(ada).get('/v1/users/me/chats')).body).toEqual([]);
  });

  test('a subscription that the account began with is in its history', async () => {
    await using portal = await testPortal();
    const ada = await portal.given.premium();
    const { body } = await portal.as(ada).get('/v1/users/me/subscription');
    expect(body).toMatchObject({
      subscription_tier: 3,
      history: [{ old_tier: 0, new_tier: 3, granted_by_id: null, created_at: '2026-01-01T00:00:00.000Z' }],
    });
  });

  test('subscription comes with its history, newest first', async () => {
    await using portal = await testPortal();
    const ada = await portal.given.person();
    const nothing = await portal.as(ada).get('/v1/users/me/subscription');
    expect(nothing.body).toEqual({
      subscription_tier: 0,
      expires_at: null,
      is_active: false,
      history: [],
      created_at: '2026-01-01T00:00:00.000Z',
      updated_at: '2026-01-01T00:00:00.000Z',
    });
    await portal.timers.advance(1000);
    const now = portal.timers.now();
    await portal.database.units.run('grant', async ({ db }) => {
      await updateUser(db, ada.id, { subscriptionTier: 2, subscriptionExpiresAt: now + DAY_MS });
      for (const [oldTier, newTier] of [
        [0, 1],
        [1, 2],
      ] as const) {
        const row = { userId: ada.id, oldTier, newTier, reason: null, grantedById: null, createdAt: now };
        await db.insert(subscriptionChanges).values(row).returning();
      }
    });
    const { body } = await portal.as(ada).get('/v1/users/me/subscription');
    expect(body).toMatchObject({
      subscription_tier: 2,
      expires_at: '2026-01-02T00:00:01.000Z',
      is_active: true,
      updated_at: '2026-01-01T00:00:01.000Z',
    });
    expect(body.history).toEqual([
      expect.objectContaining({ id: 2, old_tier: 1, new_tier: 2, reason: null, granted_by_id: null }),
      expect.objectContaining({ id: 1, old_tier: 0, new_tier: 1, created_at: '2026-01-01T00:00:01.000Z' }),
    ]);
    portal.timers.jump(DAY_MS);
    expect((await portal.as(ada).get('/v1/users/me/subscription')).body.is_active).toBe(false);
  });

  test('punishments come newest first, page by page, and nobody else’s', async () => {
    await using portal = await testPortal();
    const [ada, eve] = [await portal.given.person(), await portal.given.person()];
    for (const reason of ['one', 'two', 'three']) await punish(portal, ada, 'PLATFORM_WARNING', reason);
    await punish(portal, eve, 'CHAT_KICK', 'other');
    const reasons = async (query: string) =>
      (await portal.as(ada).get(`/v1/users/me/punishments${query}`)).body.map((one: { reason: string }) => one.reason);
    expect(await reasons('')).toEqual(['three', 'two', 'one']);
    expect(await reasons('?limit=1&offset=1')).toEqual(['two']);
    const [first] = (await portal.as(eve).get('/v1/users/me/punishments')).body;
    expect(first).toEqual({
      id: 4,
      action_type: 'CHAT_KICK',
      reason: 'other',
      is_lifted: false,
      expires_at: null,
      lifted_at: null,
      created_at: '2026-01-01T00:00:00.000Z',
    });
  });

  test.each([
    ['offset=-1', 'offset'],
    ['offset=x', 'offset'],
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['limit=1.5', 'limit'],
  ])('punishments by ?%s are refused', async (query, field) => {
    await using portal = await testPortal();
    const ada = await portal.given.person();
    const refused = await portal.as(ada).get(`/v1/users/me/punishments?${query}`);
    expect(refused).toMatchObject({ status: 400, body: { code: 'ERR_VALIDATION', field } });
  });
});

describe('somebody else', () => {
  test('is seen by everybody with four fields', async () => {
    await using portal = await testPortal();
    const ada = await portal.given.premium('Ada');
    const callers = [portal.client, portal.as(await portal.given.person()), portal.as(await portal.given.moderator())];
    for (const caller of callers) {
      const { status, body } = await caller.get(`/v1/users/${ada.id}`);
      expect(status).toBe(200);
      expect(body).toEqual({ id: ada.id, username: 'Ada', avatar_url: null, subscription_tier: 3 });
    }
    const named = await portal.as(await portal.given.person()).get('/v1/users/profile/aDA');
    expect(named.body).toEqual({ id: ada.id, username: 'Ada', avatar_url: null, subscription_tier: 3 });
  });

  test('is 404 when there is nobody', async () => {
    await using portal = await testPortal();
    const ada = await portal.given.person();
    for (const path of ['/v1/users/4711', '/v1/users/profile/nobody'])
      expect(await portal.as(ada).get(path)).toMatchObject({ status: 404, body: { code: 'ERR_NOT_FOUND' } });
    for (const id of ['0', '-1', 'x', '1.5', '9007199254740992'])
      expect(await portal.client.get(`/v1/users/${id}`)).toMatchObject({ status: 400, body: { field: 'user_id' } });
  });

  test('is seen by Admins and above with all that is on record, if they may act on them', async () => {
    await using portal = await testPortal();
    const people = {
      user: await portal.given.premium(),
      moderator: await portal.given.moderator(),
      admin: await portal.given.admin(),
      owner: await portal.given.owner(),
    };
    const full = async (viewer: keyof typeof people, target: { id: number }) =>
      'state' in (await portal.as(people[viewer]).get(`/v1/users/${target.id}`)).body;
    const table: Record<string, string> = {};
    for (const viewer of ['user', 'moderator', 'admin', 'owner'] as const) {
      const seen: string[] = [];
      for (const level of [Level.User, Level.Moderator, Level.Admin, Level.Owner])
        seen.push((await full(viewer, await portal.given.person({ level }))) ? 'x' : '-');
      table[viewer] = seen.join('');
      expect(await full(viewer, people[viewer])).toBe(true);
    }
    expect(table).toEqual({ user: '----', moderator: '----', admin: 'xx--', owner: 'xxxx' });
  });

  test('holds what was promised, and sessions for Owners alone', async () => {
    await using portal = await testPortal();
    const [admin, owner] = [await portal.given.admin(), await portal.given.owner()];
    const eve = await portal.given.premium('eve');
    const chat = await portal.given.chat({ owner: eve });
    const bot = { name: 'Helper', platform: 'discord', owner_id: eve.id };
    await portal.modules.botManagement.register(CONSOLE, bot);
    await portal.given.identity(eve, 'discord', '42');
    await punish(portal, eve, 'PLATFORM_WARNING', 'Spam');
    await portal.modules.accountLevels.set(CONSOLE, eve.id, Level.Moderator);

    const { body } = await portal.as(admin).get(`/v1/users/${eve.id}`);

    expect(Object.keys(body)).toEqual(expect.arrayContaining([...PUBLIC, ...RECORDS]));
    expect(body).toMatchObject({
      permission_level: 1,
      linked_platforms: [{ platform: 'discord', platform_user_id: '42' }],
      moderation_actions: [{ action_type: 'PLATFORM_WARNING', reason: 'Spam' }],
      chats: [{ id: chat.id, visibility: 'private' }],
      bots: [{ name: 'Helper', owner_id: eve.id }],
      subscription_history: [{ old_tier: 0, new_tier: 3, reason: null, granted_by_id: null }],
      permission_since: '2026-01-01T00:00:00.000Z',
      permission_history: [{ old_level: 0, new_level: 1, changed_by_id: null }],
      session_history: [],
    });
    expect(JSON.stringify(body)).not.toMatch(/hbot_|key_hash|token_hash/);
    const seen = (await portal.as(owner).get('/v1/users/profile/eve')).body;
    expect(seen.session_history).toEqual([
      {
        token_suffix: eve.token.slice(-6),
        created_at: '2026-01-01T00:00:00.000Z',
        client_ip: '127.0.0.1',
        user_agent: 'test',
        geo: null,
      },
    ]);
    const own = (await portal.as(eve).get(`/v1/users/${eve.id}`)).body;
    expect(own).toEqual({ ...body, last_activity_at: own.last_activity_at });
  });
});

test('with the public key and a session, an Admin sees as an Admin; a session that has ended leaves what the key opens', async () => {
  await using portal = await testPortal();
  const grace = await portal.given.person();
  const admin = await portal.given.admin();
  const key = { 'x-api-key': portal.modules.publicKey.current() };
  const full = await portal.as(admin).get(`/v1/users/${grace.id}`, key);
  expect(full.body).toHaveProperty('moderation_actions');
  await portal.as(admin).post('/v1/authentication/logout');
  const plain = await portal.as(admin).get(`/v1/users/${grace.id}`, key);
  expect(plain.status).toBe(200);
  expect(plain.body).not.toHaveProperty('moderation_actions');
});
