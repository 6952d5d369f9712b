import { describe, expect, test } from 'bun:test';
import { systemRandom } from '../../src/adapters/system/system-random.ts';
import { DAY_MS, MINUTE_MS, SECOND_MS } from '../../src/core/durations.ts';
import { createCodeMaker } from '../../src/modules/people/auth/code-maker.ts';
import { type TestPortal, testPortal } from '../support/portal.ts';

const AUTH = '/v1/authentication';
const IDENTITY = { platform: 'discord', platform_user_id: '4711' };
const BOT_IDENTITY = { ...IDENTITY, platform_username: 'Ada', platform_avatar_url: 'https://example.com/ada.png' };
const INVALID_CODE = { status: 401, body: { code: 'ERR_CODE_INVALID' } };
/** Login limits hold, the tiers are out of the way. */
const WITH_LIMITS = { env: { PORTAL_LIMITS: 'on', PORTAL_LIMIT_LOGIN: '1000000', PORTAL_LIMIT_AUTH: '1000000' } };

function cookieOf(answer: { headers: Headers }): string {
  return answer.headers.get('set-cookie') ?? '';
}

async function doorkeeper(portal: TestPortal, platform = 'discord') {
  return portal.holding((await portal.given.bot(platform)).apiKey);
}

/** Requested from an address, fetched by the platform's bot. */
async function requestedCode(portal: TestPortal, ip = '127.0.0.1', identity = BOT_IDENTITY): Promise<string> {
  const { platform, platform_user_id } = identity;
  await portal.client.from(ip).post(`${AUTH}/request`, { platform, platform_user_id });
  const bot = await doorkeeper(portal, platform);
  return (await bot.post(`${AUTH}/bot/login-code`, identity)).body.code;
}

function wrongCode(number: number): { code: string } {
  return { code: `wrong${String(number).padStart(3, '0')}` };
}

describe('lookup', () => {
  test('finds a person whatever the case of the name, with level, tier and platforms', async () => {
    await using portal = await testPortal();
    const ada = await portal.given.premium('Ada.Lovelace');
    await portal.given.identity(ada, 'discord', '4711');

    const answer = await portal.client.post(`${AUTH}/lookup`, { username: 'aDA.lOVELACE' });

    expect(answer).toMatchObject({ status: 200 });
    expect(answer.body).toEqual({
      id: ada.id,
      username: 'Ada.Lovelace',
      avatar_url: null,
      permission_level: 0,
      subscription_tier: 3,
      platforms: [{ platform: 'discord', platform_user_id: '4711' }],
    });
  });

  test('keeps ids to itself that are addresses', async () => {
    await using portal = await testPortal();
    const ada = await portal.given.person({ username: 'ada' });
    await portal.given.identity(ada, 'discord', '4711');
    await portal.given.identity(ada, 'email', 'ada@example.com');
    await portal.given.identity(ada, 'oidc', 'https://login.example|ada');
    const { body } = await portal.client.post(`${AUTH}/lookup`, { username: 'ada' });
    expect(new Set(body.platforms)).toEqual(
      new Set([
        { platform: 'discord', platform_user_id: '4711' },
        { platform: 'email', platform_user_id: null },
        { platform: 'oidc', platform_user_id: null },
      ]),
    );
  });

  test('an unknown name is 404', async () => {
    await using portal = await testPortal();
    for (const username of ['nobody', 'NUL\u0000', '😀', "' or 1=1 --"]) {
      const answer = await portal.client.post(`${AUTH}/lookup`, { username });
      expect(answer).toMatchObject({ status: 404, body: { code: 'ERR_NOT_FOUND' } });
    }
  });
});

