import { expect, test } from 'bun:test';
import { eq } from 'drizzle-orm';
import { HOUR_MS, SECOND_MS } from '../../src/core/durations.ts';
import { botCommandUses, bots } from '../../src/modules/people/bots/bots.tables.ts';
import { identities } from '../../src/modules/people/users/users.tables.ts';
import { type TestPortal, testPortal } from '../support/portal.ts';

const PUBLIC_FIELDS = [
  'avatar_url',
  'created_at',
  'groups',
  'id',
  'is_verified',
  'last_activity_at',
  'latency_ms',
  'name',
  'updated_at',
  'users',
];
const STAFF_FIELDS = ['bot_type', 'is_active', 'owner_id', 'platform', 'rate_limit_per_hour'];

const fieldsOf = (value: object) => Object.keys(value).toSorted(byName);
const byName = (a: string, b: string) => (a < b ? -1 : 1);

function change(portal: TestPortal, id: number, values: Partial<typeof bots.$inferInsert>) {
  return portal.database.units.run('given bot', ({ db }) =>
    db.update(bots).set(values).where(eq(bots.id, id)).returning({ id: bots.id }),
  );
}

async function register(portal: TestPortal, name: string, more: object = {}): Promise<number> {
  const owner = await portal.given.owner();
  const body = { name, owner_id: owner.id, platform: 'discord', ...more };
  const answer = await portal.as(owner).post('/v1/admin/bots', body);
  expect(answer.status).toBe(200);
  return answer.body.bot.id;
}

test('everybody sees the bots that are in service, without what is for the staff', async () => {
  await using portal = await testPortal();
  const first = await portal.given.bot();
  const second = await portal.given.bot('telegram');
  const off = await portal.given.bot();
  await change(portal, off.id, { isActive: false });
  const admin = await portal.given.admin();

  for (const viewer of [portal.client, portal.as(await portal.given.person())]) {
    const { status, body } = await viewer.get('/v1/bots');
    expect(status).toBe(200);
    expect(body.map(({ id }: { id: number }) => id)).toEqual([first.id, second.id]);
    expect(fieldsOf(body[0])).toEqual(PUBLIC_FIELDS);
    expect(fieldsOf((await viewer.get(`/v1/bots/${first.id}`)).body)).toEqual(PUBLIC_FIELDS);
    expect((await viewer.get(`/v1/bots/${off.id}`)).status).toBe(404);
  }
  expect((await portal.client.get('/v1/bots?offset=1&limit=1')).body).toMatchObject([{ id: second.id }]);
  expect(fieldsOf((await portal.as(admin).get(`/v1/bots/${first.id}`)).body)).toEqual(
    [...PUBLIC_FIELDS, ...STAFF_FIELDS].toSorted(byName),
  );
  expect((await portal.as(admin).get(`/v1/bots/${off.id}`)).body).toMatchObject({ id: off.id, is_active: false });
  expect((await portal.client.get('/v1/bots/999')).body).toMatchObject({ code: 'ERR_NOT_FOUND', error: 'No such bot' });
});

test('bots are found by part of their name, by type and by owner', async () => {
  await using portal = await testPortal();
  const keeper = await register(portal, 'Doorkeeper');
  const porter = await register(portal, 'The "Night" Porter');
  const umlaut = await register(portal, 'Türsteher');
  await change(portal, porter, { botType: 2 });
  const seeker = portal.as(await portal.given.person());
  const found = async (query: string) =>
    (await seeker.get(`/v1/bots/search?${query}`)).body.bots.map(({ id }: { id: number }) => id);

  expect(await found('q=KEEP')).toEqual([keeper]);
  expect(await found('q=t%22%20Po')).toEqual([porter]);
  expect(await found('q=%C3%9CRST')).toEqual([umlaut]);
  expect(await found('q=th')).toEqual([porter]);
  expect(await found('q=%25')).toEqual([]);
  expect(await found('q=%20')).toEqual([keeper, porter, umlaut]);
  expect(await found('bot_type=verified')).toEqual([porter]);
  expect(await found('bot_type=3&q=er')).toEqual([]);
  expect((await seeker.get('/v1/bots/search?limit=1&offset=1')).body).toMatchObject({
    bots: [{ id: porter }],
    total: 3,
    limit: 1,
    offset: 1,
  });

  const admin = await portal.given.admin();
  const owner = (await portal.as(admin).get(`/v1/bots/${keeper}`)).body.owner_id;
  expect((await portal.as(admin).get(`/v1/bots/search?owner=${owner}`)).body).toMatchObject({
    bots: [{ id: keeper, owner_id: owner }],
    total: 1,
  });
  expect(await seeker.get(`/v1/bots/search?owner=${owner}`)).toMatchObject({ status: 403 });
});

