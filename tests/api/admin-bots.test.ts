import { expect, test } from 'bun:test';
import { auditLog } from '../../src/modules/people/audit/audit.tables.ts';
import { botCommandUses } from '../../src/modules/people/bots/bots.tables.ts';
import type { Person } from '../support/given.ts';
import { type TestPortal, testPortal } from '../support/portal.ts';

/** What was written about bots since they were registered. */
async function audited(portal: TestPortal) {
  const rows = await portal.database.read.select().from(auditLog);
  return rows
    .filter(({ entityType, eventType }) => entityType === 'bot' && eventType !== 'BOT_REGISTER')
    .map(({ eventType, entityId, actorId, eventMetadata }) => ({ eventType, entityId, actorId, eventMetadata }));
}

async function botOf(portal: TestPortal, owner: Person): Promise<{ id: number; apiKey: string }> {
  const body = { name: 'Porter', owner_id: owner.id, platform: 'discord', rate_limit_per_hour: 50 };
  const answer = await portal.as(await portal.given.owner()).post('/v1/admin/bots', body);
  expect(answer.status).toBe(200);
  return { id: answer.body.bot.id, apiKey: answer.body.api_key };
}

test('Admins list all bots with everything, page by page, those switched off too', async () => {
  await using portal = await testPortal();
  const admin = portal.as(await portal.given.admin());
  const first = await portal.given.bot();
  const second = await portal.given.bot('telegram', 7);
  await admin.post(`/v1/admin/bots/${first.id}/update`, { is_active: false });

  const { status, body } = await admin.get('/v1/admin/bots');

  expect(status).toBe(200);
  expect(body).toEqual([
    expect.objectContaining({ id: first.id, platform: 'discord', is_active: false, bot_type: 3 }),
    expect.objectContaining({ id: second.id, platform: 'telegram', is_active: true, rate_limit_per_hour: 7 }),
  ]);
  expect(JSON.stringify(body)).not.toMatch(/key/i);
  expect((await admin.get('/v1/admin/bots?offset=1&limit=1')).body).toMatchObject([{ id: second.id }]);
});

test('each field of a bot can be changed, and the log says what changed and nothing else', async () => {
  await using portal = await testPortal();
  const acting = await portal.given.admin();
  const admin = portal.as(acting);
  const { id } = await portal.given.bot('discord', 1000);
  const heir = await portal.given.person();
  const before = (await admin.get(`/v1/bots/${id}`)).body;
  await portal.timers.advance(1000);

  const change = { name: ' Night porter ', owner_id: heir.id, rate_limit_per_hour: 20, is_active: false };
  const answer = await admin.post(`/v1/admin/bots/${id}/update`, change);

  expect(answer).toMatchObject({ status: 200, body: { message: `Bot ${id} updated` } });
  expect((await admin.get(`/v1/bots/${id}`)).body).toEqual({
    ...before,
    ...change,
    name: 'Night porter',
    updated_at: '2026-01-01T00:00:01.000Z',
  });
  expect(await audited(portal)).toEqual([
    {
      eventType: 'BOT_UPDATE',
      entityId: String(id),
      actorId: acting.id,
      eventMetadata: {
        name: { from: 'Doorkeeper', to: 'Night porter' },
        owner_id: { from: before.owner_id, to: heir.id },
        rate_limit_per_hour: { from: 1000, to: 20 },
        is_active: { from: true, to: false },
      },
    },
  ]);
});

test('becoming verified, and no longer being it, are entries of their own', async () => {
  await using portal = await testPortal();
  const admin = portal.as(await portal.given.admin());
  const { id } = await portal.given.bot();
  const update = (body: object) => admin.post(`/v1/admin/bots/${id}/update`, body);
  const isVerified = async () => (await portal.client.get(`/v1/bots/${id}`)).body.is_verified;

  await update({ bot_type: 'verified', name: 'Porter' });
  expect(await isVerified()).toBe(true);
  await update({ bot_type: 'official' });
  expect(await isVerified()).toBe(true);
  await update({ bot_type: 'community' });
  expect(await isVerified()).toBe(false);

  expect((await audited(portal)).map(({ eventType, eventMetadata }) => [eventType, eventMetadata])).toEqual([
    ['BOT_VERIFY', { name: 'Porter', bot_type: { from: 3, to: 2 } }],
    ['BOT_UPDATE', { name: { from: 'Doorkeeper', to: 'Porter' } }],
    ['BOT_UPDATE', { bot_type: { from: 2, to: 1 } }],
    ['BOT_UNVERIFY', { name: 'Porter', bot_type: { from: 1, to: 3 } }],
  ]);
});