describe('a login code', () => {
  test('is not in the answer of the request, and says when it expires', async () => {
    await using portal = await testPortal();
    const answer = await portal.client.post(`${AUTH}/request`, IDENTITY);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ message: 'Login code generated.', expires_at: '2026-01-01T00:10:00.000Z' });
  });

  test('signs in somebody new: account, profile, cookie, welcome', async () => {
    await using portal = await testPortal();
    const code = await requestedCode(portal);
    expect(code).toMatch(/^[A-Za-z0-9]{8}$/);

    const answer = await portal.client.post(`${AUTH}/verify`, { code });

    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      id: expect.any(Number),
      username: expect.stringMatching(/^user_[0-9a-f]{8}$/),
      avatar_url: 'https://example.com/ada.png',
      subscription_tier: 0,
      subscription_level: 0,
      state: 0,
      permission_level: 0,
      subscription_expires_at: null,
      subscription_granted_by: null,
      last_activity_at: '2026-01-01T00:00:00.000Z',
      permission_since: null,
      avatar_source: null,
      linked_platforms: [
        {
          ...BOT_IDENTITY,
          platform_username: 'Ada',
          linked_at: '2026-01-01T00:00:00.000Z',
          last_authenticated_at: '2026-01-01T00:00:00.000Z',
        },
      ],
      created_at: '2026-01-01T00:00:00.000Z',
      updated_at: '2026-01-01T00:00:00.000Z',
      user_created: true,
    });
    expect(cookieOf(answer)).toMatch(
      /^psession=[\w-]{43}; HttpOnly; Path=\/; SameSite=Lax; Expires=Sat, 31 Jan 2026 00:00:00 GMT$/,
    );
    const token = /psession=([\w-]+)/.exec(cookieOf(answer))?.[1] ?? '';
    expect(await portal.browserOf({ token }).get('/v1/users/me')).toMatchObject({ body: { id: answer.body.id } });
  });

  test('signs the same identity in to the same account the next time', async () => {
    await using portal = await testPortal();
    const first = await portal.client.post(`${AUTH}/verify`, { code: await requestedCode(portal) });
    const second = await portal.client.post(`${AUTH}/verify`, { code: await requestedCode(portal) });
    expect(second.body).toMatchObject({ id: first.body.id, user_created: false });
    expect(cookieOf(second)).not.toBe(cookieOf(first));
  });

  test('works once', async () => {
    await using portal = await testPortal();
    const code = await requestedCode(portal);
    await portal.client.post(`${AUTH}/verify`, { code });
    const again = await portal.client.post(`${AUTH}/verify`, { code });
    expect(again).toMatchObject(INVALID_CODE);
    expect(cookieOf(again)).toBe('');
  });

  test('of two who use it at once, exactly one gets in', async () => {
    await using portal = await testPortal();
    const code = await requestedCode(portal);
    const answers = await Promise.all([1, 2, 3].map(() => portal.client.post(`${AUTH}/verify`, { code })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401, 401]);
  });

  test('from another address, expired, in another case or simply wrong: one and the same answer', async () => {
    await using portal = await testPortal();
    const code = await requestedCode(portal, '10.0.0.1');
    const other = await portal.client.from('10.0.0.2').post(`${AUTH}/verify`, { code });
    const swapped = code.replace(/[a-z]/gi, (c) => (c === c.toLowerCase() ? c.toUpperCase() : c.toLowerCase()));
    const wrongCase = await portal.client.from('10.0.0.1').post(`${AUTH}/verify`, { code: swapped });
    const wrong = await portal.client.from('10.0.0.1').post(`${AUTH}/verify`, { code: '00000000' });
    await portal.timers.leap(10 * MINUTE_MS);
    const late = await portal.client.from('10.0.0.1').post(`${AUTH}/verify`, { code });
    for (const answer of [other, wrongCase, wrong, late]) {
      expect(answer).toMatchObject(INVALID_CODE);
      expect(answer.body.error).toBe(other.body.error);
      expect(cookieOf(answer)).toBe('');
    }
  });

  test('still works for its own address after somebody else has tried it', async () => {
    await using portal = await testPortal();
    const code = await requestedCode(portal, '10.0.0.1');
    await portal.client.from('10.0.0.2').post(`${AUTH}/verify`, { code });
    await portal.timers.leap(10 * MINUTE_MS - 1);
    expect((await portal.client.from('10.0.0.1').post(`${AUTH}/verify`, { code })).status).toBe(200);
  });

  test('is the same however often it is asked for, and from wherever; whoever has asked may use it, nobody else', async () => {
    await using portal = await testPortal();
    const mine = await requestedCode(portal, '10.0.0.1');
    expect(await requestedCode(portal, '10.0.0.2')).toBe(mine);
    expect(await requestedCode(portal, '10.0.0.1')).toBe(mine);
    expect(await portal.client.from('10.0.0.3').post(`${AUTH}/verify`, { code: mine })).toMatchObject(INVALID_CODE);
    expect((await portal.client.from('10.0.0.1').post(`${AUTH}/verify`, { code: mine })).status).toBe(200);
    expect(await portal.client.from('10.0.0.2').post(`${AUTH}/verify`, { code: mine })).toMatchObject(INVALID_CODE);
    expect(await requestedCode(portal, '10.0.0.1')).not.toBe(mine);
  });

  test('cannot be taken away: the owner signs in although somebody else goes on asking for it', async () => {
    await using portal = await testPortal();
    const bot = await doorkeeper(portal);
    const asks = (ip: string) => portal.client.from(ip).post(`${AUTH}/request`, IDENTITY);
    for (const order of [
      ['10.0.0.1', '6.6.6.6'],
      ['6.6.6.6', '10.0.0.1'],
      ['6.6.6.6', '10.0.0.1', '6.6.6.6'],
    ]) {
      for (const ip of order) await asks(ip);
      const { code } = (await bot.post(`${AUTH}/bot/login-code`, BOT_IDENTITY)).body;
      expect((await portal.client.from('10.0.0.1').post(`${AUTH}/verify`, { code })).status).toBe(200);
    }
  });

  test('lives ten minutes from the last request or delivery, and thirty at most', async () => {
    await using portal = await testPortal();
    const bot = await doorkeeper(portal);
    const asked = async () => (await portal.client.post(`${AUTH}/request`, IDENTITY)).body.expires_at;
    const fetched = async () => (await bot.post(`${AUTH}/bot/login-code`, BOT_IDENTITY)).body;
    expect(await asked()).toBe('2026-01-01T00:10:00.000Z');
    const { code } = await fetched();
    portal.timers.jump(9 * MINUTE_MS);
    expect(await asked()).toBe('2026-01-01T00:19:00.000Z');
    portal.timers.jump(9 * MINUTE_MS);
    expect(await fetched()).toEqual({ code, expires_at: '2026-01-01T00:28:00.000Z' });
    portal.timers.jump(9 * MINUTE_MS);
    // The answer says the same whether or not something was pending.
    expect(await asked()).toBe('2026-01-01T00:37:00.000Z');
    expect(await fetched()).toEqual({ code, expires_at: '2026-01-01T00:30:00.000Z' });
    portal.timers.jump(3 * MINUTE_MS);
    expect((await fetched()).code).toBeNull();
    expect(await portal.client.post(`${AUTH}/verify`, { code })).toMatchObject(INVALID_CODE);
  });

  test('works in the browser that asked for it from another address, and in no other there', async () => {
    await using portal = await testPortal({ env: { PORTAL_PUBLIC_URL: 'https://chat.example' } });
    const asked = await portal.client.from('10.0.0.1').post(`${AUTH}/request`, IDENTITY);
    expect(cookieOf(asked)).toMatch(/^plogin=\w{32}; /);
    for (const part of ['HttpOnly', 'Secure', 'SameSite=Lax', 'Path=/v1/authentication'])
      expect(cookieOf(asked)).toContain(part);
    const cookie = cookieOf(asked).split(';')[0] as string;
    const code = await requestedCode(portal, '10.0.0.9');
    const elsewhere = portal.client.from('192.0.2.7');
    for (const other of [{}, { cookie: 'plogin=' }, { cookie: `plogin=${'x'.repeat(32)}` }])
      expect(await elsewhere.post(`${AUTH}/verify`, { code }, other)).toMatchObject(INVALID_CODE);
    expect((await elsewhere.post(`${AUTH}/verify`, { code }, { cookie })).status).toBe(200);
  });

  test('keeps the name of a browser that asks again', async () => {
    await using portal = await testPortal();
    const cookie = cookieOf(await portal.client.post(`${AUTH}/request`, IDENTITY)).split(';')[0] as string;
    expect(cookieOf(await portal.client.post(`${AUTH}/request`, IDENTITY, { cookie }))).toStartWith(cookie);
    const odd = { cookie: 'plogin=short; psession=x' };
    expect(cookieOf(await portal.client.post(`${AUTH}/request`, IDENTITY, odd))).toMatch(/^plogin=\w{32};/);
  });

  test('counts an IPv6 address by its network', async () => {
    await using portal = await testPortal();
    const code = await requestedCode(portal, '2001:db8:1:2::5');
    expect(await portal.client.from('2001:db8:1:3::5').post(`${AUTH}/verify`, { code })).toMatchObject(INVALID_CODE);
    expect((await portal.client.from('2001:db8:1:2:ffff::9').post(`${AUTH}/verify`, { code })).status).toBe(200);
  });

  test('has no letters or digits that look like others', async () => {
    await using portal = await testPortal();
    const maker = createCodeMaker({ secret: new Uint8Array(32), random: systemRandom });
    const letters = new Set(Array.from({ length: 3000 }, () => maker.make().code).join(''));
    expect(letters.size).toBe(57);
    for (const twin of '0O1Il') expect(letters).not.toContain(twin);
    expect(await requestedCode(portal)).toMatch(/^[2-9A-HJ-NP-Za-km-z]{8}$/);
  });

  test('does not outlive a change of level, nor the account', async () => {
    await using portal = await testPortal();
    const [owner, ada] = [await portal.given.owner(), await portal.given.person()];
    await portal.given.identity(ada, IDENTITY.platform, IDENTITY.platform_user_id);
    const bot = await doorkeeper(portal);
    const codes = async () => [
      await requestedCode(portal),
      (await bot.post(`${AUTH}/bot/send-code`, BOT_IDENTITY)).body.code as string,
      (await portal.modules.auth.consoleCode(ada.username)).code,
    ];
    const refused = async (known: string[]) => {
      for (const code of known)
        expect(await portal.client.post(`${AUTH}/verify`, { code })).toMatchObject(INVALID_CODE);
    };
    const before = await codes();
    await portal.as(owner).post(`/v1/admin/users/${ada.id}/permission`, { permission_level: 1 });
    await refused(before);
    const later = await codes();
    expect((await portal.as(owner).post(`/v1/admin/users/${ada.id}/delete`, {})).status).toBe(200);
    await refused(later);
  });

  test('signs no Admin in that a bot fetched whose owner has lost the right to', async () => {
    await using portal = await testPortal();
    const [first, owner, admin] = [await portal.given.owner(), await portal.given.owner(), await portal.given.admin()];
    await portal.given.identity(admin, IDENTITY.platform, IDENTITY.platform_user_id);
    const made = await portal.as(owner).post('/v1/admin/bots', {
      name: 'Porter',
      owner_id: owner.id,
      platform: 'discord',
    });
    const bot = portal.holding(made.body.api_key);
    await portal.client.post(`${AUTH}/request`, IDENTITY);
    const { code } = (await bot.post(`${AUTH}/bot/login-code`, BOT_IDENTITY)).body;
    await portal.as(first).post(`/v1/admin/users/${owner.id}/permission`, { permission_level: 2 });
    expect(await portal.client.post(`${AUTH}/verify`, { code })).toMatchObject(INVALID_CODE);
  });

  test('of a banned person opens no session', async () => {
    await using portal = await testPortal();
    const eve = await portal.given.person();
    await portal.given.identity(eve, IDENTITY.platform, IDENTITY.platform_user_id);
    await portal.given.state(eve, 2);
    const answer = await portal.client.post(`${AUTH}/verify`, { code: await requestedCode(portal) });
    expect(answer).toMatchObject({ status: 403, body: { code: 'ERR_BANNED' } });
    expect(cookieOf(answer)).toBe('');
  });

  test('gives staff a session of one day', async () => {
    await using portal = await testPortal();
    const admin = await portal.given.admin();
    const { code } = await portal.modules.auth.consoleCode(admin.username);
    const answer = await portal.client.from('10.9.9.9').post(`${AUTH}/verify`, { code });
    expect(cookieOf(answer)).toContain('Expires=Fri, 02 Jan 2026 00:00:00 GMT');
  });

  test('comes with a Secure cookie where the public address is https', async () => {
    await using portal = await testPortal({ env: { PORTAL_PUBLIC_URL: 'https://chat.example' } });
    const answer = await portal.client.post(`${AUTH}/verify`, { code: await requestedCode(portal) });
    expect(cookieOf(answer)).toMatch(/; Secure$/);
  });
});

