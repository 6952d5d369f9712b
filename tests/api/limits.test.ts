import { describe, expect, test } from 'bun:test';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../src/core/durations.ts';
import type { Answer } from '../support/caller.ts';
import { type TestPortal, testPortal } from '../support/portal.ts';

const ON = { env: { PORTAL_LIMITS: 'on' } };
const IDENTITY = { platform: 'discord', platform_user_id: '1', platform_username: 'x' };
const LOOKUP = '/v1/authentication/lookup';
const LOGIN_CODE = '/v1/authentication/bot/login-code';
const LIMITED = { status: 429, body: { code: 'ERR_RATE_LIMITED' } };

async function times(count: number, act: () => Promise<Answer>): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (let call = 0; call < count; call++) answers.push(await act());
  return answers;
}

function standing({ headers }: Answer): (string | null)[] {
  return ['limit', 'remaining', 'reset'].map((name) => headers.get(`ratelimit-${name}`));
}

describe('a tier', () => {
  test.each([-60, 60])('goes on counting when the machine’s clock is set by %d minutes', async (minutes) => {
    await using portal = await testPortal(ON);
    await times(60, () => portal.nobody.get('/health'));
    portal.timers.setWallClock(minutes * MINUTE_MS);

    expect((await portal.nobody.get('/health')).body).toMatchObject({ code: 'ERR_RATE_LIMITED', retry_after: 60 });
    await portal.timers.advance(MINUTE_MS);
    expect((await portal.nobody.get('/health')).status).toBe(200);
  });

  type Callers = { portal: TestPortal; user: { token: string }; admin: { token: string }; bot: string };
  const tiers: [name: string, limit: number, call: (callers: Callers) => Promise<Answer>][] = [
    ['HEALTH', 60, ({ portal }) => portal.nobody.get('/health')],
    ['LOGIN', 20, ({ portal }) => portal.client.post(LOOKUP, { username: 'nobody' })],
    ['AUTH', 120, ({ portal, user }) => portal.as(user).get('/v1/portal/chats')],
    ['ADMIN', 60, ({ portal, admin }) => portal.as(admin).post('/v1/admin/bots', {})],
    ['PUBLIC', 120, ({ portal }) => portal.nobody.get('/avatars/discord_0.svg')],
    ['PUBLIC', 120, ({ portal }) => portal.nobody.get('/nope')],
    ['BOT', 600, ({ portal, bot }) => portal.holding(bot).post(LOGIN_CODE, IDENTITY)],
  ];
  test.each(tiers)(
    '%s lets %i calls a minute through, says so, and then says when to come again',
    async (_, limit, call) => {
      await using portal = await testPortal(ON);
      const [user, admin] = [await portal.given.person(), await portal.given.admin()];
      const { apiKey: bot } = await portal.given.bot('discord', 100_000);
      const once = () => call({ portal, user, admin, bot });

      const first = await once();
      expect(standing(first)).toEqual([String(limit), String(limit - 1), '60']);
      const rest = await times(limit - 1, once);
      expect(rest.filter(({ status }) => status === 429)).toEqual([]);
      expect(standing(rest.at(-1) as Answer)).toEqual([String(limit), '0', '60']);
      await portal.timers.advance(20 * SECOND_MS);
      const refused = await once();

      expect(refused).toMatchObject({ status: 429, body: { code: 'ERR_RATE_LIMITED', retry_after: 40 } });
      expect(refused.headers.get('retry-after')).toBe('40');
      expect(standing(refused)).toEqual([String(limit), '0', '40']);
      await portal.timers.advance(40 * SECOND_MS);
      expect((await once()).status).not.toBe(429);
    },
  );

  test('counts the whole of an IPv6 network as one client, and its neighbour as another', async () => {
    await using portal = await testPortal(ON);
    const from = (ip: string) => portal.client.from(ip).post(LOOKUP, { username: 'nobody' });
    const first = await Promise.all(
      Array.from({ length: 20 }, (_, host) => from(`2001:db8:0:7::${host.toString(16)}`)),
    );
    expect(first.filter(({ status }) => status === 429)).toEqual([]);
    for (const ip of ['2001:db8:0:7::ffff', '2001:DB8::7:a:b:c:d', '2001:db8:0:7:1:2:3:4'])
      expect(await from(ip)).toMatchObject(LIMITED);
    for (const ip of ['2001:db8:0:8::1', '2001:db8::7', '::1', '127.0.0.1', '::ffff:10.0.0.1', '10.0.0.2'])
      expect((await from(ip)).status).toBe(404);
  });

  test('counts over a sliding minute: no double burst around its border', async () => {
    await using portal = await testPortal(ON);
    const health = () => portal.nobody.get('/health');
    await times(30, health);
    await portal.timers.advance(59 * SECOND_MS);
    await times(30, health);
    await portal.timers.advance(2 * SECOND_MS);
    const later = await times(31, health);
    expect(later.filter(({ status }) => status === 429)).toHaveLength(1);
  });

  test('counts each address for itself, and each tier', async () => {
    await using portal = await testPortal(ON);
    const lookup = (ip: string) => portal.client.from(ip).post(LOOKUP, { username: 'nobody' });
    await times(20, () => lookup('10.0.0.1'));
    expect(await lookup('10.0.0.1')).toMatchObject(LIMITED);
    expect((await lookup('10.0.0.2')).status).toBe(404);
    expect((await portal.nobody.from('10.0.0.1').get('/health')).status).toBe(200);
  });

  test('is shared by all that call from one address, whoever they are', async () => {
    await using portal = await testPortal(ON);
    const [ada, bob] = [await portal.given.person(), await portal.given.person()];
    await times(120, () => portal.as(ada).get('/v1/users/me'));
    expect(await portal.as(bob).get('/v1/users/me')).toMatchObject(LIMITED);
  });

  test('counts who is refused, too: wrong keys, wrong sessions and bad bodies cannot be tried for ever', async () => {
    await using portal = await testPortal(ON);
    const wrongKey = portal.holding(`hpub_${'a'.repeat(38)}`);
    await times(20, () => wrongKey.post(LOOKUP, '{'));
    expect(await wrongKey.post(LOOKUP, '{')).toMatchObject(LIMITED);
    expect(await portal.client.post(LOOKUP, { username: 'nobody' })).toMatchObject(LIMITED);
    await times(120, () => portal.nobody.get('/v1/users/me'));
    expect(await portal.nobody.get('/v1/users/me')).toMatchObject(LIMITED);
  });

  test('counts changes that a foreign page tries', async () => {
    await using portal = await testPortal(ON);
    const ada = await portal.given.person();
    const foreign = () => portal.browserOf(ada).post('/v1/portal/chats', {}, { origin: 'https://evil.example' });
    const answers = await times(121, foreign);
    expect(answers[0]?.body.code).toBe('ERR_ORIGIN');
    expect(answers.at(-1)).toMatchObject(LIMITED);
  });

  test('holds for many calls at once', async () => {
    await using portal = await testPortal(ON);
    const answers = await Promise.all(Array.from({ length: 200 }, () => portal.nobody.get('/health')));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(60);
  });

  test('takes its limit from the configuration; with limits off nothing is counted', async () => {
    await using portal = await testPortal({ env: { PORTAL_LIMITS: 'on', PORTAL_LIMIT_HEALTH: '2' } });
    const statuses = (await times(3, () => portal.nobody.get('/'))).map(({ status }) => status);
    expect(statuses).toEqual([200, 200, 429]);
    await using unlimited = await testPortal({ env: { PORTAL_LIMIT_HEALTH: '2' } });
    const answers = await times(5, () => unlimited.nobody.get('/'));
    for (const answer of answers) expect([answer.status, ...standing(answer)]).toEqual([200, null, null, null]);
  });
});