test('a change that changes nothing is done, and is no entry; no field at all is a mistake', async () => {
  await using portal = await testPortal();
  const admin = portal.as(await portal.given.admin());
  const { id } = await portal.given.bot('discord', 9);
  await portal.timers.advance(1000);
  const same = await admin.post(`/v1/admin/bots/${id}/update`, { rate_limit_per_hour: 9, bot_type: 'community' });
  expect(same.status).toBe(200);
  expect((await admin.get(`/v1/bots/${id}`)).body.updated_at).toBe('2026-01-01T00:00:00.000Z');
  const none = { status: 400, body: { code: 'ERR_BAD_REQUEST', error: 'Name at least one field to change' } };
  expect(await admin.post(`/v1/admin/bots/${id}/update`, {})).toMatchObject(none);
  expect(await admin.post(`/v1/admin/bots/${id}/update`, { platform: 'irc' })).toMatchObject(none);
  expect(await audited(portal)).toEqual([]);
});

test('a new limit holds at the next call', async () => {
  await using portal = await testPortal({ env: { PORTAL_LIMITS: 'on' } });
  const admin = portal.as(await portal.given.admin());
  const { id, apiKey } = await portal.given.bot('discord', 2);
  const status = async () => (await portal.holding(apiKey).get('/v1/bot/me')).status;
  expect([await status(), await status(), await status()]).toEqual([200, 200, 429]);
  await admin.post(`/v1/admin/bots/${id}/update`, { rate_limit_per_hour: 3 });
  expect([await status(), await status()]).toEqual([200, 429]);
});

test('a new key is in the answer, and nowhere else', async () => {
  await using portal = await testPortal();
  const acting = await portal.given.admin();
  const { id, apiKey } = await portal.given.bot();

  const { status, body } = await portal.as(acting).post(`/v1/admin/bots/${id}/regenerate-key`);

  const key: string = body.api_key;

  expect(status).toBe(200);
  expect(body).toMatchObject({
    message: 'API key regenerated for bot Doorkeeper',
    api_key: expect.stringMatching(/^hbot_[0-9A-Za-z]{38}$/),
    bot: { id },
    created_at: expect.any(String),
    updated_at: expect.any(String),
  });
  expect(key).not.toBe(apiKey);
  const entries = await audited(portal);
  expect(entries).toMatchObject([{ eventType: 'BOT_KEY_REGENERATE', entityId: String(id), actorId: acting.id }]);
  expect(JSON.stringify(entries)).not.toContain(key);
  expect(JSON.stringify((await portal.as(acting).get('/v1/admin/bots')).body)).not.toContain(key);
});

test('the figures of a bot can be set to nothing, and its latency is unknown again', async () => {
  await using portal = await testPortal();
  const admin = portal.as(await portal.given.admin());
  const { id, apiKey } = await portal.given.bot();
  await portal.holding(apiKey).post('/v1/bot/me/update', { group_ids: ['1'], users: 5, latency_ms: 9 });

  const answer = await admin.post(`/v1/admin/bots/${id}/reset-stats`);

  expect(answer).toMatchObject({ status: 200, body: { message: `Bot ${id} stats reset` } });
  expect((await portal.client.get(`/v1/bots/${id}`)).body).toMatchObject({ groups: 0, users: 0, latency_ms: null });
  expect(await audited(portal)).toMatchObject([
    { eventType: 'BOT_STATS_RESET', eventMetadata: { groups: 1, users: 5, latency_ms: 9 } },
  ]);
});

test('with a bot go its statistics, and not what the log says of it', async () => {
  await using portal = await testPortal();
  const admin = portal.as(await portal.given.admin());
  const { id, apiKey } = await portal.given.bot();
  const commands = [{ command: 'play', count: 1, timestamp: '2026-01-01T00:00:00Z' }];
  await portal.holding(apiKey).post('/v1/bot/batch', { commands });

  const answer = await admin.post(`/v1/admin/bots/${id}/delete`);

  expect(answer).toMatchObject({ status: 200, body: { message: `Bot ${id} deleted` } });
  expect((await admin.get(`/v1/bots/${id}`)).status).toBe(404);
  expect(await portal.database.read.select().from(botCommandUses)).toEqual([]);
  expect(await audited(portal)).toMatchObject([{ eventType: 'BOT_DELETE', eventMetadata: { name: 'Doorkeeper' } }]);
  const again = await admin.post(`/v1/admin/bots/${id}/delete`);
  expect(again).toMatchObject({ status: 404, body: { error: 'No such bot' } });
  expect((await portal.given.bot()).id).toBeGreaterThan(id);
});