describe('limits on logging in', () => {
  test('the sixth identity that waits for one address is refused; the same one again, another address, later: not', async () => {
    await using portal = await testPortal(WITH_LIMITS);
    const request = (id: number, ip = '10.0.0.1') =>
      portal.client.from(ip).post(`${AUTH}/request`, { platform: 'discord', platform_user_id: String(id) });
    for (const id of [1, 2, 3, 4, 5]) expect((await request(id)).status).toBe(200);

    const sixth = await request(6);

    expect(sixth).toMatchObject({ status: 429, body: { code: 'ERR_TOO_MANY_CODES' } });
    const bot = await doorkeeper(portal);
    const none = await bot.post(`${AUTH}/bot/login-code`, { ...BOT_IDENTITY, platform_user_id: '6' });
    expect(none.body).toEqual({ code: null, expires_at: null });
    expect((await request(5)).status).toBe(200);
    expect((await request(6, '10.0.0.2')).status).toBe(200);
    await portal.timers.leap(10 * MINUTE_MS);
    expect((await request(6)).status).toBe(200);
  });

  test('ten wrong codes lock an address out for ten minutes, also with a right code; others are not', async () => {
    await using portal = await testPortal(WITH_LIMITS);
    const code = await requestedCode(portal, '10.0.0.1');
    const from = (ip: string) => portal.client.from(ip);
    for (let number = 0; number < 10; number++)
      expect(await from('10.0.0.1').post(`${AUTH}/verify`, wrongCode(number))).toMatchObject(INVALID_CODE);

    const locked = await from('10.0.0.1').post(`${AUTH}/verify`, { code });

    expect(locked).toMatchObject({ status: 429, body: { code: 'ERR_LOGIN_LOCKED', retry_after: 600 } });
    expect(locked.headers.get('retry-after')).toBe('600');
    expect(await from('10.0.0.2').post(`${AUTH}/verify`, wrongCode(1))).toMatchObject(INVALID_CODE);
    await portal.timers.leap(10 * MINUTE_MS - SECOND_MS);
    expect((await from('10.0.0.1').post(`${AUTH}/verify`, wrongCode(1))).body).toMatchObject({ retry_after: 1 });
    await portal.timers.advance(SECOND_MS);
    expect(await from('10.0.0.1').post(`${AUTH}/verify`, wrongCode(1))).toMatchObject(INVALID_CODE);
    const fresh = await requestedCode(portal, '10.0.0.1');
    expect((await from('10.0.0.1').post(`${AUTH}/verify`, { code: fresh })).status).toBe(200);
  });

  test('wrong codes that lie further apart than ten minutes lock nobody out', async () => {
    await using portal = await testPortal(WITH_LIMITS);
    for (let number = 0; number < 9; number++) await portal.client.post(`${AUTH}/verify`, wrongCode(number));
    await portal.timers.leap(10 * MINUTE_MS);
    for (let number = 0; number < 9; number++)
      expect(await portal.client.post(`${AUTH}/verify`, wrongCode(number))).toMatchObject(INVALID_CODE);
  });

  test('a hundred wrong codes at once get ten tries at most', async () => {
    await using portal = await testPortal(WITH_LIMITS);
    for (let number = 0; number < 9; number++) await portal.client.post(`${AUTH}/verify`, wrongCode(number));
    await portal.client.post(`${AUTH}/verify`, wrongCode(9));
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, number) => portal.client.post(`${AUTH}/verify`, wrongCode(number))),
    );
    expect(answers.filter(({ status }) => status !== 429)).toEqual([]);
  });

  test('of twenty wrong codes at once ten are tried, and the network is locked out', async () => {
    await using portal = await testPortal(WITH_LIMITS);
    const code = await requestedCode(portal, '10.0.0.1');
    const from = portal.client.from('10.0.0.1');
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, number) => from.post(`${AUTH}/verify`, wrongCode(number))),
    );
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(10);
    expect(answers.filter(({ body }) => body.code === 'ERR_LOGIN_LOCKED')).toHaveLength(10);
    expect((await from.post(`${AUTH}/verify`, { code })).status).toBe(429);
  });

  test('right codes count for nothing, however many come at once', async () => {
    await using portal = await testPortal(WITH_LIMITS);
    const ada = await portal.given.person();
    const codes: string[] = [];
    for (let number = 0; number < 9; number++) codes.push((await portal.modules.auth.consoleCode(ada.username)).code);
    for (let round = 0; round < 3; round++) {
      const some = codes.splice(0, 3);
      const answers = await Promise.all(some.map((code) => portal.client.post(`${AUTH}/verify`, { code })));
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    }
    for (let number = 0; number < 10; number++)
      expect((await portal.client.post(`${AUTH}/verify`, wrongCode(number))).status).toBe(401);
    expect((await portal.client.post(`${AUTH}/verify`, wrongCode(11))).status).toBe(429);
  });

  test('addresses of one /64 are one: five pending codes, ten tries', async () => {
    await using portal = await testPortal(WITH_LIMITS);
    const ask = (id: number) =>
      portal.client
        .from(`2001:db8:1:2::${id.toString(16)}`)
        .post(`${AUTH}/request`, { platform: 'discord', platform_user_id: String(id) });
    const answers = [];
    for (let id = 1; id <= 16; id++) answers.push(await ask(id));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(5);
    const tries = await Promise.all(
      Array.from({ length: 16 }, (_, id) =>
        portal.client.from(`2001:db8:1:2::${id.toString(16)}`).post(`${AUTH}/verify`, wrongCode(id)),
      ),
    );
    expect(tries.filter(({ status }) => status === 401)).toHaveLength(10);
  });

  test('with limits off neither pending nor wrong codes are counted', async () => {
    await using portal = await testPortal();
    for (let number = 0; number < 12; number++) {
      expect(await portal.client.post(`${AUTH}/verify`, wrongCode(number))).toMatchObject(INVALID_CODE);
      const asked = { platform: 'discord', platform_user_id: String(number) };
      expect((await portal.client.post(`${AUTH}/request`, asked)).status).toBe(200);
    }
  });
});

