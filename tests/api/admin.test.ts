import { describe, expect, test } from 'bun:test';
import { desc } from 'drizzle-orm';
import { auditLog } from '../../src/modules/people/audit/audit.tables.ts';
import { bots } from '../../src/modules/people/bots/bots.tables.ts';
import { testPortal } from '../support/portal.ts';

const BOTS = '/v1/admin/bots';
const IDENTITY = { platform: 'discord', platform_user_id: '1', platform_username: 'x' };

describe('registering a bot', () => {
  test('gives the whole bot and its key, once, and is written down without the key', async () => {
    await using portal = await testPortal();
    const [admin, owner] = [await portal.given.admin(), await portal.given.person()];

    const answer = await portal.as(admin).post(BOTS, { name: ' Doorkeeper ', owner_id: owner.id, platform: 'discord' });

    expect(answer.status).toBe(200);
    const time = '2026-01-01T00:00:00.000Z';
    expect(answer.body).toEqual({
      message: 'Bot registered successfully',
      bot: {
        id: expect.any(Number),
        name: 'Doorkeeper',
        platform: 'discord',
        groups: 0,
        users: 0,
        owner_id: owner.id,
        bot_type: 3,
        is_active: true,
        rate_limit_per_hour: 1000,
        avatar_url: null,
        latency_ms: null,
        is_verified: false,
        last_activity_at: null,
        created_at: time,
        updated_at: time,
      },
      api_key: expect.stringMatching(/^hbot_[0-9A-Za-z]{38}$/),
      created_at: time,
      updated_at: time,
    });
    const bot = portal.holding(answer.body.api_key);
    expect((await bot.post('/v1/authentication/bot/login-code', IDENTITY)).status).toBe(200);
    const [entry] = await portal.database.read.select().from(auditLog).orderBy(desc(auditLog.id)).limit(1);
    expect(entry).toMatchObject({ eventType: 'BOT_REGISTER', entityId: String(answer.body.bot.id), actorId: admin.id });
    expect(JSON.stringify(entry)).not.toContain(answer.body.api_key);
  });

  test('takes its limit an hour', async () => {
    await using portal = await testPortal();
    const admin = await portal.given.admin();
    const asked = { name: 'ab', owner_id: admin.id, platform: 'local', rate_limit_per_hour: 100_000 };
    expect((await portal.as(admin).post(BOTS, asked)).body.bot.rate_limit_per_hour).toBe(100_000);
  });

  test('is for an owner whom the Admin may act on, or for oneself', async () => {
    await using portal = await testPortal();
    const admin = await portal.given.admin();
    const register = (by: { token: string }, owner: { id: number }) =>
      portal.as(by).post(BOTS, { name: 'Bot', owner_id: owner.id, platform: 'discord' });
    for (const above of [await portal.given.admin(), await portal.given.owner()])
      expect(await register(admin, above)).toMatchObject({ status: 403, body: { code: 'ERR_FORBIDDEN' } });
    expect(await portal.database.read.select().from(bots)).toEqual([]);
    for (const below of [await portal.given.person(), await portal.given.moderator(), admin])
      expect((await register(admin, below)).status).toBe(200);
    expect((await register(await portal.given.owner(), await portal.given.owner())).status).toBe(200);
  });

  test('for nobody we know is 404', async () => {
    await using portal = await testPortal();
    const answer = await portal
      .as(await portal.given.admin())
      .post(BOTS, { name: 'Bot', owner_id: 4711, platform: 'discord' });
    expect(answer).toMatchObject({ status: 404, body: { code: 'ERR_NOT_FOUND', error: 'No such user' } });
  });

  test('is refused below Admin, in words that say what is needed', async () => {
    await using portal = await testPortal();
    for (const who of [await portal.given.person(), await portal.given.moderator()])
      expect(await portal.as(who).post(BOTS, { name: 'Bot', owner_id: who.id, platform: 'discord' })).toMatchObject({
        status: 403,
        body: { code: 'ERR_FORBIDDEN', error: 'Admin access required' },
      });
    expect(await portal.database.read.select().from(bots)).toEqual([]);
  });

  const good = { name: 'Bot', owner_id: 1, platform: 'discord' };
  const named = 'may hold lower-case letters, digits and underscores only';
  const visible = 'must be one line with at least 2 visible characters';
  test.each([
    [{}, 'name', 'is required'],
    [{ ...good, name: 5 }, 'name', 'must be a string'],
    [{ ...good, name: 'x' }, 'name', 'must be at least 2 characters'],
    [{ ...good, name: 'x'.repeat(33) }, 'name', 'must be at most 32 characters'],
    [{ ...good, name: '  ' }, 'name', visible],
    [{ ...good, name: 'a\u0000b' }, 'name', visible],
    [{ ...good, name: 'a\ud800b' }, 'name', visible],
    [{ ...good, owner_id: undefined }, 'owner_id', 'is required'],
    [{ ...good, owner_id: '1' }, 'owner_id', 'must be an integer'],
    [{ ...good, owner_id: 0 }, 'owner_id', 'must be at least 1'],
    [{ ...good, owner_id: 2 ** 53 }, 'owner_id', 'must be at most 9007199254740991'],
    [{ ...good, platform: undefined }, 'platform', 'is required'],
    [{ ...good, platform: 'D' }, 'platform', 'must be at least 2 characters'],
    [{ ...good, platform: 'Discord!' }, 'platform', named],
    [{ ...good, platform: 'x'.repeat(33) }, 'platform', 'must be at most 32 characters'],
    [{ ...good, rate_limit_per_hour: 0 }, 'rate_limit_per_hour', 'must be at least 1'],
    [{ ...good, rate_limit_per_hour: 100_001 }, 'rate_limit_per_hour', 'must be at most 100000'],
    [{ ...good, rate_limit_per_hour: 1.5 }, 'rate_limit_per_hour', 'must be an integer'],
    [{ ...good, rate_limit_per_hour: null }, 'rate_limit_per_hour', 'must be an integer'],
  ])('%j is refused with 400 that names the field', async (body, field, says) => {
    await using portal = await testPortal();
    const answer = await portal.as(await portal.given.admin()).post(BOTS, body);
    expect(answer).toMatchObject({ status: 400, body: { code: 'ERR_VALIDATION', field, error: `${field} ${says}` } });
    expect(await portal.database.read.select().from(bots)).toEqual([]);
  });
});

test('an inactive bot’s key is as unknown as one that was never given out', async () => {
  await using portal = await testPortal();
  const { apiKey } = await portal.given.bot();
  await portal.database.units.run('off', ({ db }) => db.update(bots).set({ isActive: false }).returning());
  const swapped = apiKey.replace(/.$/, (last) => (last === 'a' ? 'b' : 'a'));
  const answers = await Promise.all(
    [apiKey, swapped, 'hbot_', `hbot_${'a'.repeat(38)}`, portal.modules.publicKey.current(), ''].map((key) =>
      portal.holding(key).post('/v1/authentication/bot/login-code', IDENTITY),
    ),
  );
  for (const answer of answers)
    expect(answer).toMatchObject({ status: 401, body: { code: 'ERR_UNAUTHENTICATED', error: answers[0]?.body.error } });
});

test('a rotated public key is dead at once', async () => {
  await using portal = await testPortal();
  const before = portal.client;
  await portal.modules.publicKey.rotate();
  const body = { username: 'nobody' };
  expect((await before.post('/v1/authentication/lookup', body)).status).toBe(401);
  const now = portal.holding(portal.modules.publicKey.current());
  expect((await now.post('/v1/authentication/lookup', body)).status).toBe(404);
});