test('who may not act for a bot’s owner changes nothing of the bot', async () => {
  await using portal = await testPortal();
  const admin = portal.as(await portal.given.admin());
  for (const owner of [await portal.given.admin(), await portal.given.owner()]) {
    const { id, apiKey } = await botOf(portal, owner);
    const before = (await admin.get(`/v1/bots/${id}`)).body;
    for (const [act, body] of [
      ['update', { name: 'Mine' }],
      ['regenerate-key'],
      ['reset-stats'],
      ['delete'],
    ] as const) {
      const answer = await admin.post(`/v1/admin/bots/${id}/${act}`, body);
      expect(answer).toMatchObject({ status: 403, body: { code: 'ERR_FORBIDDEN' } });
    }
    expect((await admin.get(`/v1/bots/${id}`)).body).toEqual(before);
    expect((await portal.holding(apiKey).get('/v1/bot/me')).status).toBe(200);
  }
  expect(await audited(portal)).toEqual([]);
});

test('a bot is handed on only to whom one may act for, oneself among them', async () => {
  await using portal = await testPortal();
  const acting = await portal.given.admin();
  const admin = portal.as(acting);
  const { id } = await portal.given.bot();
  const give = (owner_id: number) => admin.post(`/v1/admin/bots/${id}/update`, { owner_id });
  for (const other of [await portal.given.admin(), await portal.given.owner()]) {
    expect((await give(other.id)).status).toBe(403);
  }
  expect(await give(999)).toMatchObject({ status: 404, body: { error: 'No such user' } });
  expect((await give(acting.id)).status).toBe(200);
  expect((await admin.post(`/v1/admin/bots/${id}/update`, { name: 'My own' })).status).toBe(200);
});

test('Owners act on each other’s bots', async () => {
  await using portal = await testPortal();
  const { id } = await botOf(portal, await portal.given.owner());
  const answer = await portal.as(await portal.given.owner()).post(`/v1/admin/bots/${id}/delete`);
  expect(answer.status).toBe(200);
});

test('nobody below an Admin gets near', async () => {
  await using portal = await testPortal();
  const { id, apiKey } = await portal.given.bot();
  const paths = ['', ...['update', 'regenerate-key', 'reset-stats', 'delete'].map((act) => `/${id}/${act}`)];
  const callers = {
    nobody: [portal.nobody, 401],
    client: [portal.client, 401],
    bot: [portal.holding(apiKey), 401],
    stranger: [portal.as(await portal.given.stranger()), 403],
    user: [portal.as(await portal.given.person()), 403],
    moderator: [portal.as(await portal.given.moderator()), 403],
  } as const;
  for (const [who, [caller, status]] of Object.entries(callers)) {
    expect({ who, status: (await caller.get('/v1/admin/bots')).status }).toEqual({ who, status });
    for (const path of paths) {
      const answer = await caller.post(`/v1/admin/bots${path}`, { name: 5 });
      expect({ who, path, status: answer.status }).toEqual({ who, path, status });
    }
  }
  expect(await audited(portal)).toEqual([]);
});

test.each<[string, object, string]>([
  ['1/update', { name: 'x' }, 'name'],
  ['1/update', { name: 'x'.repeat(33) }, 'name'],
  ['1/update', { owner_id: 0 }, 'owner_id'],
  ['1/update', { rate_limit_per_hour: 0 }, 'rate_limit_per_hour'],
  ['1/update', { rate_limit_per_hour: 100_001 }, 'rate_limit_per_hour'],
  ['1/update', { bot_type: 2 }, 'bot_type'],
  ['1/update', { bot_type: 'Official' }, 'bot_type'],
  ['1/update', { is_active: 'no' }, 'is_active'],
  ['x/update', { name: 'Porter' }, 'bot_id'],
  ['0/delete', {}, 'bot_id'],
  ['1e1/regenerate-key', {}, 'bot_id'],
  ['-1/reset-stats', {}, 'bot_id'],
])('POST /v1/admin/bots/%s with %j is refused for its %s', async (path, body, field) => {
  await using portal = await testPortal();
  await portal.given.bot();
  const answer = await portal.as(await portal.given.owner()).post(`/v1/admin/bots/${path}`, body);
  expect(answer).toMatchObject({ status: 400, body: { code: 'ERR_VALIDATION', field } });
});

test.each([
  ['limit=26', 'limit'],
  ['limit=0', 'limit'],
  ['offset=-1', 'offset'],
])('GET /v1/admin/bots?%s is refused for its %s', async (query, field) => {
  await using portal = await testPortal();
  const answer = await portal.as(await portal.given.admin()).get(`/v1/admin/bots?${query}`);
  expect(answer).toMatchObject({ status: 400, body: { code: 'ERR_VALIDATION', field } });
});