describe('a bot', () => {
  test('fetches the pending code, and nothing is no error', async () => {
    await using portal = await testPortal();
    const bot = await doorkeeper(portal);
    const none = await bot.post(`${AUTH}/bot/login-code`, BOT_IDENTITY);
    expect(none).toMatchObject({ status: 200, body: { code: null, expires_at: null } });
    await portal.client.post(`${AUTH}/request`, IDENTITY);
    const one = await bot.post(`${AUTH}/bot/login-code`, BOT_IDENTITY);
    expect(one.body).toEqual({ code: expect.any(String), expires_at: '2026-01-01T00:10:00.000Z' });
    expect((await bot.post(`${AUTH}/bot/login-code`, BOT_IDENTITY)).body).toEqual(one.body);
    await portal.timers.leap(10 * MINUTE_MS);
    expect((await bot.post(`${AUTH}/bot/login-code`, BOT_IDENTITY)).body.code).toBeNull();
  });

  test('reaches only identities of its own platform, and changes nothing of others', async () => {
    await using portal = await testPortal();
    const ada = await portal.given.person();
    await portal.given.identity(ada, 'discord', '4711');
    const telegram = await doorkeeper(portal, 'telegram');
    for (const path of ['login-code', 'send-code']) {
      const answer = await telegram.post(`${AUTH}/bot/${path}`, BOT_IDENTITY);
      expect(answer).toMatchObject({ status: 403, body: { code: 'ERR_FORBIDDEN' } });
    }
    const { body } = await portal.as(ada).get('/v1/users/me');
    expect(body.linked_platforms[0]).toMatchObject({ platform_username: null, platform_avatar_url: null });
  });

  test('refreshes what its platform calls the person', async () => {
    await using portal = await testPortal();
    const ada = await portal.given.person();
    await portal.given.identity(ada, 'discord', '4711');
    const bot = await doorkeeper(portal);
    await bot.post(`${AUTH}/bot/login-code`, BOT_IDENTITY);
    const { body } = await portal.as(ada).get('/v1/users/me');
    expect(body).toMatchObject({ avatar_url: 'https://example.com/ada.png' });
    expect(body.linked_platforms[0]).toMatchObject({ platform_username: 'Ada' });
    await bot.post(`${AUTH}/bot/login-code`, { ...BOT_IDENTITY, platform_avatar_url: null });
    expect((await portal.as(ada).get('/v1/users/me')).body.avatar_url).toBeNull();
  });

  test('sends a code only to who has an account; it works from any address, and asked again it is the same', async () => {
    await using portal = await testPortal();
    const bot = await doorkeeper(portal);
    const unknown = await bot.post(`${AUTH}/bot/send-code`, BOT_IDENTITY);
    expect(unknown).toMatchObject({ status: 404, body: { code: 'ERR_USER_NOT_FOUND' } });
    const ada = await portal.given.person();
    await portal.given.identity(ada, 'discord', '4711');

    const first = await bot.post(`${AUTH}/bot/send-code`, BOT_IDENTITY);
    await portal.timers.advance(MINUTE_MS);
    const second = await bot.post(`${AUTH}/bot/send-code`, BOT_IDENTITY);

    expect(first.body).toEqual({ code: expect.any(String), expires_at: '2026-01-01T00:10:00.000Z' });
    expect(second.body).toEqual(first.body);
    const answer = await portal.client.from('203.0.113.9').post(`${AUTH}/verify`, { code: first.body.code });
    expect(answer).toMatchObject({ status: 200, body: { id: ada.id, user_created: false } });
    expect((await bot.post(`${AUTH}/bot/send-code`, BOT_IDENTITY)).body.code).not.toBe(first.body.code);
  });

  test('after five logins in a row by its codes a web login is due, which sets the count back', async () => {
    await using portal = await testPortal();
    const ada = await portal.given.person();
    await portal.given.identity(ada, 'discord', '4711');
    const bot = await doorkeeper(portal);
    const byBot = async () => {
      const sent = await bot.post(`${AUTH}/bot/send-code`, BOT_IDENTITY);
      if (sent.status === 200) await portal.client.post(`${AUTH}/verify`, { code: sent.body.code });
      return sent;
    };
    for (let login = 0; login < 4; login++) expect((await byBot()).status).toBe(200);
    // Codes that are sent but not used count for nothing.
    for (let sent = 0; sent < 9; sent++)
      expect((await bot.post(`${AUTH}/bot/send-code`, BOT_IDENTITY)).status).toBe(200);
    expect((await byBot()).status).toBe(200);

    const sixth = await byBot();

    expect(sixth).toMatchObject({
      status: 403,
      body: { code: 'ERR_WEB_LOGIN_REQUIRED', error: 'Web login required' },
    });
    await portal.client.post(`${AUTH}/verify`, { code: await requestedCode(portal) });
    for (let login = 0; login < 5; login++) expect((await byBot()).status).toBe(200);
    expect((await byBot()).status).toBe(403);
  });
});