test('a renamed bot is found by its new name, a deleted one or one of a deleted owner not at all', async () => {
  await using portal = await testPortal();
  const owner = await portal.given.owner();
  const first = await register(portal, 'Old lantern', { owner_id: owner.id });
  const second = await register(portal, 'Copper lantern', { owner_id: owner.id });
  const admin = portal.as(owner);
  const names = async (q: string) =>
    (await admin.get(`/v1/bots/search?q=${q}`)).body.bots.map(({ name }: { name: string }) => name);

  await admin.post(`/v1/admin/bots/${first}/update`, { name: 'New lantern' });
  expect(await names('old%20lan')).toEqual([]);
  expect(await names('lantern')).toEqual(['New lantern', 'Copper lantern']);
  await admin.post(`/v1/admin/bots/${second}/delete`);
  expect(await names('lantern')).toEqual(['New lantern']);

  const mallory = await portal.given.person();
  await register(portal, 'Green lantern', { owner_id: mallory.id });
  expect(await names('lantern')).toEqual(['New lantern', 'Green lantern']);
  expect((await admin.post(`/v1/admin/users/${mallory.id}/delete`)).status).toBe(200);
  expect((await portal.client.get('/v1/bots')).body.map(({ name }: { name: string }) => name)).toEqual(['New lantern']);
  await portal.timers.advance(10 * SECOND_MS);
  expect(await names('lantern')).toEqual(['New lantern']);
});

test('a bot has no latency until it reports one, and then that one, to the fraction', async () => {
  await using portal = await testPortal();
  const { id, apiKey } = await portal.given.bot();
  const bot = portal.holding(apiKey);
  const latency = async () => (await portal.client.get(`/v1/bots/${id}`)).body.latency_ms;
  expect(await latency()).toBeNull();
  for (const latency_ms of [42.5, 45.2, 0, 10_000, 0.001]) {
    expect((await bot.post('/v1/bot/me/update', { latency_ms })).status).toBe(200);
    expect(await latency()).toBe(latency_ms);
  }
  for (const latency_ms of [-0.1, 10_000.1, '42', null]) {
    const answer = await bot.post('/v1/bot/me/update', { latency_ms, users: 9 });
    expect(answer).toMatchObject({ status: 400, body: { field: 'latency_ms' } });
  }
  expect((await bot.get('/v1/bot/me')).body).toMatchObject({ latency_ms: 0.001, users: 0 });
});

test('a bot sees itself and tells what it is called and where it is', async () => {
  await using portal = await testPortal();
  const { id, apiKey } = await portal.given.bot('discord', 500);
  const bot = portal.holding(apiKey);
  await portal.timers.advance(90 * SECOND_MS);

  const answer = await bot.post('/v1/bot/me/update', {
    name: '  Porter ',
    avatar_url: 'https://cdn.example.com/porter.png',
    group_ids: ['1', '2', '2'],
    users: 7,
    latency_ms: 42.5,
  });

  expect(answer).toMatchObject({
    status: 200,
    body: {
      message: 'Bot updated successfully',
      created_at: '2026-01-01T00:00:00.000Z',
      updated_at: '2026-01-01T00:01:30.000Z',
    },
  });
  expect((await bot.get('/v1/bot/me')).body).toEqual({
    id,
    name: 'Porter',
    platform: 'discord',
    groups: 2,
    users: 7,
    owner_id: expect.any(Number),
    bot_type: 3,
    is_active: true,
    rate_limit_per_hour: 500,
    avatar_url: 'https://cdn.example.com/porter.png',
    latency_ms: 42.5,
    is_verified: false,
    last_activity_at: '2026-01-01T00:01:30.000Z',
    created_at: '2026-01-01T00:00:00.000Z',
    updated_at: '2026-01-01T00:01:30.000Z',
  });
  const cleared = await bot.post('/v1/bot/me/update', { avatar_url: null, group_ids: [] });
  expect(cleared.status).toBe(200);
  expect((await bot.get('/v1/bot/me')).body).toMatchObject({ avatar_url: null, groups: 0, users: 7 });
});

test('a sign of life refreshes when the bot was last active, in the database at once', async () => {
  await using portal = await testPortal();
  const { id, apiKey } = await portal.given.bot();
  await portal.timers.advance(10 * SECOND_MS);
  expect((await portal.holding(apiKey).post('/v1/bot/me/update')).status).toBe(200);
  const [row] = await portal.database.read.select().from(bots).where(eq(bots.id, id));
  expect(row?.lastActivityAt).toBe(portal.timers.now());
});