describe('a bot', () => {
  test('is counted by its key wherever it calls from, and apart from others', async () => {
    await using portal = await testPortal({ env: { PORTAL_LIMITS: 'on', PORTAL_LIMIT_BOT: '3' } });
    const [one, other] = [await portal.given.bot(), await portal.given.bot()];
    const call = (key: string, ip: string) => portal.holding(key).from(ip).post(LOGIN_CODE, IDENTITY);
    for (const ip of ['10.0.0.1', '10.0.0.2', '10.0.0.3']) expect((await call(one.apiKey, ip)).status).toBe(200);
    expect(await call(one.apiKey, '10.0.0.4')).toMatchObject(LIMITED);
    expect((await call(other.apiKey, '10.0.0.1')).status).toBe(200);
  });

  test('with a key that nobody holds is counted by its address, and takes nothing from a real one', async () => {
    await using portal = await testPortal({ env: { PORTAL_LIMITS: 'on', PORTAL_LIMIT_BOT: '3' } });
    const real = await portal.given.bot();
    for (let tried = 0; tried < 3; tried++)
      expect((await portal.holding(`hbot_${tried}`).post(LOGIN_CODE, IDENTITY)).status).toBe(401);
    expect(await portal.holding('hbot_x').post(LOGIN_CODE, IDENTITY)).toMatchObject(LIMITED);
    expect((await portal.holding(real.apiKey).post(LOGIN_CODE, IDENTITY)).status).toBe(200);
  });

  test('has its own calls an hour besides', async () => {
    await using portal = await testPortal(ON);
    const { apiKey } = await portal.given.bot('discord', 5);
    const other = await portal.given.bot('discord', 5);
    const call = () => portal.holding(apiKey).post(LOGIN_CODE, IDENTITY);
    for (let made = 0; made < 5; made++) expect((await call()).status).toBe(200);
    await portal.timers.advance(2 * MINUTE_MS);

    const refused = await call();

    expect(refused).toMatchObject({ status: 429, body: { code: 'ERR_BOT_RATE_LIMIT', retry_after: 58 * 60 } });
    expect(refused.headers.get('retry-after')).toBe('3480');
    expect((await portal.holding(other.apiKey).post(LOGIN_CODE, IDENTITY)).status).toBe(200);
    portal.timers.jump(HOUR_MS);
    expect((await call()).status).toBe(200);
  });
});

describe('the client’s address', () => {
  const proxied = { env: { PORTAL_LIMITS: 'on', PORTAL_LIMIT_HEALTH: '1', PORTAL_TRUST_PROXY: '127.0.0.1' } };

  test('comes from X-Forwarded-For behind a trusted proxy', async () => {
    await using portal = await testPortal(proxied);
    const url = portal.listen();
    const health = (ip: string) => fetch(`${url}/health`, { headers: { 'x-forwarded-for': ip } });
    expect((await health('203.0.113.1')).status).toBe(200);
    expect((await health('203.0.113.2')).status).toBe(200);
    expect((await health('203.0.113.1')).status).toBe(429);
    // The client itself wrote what stands further left.
    expect((await health('203.0.113.77, 203.0.113.1')).status).toBe(429);
  });

  test('cannot be made up without one', async () => {
    await using portal = await testPortal({ env: { PORTAL_LIMITS: 'on', PORTAL_LIMIT_HEALTH: '1' } });
    const url = portal.listen();
    const health = (ip: string) => fetch(`${url}/health`, { headers: { 'x-forwarded-for': ip } });
    expect((await health('203.0.113.1')).status).toBe(200);
    expect((await health('203.0.113.2')).status).toBe(429);
  });
});