describe('logout', () => {
  test('ends the session and takes the cookie away; the account’s other sessions go on', async () => {
    await using portal = await testPortal();
    const ada = await portal.given.person();
    const other = await portal.given.session(ada);

    const answer = await portal.browserOf(ada).post(`${AUTH}/logout`);

    expect(answer).toMatchObject({ status: 200, body: { message: 'Logged out' } });
    expect(cookieOf(answer)).toMatch(/^psession=; HttpOnly; Path=\/; SameSite=Lax; Expires=Thu, 01 Jan 1970/);
    expect((await portal.as(ada).get('/v1/users/me')).status).toBe(401);
    expect((await portal.as(ada).post(`${AUTH}/logout`)).status).toBe(401);
    expect((await portal.as(other).get('/v1/users/me')).status).toBe(200);
  });

  test('is there for strangers and for who is timed out', async () => {
    await using portal = await testPortal();
    const ada = await portal.given.person();
    await portal.given.state(ada, 1, MINUTE_MS);
    expect((await portal.as(ada).post(`${AUTH}/logout`)).status).toBe(200);
    expect((await portal.as(await portal.given.stranger()).post(`${AUTH}/logout`)).status).toBe(200);
  });
});

describe('a session', () => {
  test('ends thirty days after the login, however busy it is', async () => {
    await using portal = await testPortal();
    const ada = await portal.given.person();
    portal.timers.jump(30 * DAY_MS - SECOND_MS);
    expect((await portal.as(ada).get('/v1/users/me')).status).toBe(200);
    portal.timers.jump(SECOND_MS);
    expect((await portal.as(ada).get('/v1/users/me')).status).toBe(401);
  });

  test('is taken from a Bearer token before the cookie; rubbish in either is 401', async () => {
    await using portal = await testPortal();
    const ada = await portal.given.person();
    const eve = await portal.given.person();
    const me = (headers: Record<string, string>) => portal.nobody.get('/v1/users/me', headers);
    const both = await me({ authorization: `Bearer ${ada.token}`, cookie: `psession=${eve.token}` });
    expect(both.body.id).toBe(ada.id);
    expect((await me({ authorization: `bearer ${ada.token}` })).status).toBe(200);
    expect((await me({ cookie: `a=1; psession=${ada.token}; b=%%%` })).status).toBe(200);
    const rubbish: Record<string, string>[] = [
      { authorization: `Basic ${ada.token}` },
      { authorization: 'Bearer ' },
      { authorization: `Bearer ${ada.token}x` },
      { authorization: `Bearer ${ada.sessionId}` },
      { authorization: `Bearer ${'x'.repeat(129)}` },
      { cookie: 'psession=%E0%A4%A' },
      { cookie: 'psession="' },
      { cookie: '=;;;=' },
      { cookie: `xpsession=${ada.token}` },
      { 'x-api-key': ada.token },
    ];
    for (const headers of rubbish)
      expect(await me(headers)).toMatchObject({ status: 401, body: { code: 'ERR_UNAUTHENTICATED' } });
  });

  test('leaves nothing in the database that would open it', async () => {
    await using portal = await testPortal();
    const ada = await portal.given.person();
    const { apiKey } = await portal.given.bot();
    const code = await requestedCode(portal);
    const bytes = Buffer.concat(
      await Promise.all(
        ['portal.db', 'portal.db-wal'].map(async (name) => {
          const file = Bun.file(`${portal.dataDir}/${name}`);
          return Buffer.from((await file.exists()) ? await file.arrayBuffer() : new ArrayBuffer(0));
        }),
      ),
    );
    for (const secret of [ada.token, apiKey, code, portal.modules.publicKey.current()])
      expect(bytes.includes(secret)).toBe(false);
    expect(bytes.includes(ada.username)).toBe(true);
  });
});