test('any call is activity: seen at once, and written down with the next others', async () => {
  await using portal = await testPortal();
  const { id, apiKey } = await portal.given.bot();
  const stored = async () => (await portal.database.read.select().from(bots).where(eq(bots.id, id)))[0]?.lastActivityAt;

  const called = portal.timers.now();
  expect((await portal.holding(apiKey).get('/v1/bot/users/999')).status).toBe(404);

  expect((await portal.client.get(`/v1/bots/${id}`)).body.last_activity_at).toBe(new Date(called).toISOString());
  expect(await stored()).toBeNull();
  await portal.timers.advance(31 * SECOND_MS);
  expect(await stored()).toBe(called);
});

test('uses of commands are summed by command and day, in UTC', async () => {
  await using portal = await testPortal();
  const { id, apiKey } = await portal.given.bot();
  const use = (command: string, count: number, timestamp: string, more: object = {}) => ({
    command,
    count,
    timestamp,
    ...more,
  });
  const stored = () =>
    portal.database.read.select().from(botCommandUses).where(eq(botCommandUses.botId, id)).orderBy(botCommandUses.day);

  const first = await portal.holding(apiKey).post('/v1/bot/batch', {
    commands: [
      use('play', 2, '2026-01-01T23:59:59Z', { user_id: '1', group_id: 2 }),
      use('play', 3, '2026-01-02T01:00:00+02:00'),
      use('play', 1, '2026-01-02T00:00:00Z'),
    ],
  });
  await portal.holding(apiKey).post('/v1/bot/batch', { commands: [use('play', 10, '2026-01-01T12:00:00Z')] });

  expect(first.body).toEqual({
    message: 'Batch update processed successfully',
    created_at: '2026-01-01T00:00:00.000Z',
    updated_at: '2026-01-01T00:00:00.000Z',
  });
  expect(await stored()).toMatchObject([
    { day: '2026-01-01', command: 'play', uses: 15 },
    { day: '2026-01-02', command: 'play', uses: 1 },
  ]);
});

test('of a batch with one mistake nothing is counted, and a full batch fits', async () => {
  await using portal = await testPortal();
  const { apiKey } = await portal.given.bot();
  const bot = portal.holding(apiKey);
  const one = { command: 'x'.repeat(64), count: 1, user_id: '1'.repeat(20), timestamp: '2026-01-01T00:00:00.000Z' };
  const counted = () => portal.database.read.select().from(botCommandUses);

  const wrong = await bot.post('/v1/bot/batch', { commands: [one, { ...one, count: 0 }] });
  expect(wrong).toMatchObject({ status: 400, body: { code: 'ERR_VALIDATION', field: 'commands[1].count' } });
  expect(await counted()).toEqual([]);

  const many = Array.from({ length: 1000 }, (_, index) => ({ ...one, command: `${index}`.padEnd(64, '.') }));
  expect((await bot.post('/v1/bot/batch', { commands: many })).status).toBe(200);
  expect(await counted()).toHaveLength(1000);
  expect((await bot.post('/v1/bot/batch', { commands: [...many, one] })).body).toMatchObject({ field: 'commands' });
});

test('a bot reaches users of its own platform, and sees nothing of their others', async () => {
  await using portal = await testPortal();
  const { apiKey } = await portal.given.bot('discord');
  const bot = portal.holding(apiKey);
  const ada = await portal.given.person({ username: 'ada' });
  await portal.given.identity(ada, 'telegram', 't-1');
  const path = `/v1/bot/users/${ada.id}`;

  const other = { status: 403, body: { code: 'ERR_FORBIDDEN' } };
  expect(await bot.get(path)).toMatchObject(other);
  expect(await bot.post(`${path}/update`, { username: 'x' })).toMatchObject(other);
  await portal.given.identity(ada, 'discord', 'd-1');

  const { status, body } = await bot.get(path);
  expect(status).toBe(200);
  expect(body).toMatchObject({ id: ada.id, username: 'ada', permission_level: 0 });
  expect(body.linked_platforms).toMatchObject([{ platform: 'discord', platform_user_id: 'd-1' }]);
  expect(await bot.get('/v1/bot/users/999')).toMatchObject({ status: 404, body: { error: 'No such user' } });
  expect(await bot.post('/v1/bot/users/999/update', { username: 'x' })).toMatchObject({ status: 404 });
});