test('nobody signs in as an Admin or Owner by a bot whose owner could not act on them', async () => {
  await using portal = await testPortal();
  const { given } = portal;
  const [owner, admin, other] = [await given.owner(), await given.admin(), await given.admin()];
  const [moderator, ada] = [await given.moderator(), await given.person()];
  const everybody = { owner, admin, other, moderator, ada, nobody: undefined };
  for (const [name, one] of Object.entries(everybody)) {
    if (one) await given.identity(one, 'discord', name);
    await portal.client.post(`${AUTH}/request`, { platform: 'discord', platform_user_id: name });
  }
  const reached = async (by: { token: string }, ownerId: number) => {
    const bot = { name: 'Porter', owner_id: ownerId, platform: 'discord' };
    const apiKey: string = (await portal.as(by).post('/v1/admin/bots', bot)).body.api_key;
    const found: Record<string, string[]> = { 'login-code': [], 'send-code': [] };
    for (const [path, names] of Object.entries(found))
      for (const name of Object.keys(everybody)) {
        const identity = { platform: 'discord', platform_user_id: name, platform_username: 'x' };
        const { status, body } = await portal.holding(apiKey).post(`${AUTH}/bot/${path}`, identity);
        expect([200, 403, 404]).toContain(status);
        if (status === 200) expect(body.code).toMatch(/^[A-Za-z0-9]{8}$/);
        if (status === 200) names.push(name);
      }
    return found;
  };
  const [staff, rest] = [
    ['owner', 'admin', 'other'],
    ['moderator', 'ada'],
  ];

  expect(await reached(admin, ada.id)).toEqual({ 'login-code': [...rest, 'nobody'], 'send-code': rest });
  expect(await reached(admin, admin.id)).toEqual({
    'login-code': ['admin', ...rest, 'nobody'],
    'send-code': ['admin', ...rest],
  });
  expect(await reached(owner, owner.id)).toEqual({
    'login-code': [...staff, ...rest, 'nobody'],
    'send-code': [...staff, ...rest],
  });
});

describe('the first Owner', () => {
  const token = (portal: TestPortal) => portal.modules.claim.token;

  test('is made by the right token, with profile and cookie of one day', async () => {
    await using portal = await testPortal();
    const answer = await portal.client.post(`${AUTH}/claim`, { token: token(portal), username: 'ada' });
    expect(answer).toMatchObject({ status: 200, body: { username: 'ada', permission_level: 3, user_created: true } });
    expect(cookieOf(answer)).toContain('Expires=Fri, 02 Jan 2026');
  });

  test('is not made by a wrong token, and no account is left of the try', async () => {
    await using portal = await testPortal();
    const answer = await portal.client.post(`${AUTH}/claim`, { token: 'wrong', username: 'eve' });
    expect(answer).toMatchObject({ status: 401, body: { code: 'ERR_CLAIM_INVALID' } });
    expect(cookieOf(answer)).toBe('');
    expect((await portal.client.post(`${AUTH}/lookup`, { username: 'eve' })).status).toBe(404);
  });

  test('is not made half an hour later', async () => {
    await using portal = await testPortal();
    await portal.timers.leap(30 * MINUTE_MS);
    const answer = await portal.client.post(`${AUTH}/claim`, { token: token(portal), username: 'ada' });
    expect(answer).toMatchObject({ status: 401, body: { code: 'ERR_CLAIM_INVALID' } });
  });

  test('is there once: afterwards the right and a wrong token are the same 404', async () => {
    await using portal = await testPortal();
    await portal.client.post(`${AUTH}/claim`, { token: token(portal), username: 'ada' });
    for (const tried of [token(portal), 'wrong']) {
      const again = await portal.client.post(`${AUTH}/claim`, { token: tried, username: 'eve' });
      expect(again).toMatchObject({ status: 404, body: { code: 'ERR_NOT_FOUND' } });
    }
  });

  test('of many who claim at once exactly one becomes Owner', async () => {
    await using portal = await testPortal();
    const names = ['ada', 'bob', 'eve', 'dan'];
    const answers = await Promise.all(
      names.map((username) => portal.client.post(`${AUTH}/claim`, { token: token(portal), username })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 404, 404, 404]);
    const found = await Promise.all(names.map((username) => portal.client.post(`${AUTH}/lookup`, { username })));
    expect(found.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  test('cannot take a name that somebody has, and may try again', async () => {
    await using portal = await testPortal();
    await portal.given.person({ username: 'ada' });
    const taken = await portal.client.post(`${AUTH}/claim`, { token: token(portal), username: 'ADA' });
    expect(taken).toMatchObject({ status: 409, body: { code: 'ERR_USERNAME_TAKEN' } });
    const free = await portal.client.post(`${AUTH}/claim`, { token: token(portal), username: 'ada2' });
    expect(free.status).toBe(200);
  });
});

describe('bad input', () => {
  type Case = [path: string, body: object, field: string, says: string];
  const id = (platform_user_id: unknown) => ({ ...IDENTITY, platform_user_id });
  const printable = 'may hold printable characters only';
  const named = 'may hold lower-case letters, digits and underscores only';
  const open: Case[] = [
    ['lookup', {}, 'username', 'is required'],
    ['lookup', { username: 5 }, 'username', 'must be a string'],
    ['lookup', { username: '' }, 'username', 'must be at least 1 character'],
    ['lookup', { username: 'x'.repeat(33) }, 'username', 'must be at most 32 characters'],
    ['request', {}, 'platform', 'is required'],
    ['request', { platform: 'discord' }, 'platform_user_id', 'is required'],
    ['request', { ...IDENTITY, platform: 'd' }, 'platform', 'must be at least 2 characters'],
    ['request', { ...IDENTITY, platform: 'd'.repeat(33) }, 'platform', 'must be at most 32 characters'],
    ['request', { ...IDENTITY, platform: 'Discord' }, 'platform', named],
    ['request', { ...IDENTITY, platform: 'dis cord' }, 'platform', named],
    ['request', { ...IDENTITY, platform: ['discord'] }, 'platform', 'must be a string'],
    ['request', id(4711), 'platform_user_id', 'must be a string'],
    ['request', id(''), 'platform_user_id', 'must be at least 1 character'],
    ['request', id('x'.repeat(129)), 'platform_user_id', 'must be at most 128 characters'],
    ['request', id('a\nb'), 'platform_user_id', printable],
    ['request', id('a\u0000b'), 'platform_user_id', printable],
    ['request', id('a\ud800'), 'platform_user_id', printable],
    ['request', id('\u202eevil'), 'platform_user_id', printable],
    ['verify', {}, 'code', 'is required'],
    ['verify', { code: 12345678 }, 'code', 'must be a string'],
    ['verify', { code: null }, 'code', 'must be a string'],
    ['verify', { code: 'abc1234' }, 'code', 'must be at least 8 characters'],
    ['verify', { code: 'abc123456' }, 'code', 'must be at most 8 characters'],
    ['verify', { code: 'abc-1234' }, 'code', 'must be 8 letters and digits'],
    ['claim', { username: 'ada' }, 'token', 'is required'],
    ['claim', { token: 'x' }, 'username', 'is required'],
    ['claim', { token: '', username: 'ada' }, 'token', 'must be at least 1 character'],
    ['claim', { token: 'x'.repeat(129), username: 'ada' }, 'token', 'must be at most 128 characters'],
    ['claim', { token: 'x', username: 'ab' }, 'username', 'must be at least 3 characters'],
    [
      'claim',
      { token: 'x', username: 'a b' },
      'username',
      'may hold letters, digits, dots, underscores and hyphens only',
    ],
  ];
  test.each(open)('%s %j is refused with 400 that names the field', async (path, body, field, says) => {
    await using portal = await testPortal();
    const answer = await portal.client.post(`${AUTH}/${path}`, body);
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual({
      code: 'ERR_VALIDATION',
      field,
      error: `${field} ${says}`,
      correlation_id: expect.any(String),
    });
    expect(cookieOf(answer)).toBe('');
  });

  const bots: [body: object, field: string, says: string][] = [
    [{}, 'platform', 'is required'],
    [{ ...BOT_IDENTITY, platform_username: undefined }, 'platform_username', 'is required'],
    [{ ...BOT_IDENTITY, platform_username: '' }, 'platform_username', 'must be at least 1 character'],
    [{ ...BOT_IDENTITY, platform_username: 'x'.repeat(129) }, 'platform_username', 'must be at most 128 characters'],
    [
      { ...BOT_IDENTITY, platform_username: 'a\u0000' },
      'platform_username',
      'must be one line without control characters',
    ],
    [
      { ...BOT_IDENTITY, platform_avatar_url: 'javascript:alert(1)' },
      'platform_avatar_url',
      'must be an http or https address',
    ],
    [
      { ...BOT_IDENTITY, platform_avatar_url: 'https://a b' },
      'platform_avatar_url',
      'must be an http or https address',
    ],
    [
      { ...BOT_IDENTITY, platform_avatar_url: `https://${'x'.repeat(2048)}` },
      'platform_avatar_url',
      'must be at most 2048 characters',
    ],
    [{ ...BOT_IDENTITY, platform_avatar_url: 5 }, 'platform_avatar_url', 'must be a string or null'],
  ];
  test.each(bots)('a bot’s %j is refused with 400 that names the field', async (body, field, says) => {
    await using portal = await testPortal();
    const bot = await doorkeeper(portal);
    for (const path of ['login-code', 'send-code']) {
      const answer = await bot.post(`${AUTH}/bot/${path}`, body);
      expect(answer).toMatchObject({
        status: 400,
        body: { code: 'ERR_VALIDATION', field, error: `${field} ${says}` },
      });
    }
  });

  test('two identities that differ in what is no text do not become one', async () => {
    await using portal = await testPortal();
    for (const id of ['\ud800', '\ud801', '\udc00\ud800'])
      expect((await portal.client.post(`${AUTH}/request`, { platform: 'discord', platform_user_id: id })).status).toBe(
        400,
      );
    const pair = { platform: 'discord', platform_user_id: '😀' };
    expect((await portal.client.post(`${AUTH}/request`, pair)).status).toBe(200);
  });
});