test('a bot tells what its platform calls a user now', async () => {
  await using portal = await testPortal();
  const { apiKey } = await portal.given.bot('discord');
  const ada = await portal.given.person({ username: 'ada' });
  await portal.given.identity(ada, 'telegram', 't-1');
  await portal.given.identity(ada, 'discord', 'd-1');
  const update = (body: object) => portal.holding(apiKey).post(`/v1/bot/users/${ada.id}/update`, body);

  const { status, body } = await update({ username: 'Ada L.', avatar_url: 'https://cdn.example.com/ada.png' });

  expect(status).toBe(200);
  expect(body).toMatchObject({
    username: 'ada',
    avatar_url: 'https://cdn.example.com/ada.png',
    linked_platforms: [{ platform_username: 'Ada L.', platform_avatar_url: 'https://cdn.example.com/ada.png' }],
  });
  const [telegram] = await portal.database.read.select().from(identities).where(eq(identities.platform, 'telegram'));
  expect(telegram).toMatchObject({ platformUsername: null, platformAvatarUrl: null });
  expect((await update({ avatar_url: null })).body).toMatchObject({
    avatar_url: null,
    linked_platforms: [{ platform_username: 'Ada L.', platform_avatar_url: null }],
  });
  expect(await update({})).toMatchObject({ status: 400, body: { code: 'ERR_BAD_REQUEST' } });
});

test('a bot’s calls of the hour are limited, whatever it calls, and come back within the hour', async () => {
  await using portal = await testPortal({ env: { PORTAL_LIMITS: 'on' } });
  const { apiKey } = await portal.given.bot('discord', 3);
  const other = await portal.given.bot('discord', 3);
  const bot = portal.holding(apiKey);
  const identity = { platform: 'discord', platform_user_id: '1', platform_username: 'ada' };

  expect((await bot.get('/v1/bot/me')).status).toBe(200);
  expect((await bot.post('/v1/authentication/bot/login-code', identity)).status).toBe(200);
  expect((await bot.post('/v1/bot/batch', { commands: [] })).status).toBe(400);
  const refused = await bot.post('/v1/authentication/bot/send-code', identity);

  expect(refused).toMatchObject({ status: 429, body: { code: 'ERR_BOT_RATE_LIMIT', retry_after: HOUR_MS / 1000 } });
  expect(refused.headers.get('retry-after')).toBe('3600');
  expect((await portal.holding(other.apiKey).get('/v1/bot/me')).status).toBe(200);
  await portal.timers.leap(HOUR_MS);
  expect((await bot.get('/v1/bot/me')).status).toBe(200);
});

test('besides its own limit a bot has that of its tier, by key and not by address', async () => {
  await using portal = await testPortal({ env: { PORTAL_LIMITS: 'on', PORTAL_LIMIT_BOT: '2' } });
  const { apiKey } = await portal.given.bot();
  const bot = portal.holding(apiKey);
  await bot.get('/v1/bot/me');
  await bot.from('203.0.113.7').get('/v1/bot/me');
  expect(await bot.from('203.0.113.8').get('/v1/bot/me')).toMatchObject({
    status: 429,
    body: { code: 'ERR_RATE_LIMITED' },
  });
});

test('the key of a bot that is switched off, of one deleted, or the one before the last opens nothing', async () => {
  await using portal = await testPortal();
  const owner = portal.as(await portal.given.owner());
  const { id, apiKey } = await portal.given.bot();
  const status = async (key: string) => (await portal.holding(key).get('/v1/bot/me')).status;

  await owner.post(`/v1/admin/bots/${id}/update`, { is_active: false });
  expect(await status(apiKey)).toBe(401);
  await owner.post(`/v1/admin/bots/${id}/update`, { is_active: true });
  expect(await status(apiKey)).toBe(200);
  const { body } = await owner.post(`/v1/admin/bots/${id}/regenerate-key`);
  expect([await status(apiKey), await status(body.api_key)]).toEqual([401, 200]);
  await owner.post(`/v1/admin/bots/${id}/delete`);
  expect(await status(body.api_key)).toBe(401);
});

test('a bot’s key is for bots’ calls alone, and nothing else opens those', async () => {
  await using portal = await testPortal();
  const { apiKey } = await portal.given.bot();
  for (const path of ['/v1/users/me', '/v1/bots/search', '/v1/admin/bots', '/v1/bots', '/v1/statistics/bots']) {
    expect({ path, status: (await portal.holding(apiKey).get(path)).status }).toEqual({ path, status: 401 });
  }
  const owner = await portal.given.owner();
  const callers = [portal.nobody, portal.client, portal.as(owner), portal.as(await portal.given.stranger())];
  for (const caller of callers) {
    for (const path of ['/v1/bot/me', '/v1/bot/users/1']) expect((await caller.get(path)).status).toBe(401);
    for (const path of ['/v1/bot/me/update', '/v1/bot/batch', '/v1/bot/users/1/update'])
      expect((await caller.post(path, {})).status).toBe(401);
  }
});

test('looking for bots takes an account', async () => {
  await using portal = await testPortal();
  expect((await portal.nobody.get('/v1/bots')).status).toBe(401);
  expect((await portal.nobody.get('/v1/bots/1')).status).toBe(401);
  expect((await portal.client.get('/v1/bots/search')).status).toBe(401);
  expect((await portal.as(await portal.given.stranger()).get('/v1/bots/search')).status).toBe(403);
});

test.each([
  ['/v1/bots?limit=0', 'limit'],
  ['/v1/bots?limit=101', 'limit'],
  ['/v1/bots?offset=-1', 'offset'],
  ['/v1/bots/x', 'bot_id'],
  ['/v1/bots/0', 'bot_id'],
  [`/v1/bots/search?q=${'x'.repeat(51)}`, 'q'],
  ['/v1/bots/search?q=a%00b', 'q'],
  ['/v1/bots/search?owner=ada', 'owner'],
  ['/v1/bots/search?bot_type=4', 'bot_type'],
  ['/v1/bots/search?offset=10001', 'offset'],
  ['/v1/bots/search?limit=1e2', 'limit'],
])('GET %s is refused for its %s', async (path, field) => {
  await using portal = await testPortal();
  const answer = await portal.as(await portal.given.person()).get(path);
  expect(answer).toMatchObject({ status: 400, body: { code: 'ERR_VALIDATION', field } });
});

const use = { command: 'play', count: 1, timestamp: '2026-01-01T00:00:00Z' };

test.each<[string, object, string]>([
  ['me/update', { name: 'x' }, 'name'],
  ['me/update', { name: ' x ' }, 'name'],
  ['me/update', { name: 'x'.repeat(33) }, 'name'],
  ['me/update', { avatar_url: 'ftp://example.com/x.png' }, 'avatar_url'],
  ['me/update', { avatar_url: `https://example.com/${'x'.repeat(2048)}` }, 'avatar_url'],
  ['me/update', { group_ids: 'all' }, 'group_ids'],
  ['me/update', { group_ids: [1] }, 'group_ids[0]'],
  ['me/update', { users: -1 }, 'users'],
  ['me/update', { users: 1.5 }, 'users'],
  ['me/update', { latency_ms: 10_001 }, 'latency_ms'],
  ['batch', {}, 'commands'],
  ['batch', { commands: [] }, 'commands'],
  ['batch', { commands: [{ ...use, command: '' }] }, 'commands[0].command'],
  ['batch', { commands: [{ ...use, command: 'x'.repeat(65) }] }, 'commands[0].command'],
  ['batch', { commands: [{ ...use, count: 1.5 }] }, 'commands[0].count'],
  ['batch', { commands: [{ ...use, timestamp: 'yesterday' }] }, 'commands[0].timestamp'],
  ['batch', { commands: [{ ...use, timestamp: '2026-13-01T00:00:00Z' }] }, 'commands[0].timestamp'],
  ['batch', { commands: [{ command: 'play', count: 1 }] }, 'commands[0].timestamp'],
  ['users/1/update', { username: '' }, 'username'],
  ['users/1/update', { avatar_url: 'x' }, 'avatar_url'],
  ['users/x/update', { username: 'ada' }, 'user_id'],
])('POST /v1/bot/%s with %j is refused for its %s', async (path, body, field) => {
  await using portal = await testPortal();
  const { apiKey } = await portal.given.bot();
  const answer = await portal.holding(apiKey).post(`/v1/bot/${path}`, body);
  expect(answer).toMatchObject({ status: 400, body: { code: 'ERR_VALIDATION', field } });
});

test('searching 20,000 bots is the work of an index', async () => {
  await using portal = await testPortal();
  const owner = await portal.given.owner();
  await portal.database.units.run('given bots', async ({ db }) => {
    for (let start = 0; start < 20_000; start += 1000) {
      const rows = Array.from({ length: 1000 }, (_, index) => {
        const name = `Bot number ${start + index}`;
        const key = { nameKey: name.toLowerCase(), keyHash: `${start + index}` };
        return { name, ...key, ownerId: owner.id, platform: 'x', rateLimitPerHour: 1, createdAt: 0, updatedAt: 0 };
      });
      await db.insert(bots).values(rows).returning({ id: bots.id });
    }
  });
  // Closing the portal refuses statements that walk through a table.
  expect((await portal.as(owner).get('/v1/bots/search?q=1234')).body.total).toBe(12);
});
