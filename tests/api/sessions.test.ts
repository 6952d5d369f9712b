import { describe, expect, test } from 'bun:test';
import { eq } from 'drizzle-orm';
import { DAY_MS, HOUR_MS } from '../../src/core/durations.ts';
import { keyBlobs } from '../../src/modules/chats/keys/keys.tables.ts';
import { sessions } from '../../src/modules/people/sessions/sessions.tables.ts';
import { openHouse } from '../realtime/house.ts';
import { type TestPortal, testPortal } from '../support/portal.ts';

const SESSIONS = '/v1/users/me/sessions';
const suffix = ({ token }: { token: string }) => token.slice(-6);

async function from(portal: TestPortal, { id }: { id: number }, ip: string, userAgent: string | null) {
  const { users, sessions: service } = portal.modules;
  return portal.database.units.run('sign in', async ({ db }) =>
    service.open(db, await users.require(db, id), { ip, userAgent }),
  );
}

describe('one’s sessions', () => {
  test('are listed with where they are from, the newest first, and no secret', async () => {
    await using portal = await testPortal();
    const ada = await portal.given.person();
    await portal.timers.advance(1000);
    const phone = await from(portal, ada, '8.8.8.8', 'Phone/1');

    const { status, body } = await portal.as(ada).get(SESSIONS);

    expect(status).toBe(200);
    expect(body.history).toEqual([]);
    expect(body.sessions).toEqual([
      {
        token_suffix: suffix(phone),
        created_at: '2026-01-01T00:00:01.000Z',
        expires_at: '2026-01-31T00:00:01.000Z',
        client_ip: '8.8.8.8',
        user_agent: 'Phone/1',
        geo: expect.objectContaining({ country_code: 'US', city: null, lat: null, is_proxy: null }),
        is_current: false,
      },
      {
        token_suffix: suffix(ada),
        created_at: '2026-01-01T00:00:00.000Z',
        expires_at: '2026-01-31T00:00:00.000Z',
        client_ip: '127.0.0.1',
        user_agent: 'test',
        geo: null,
        is_current: true,
      },
    ]);
    expect(JSON.stringify(body)).not.toContain(phone.token);
    expect(JSON.stringify(body)).not.toContain(phone.sessionId);
  });

  test('are one’s own alone', async () => {
    await using portal = await testPortal();
    const [ada, eve] = [await portal.given.person(), await portal.given.person()];
    const { body } = await portal.as(eve).get(SESSIONS);
    expect(body.sessions.map((one: { token_suffix: string }) => one.token_suffix)).toEqual([suffix(eve)]);
    expect(await portal.as(eve).post(`${SESSIONS}/${suffix(ada)}/destroy`)).toMatchObject({ status: 404 });
    expect((await portal.as(ada).get('/v1/users/me')).status).toBe(200);
  });

  test('that have ended are history: the newest 50', async () => {
    await using portal = await testPortal();
    const ada = await portal.given.person();
    const ended: string[] = [];
    for (let index = 0; index < 52; index++) {
      await portal.timers.advance(10);
      const session = await portal.given.session(ada);
      ended.unshift(suffix(session));
      await portal.as(session).post('/v1/authentication/logout');
    }
    const { body } = await portal.as(ada).get(SESSIONS);
    expect(body.sessions).toHaveLength(1);
    expect(body.history.map((one: { token_suffix: string }) => one.token_suffix)).toEqual(ended.slice(0, 50));
    expect(new Set(Object.keys(body.history[0]))).toEqual(
      new Set(['client_ip', 'created_at', 'geo', 'token_suffix', 'user_agent']),
    );
  });

  test('that have run out are history too, before anybody has cleared up', async () => {
    await using portal = await testPortal();
    const ada = await portal.given.person();
    portal.timers.jump(29 * DAY_MS);
    const late = await portal.given.session(ada);
    portal.timers.jump(2 * DAY_MS);
    const { body } = await portal.as(late).get(SESSIONS);
    expect(body.sessions.map((one: { token_suffix: string }) => one.token_suffix)).toEqual([suffix(late)]);
    expect(body.history.map((one: { token_suffix: string }) => one.token_suffix)).toEqual([suffix(ada)]);
  });
});

describe('sessions that ended', () => {
  const rowsOf = async (portal: TestPortal) => (await portal.database.read.select().from(sessions)).map(({ id }) => id);

  test('are forgotten 90 days later, a stranger’s as well; those that are open or ended later stay', async () => {
    await using portal = await testPortal();
    const ada = await portal.given.person();
    const stranger = await portal.given.stranger();
    const early = await portal.given.session(ada);
    await portal.as(early).post('/v1/authentication/logout');
    await portal.as(stranger).post('/v1/authentication/logout');
    portal.timers.jump(DAY_MS);
    const late = await portal.given.session(ada);
    await portal.as(late).post('/v1/authentication/logout');
    portal.timers.jump(89 * DAY_MS - 1);
    const open = await portal.given.session(ada);

    expect(await portal.modules.sessions.forgetOld()).toBe(false);
    expect(await rowsOf(portal)).toHaveLength(5);
    portal.timers.jump(1);
    await portal.modules.sessions.forgetOld();

    expect(new Set(await rowsOf(portal))).toEqual(new Set([ada, late, open].map(({ sessionId }) => sessionId)));
    const { history } = (await portal.as(open).get(SESSIONS)).body;
    expect(history.map((one: { token_suffix: string }) => one.token_suffix)).toEqual([suffix(late), suffix(ada)]);
    expect((await portal.as(early).get('/v1/users/me')).status).toBe(401);
  });

  test('are forgotten by and by, every hour, however many they are', async () => {
    await using portal = await testPortal();
    const ada = await portal.given.person();
    const now = portal.timers.now();
    const row = (index: number) => ({
      ...{ id: `old-${index}`, userId: ada.id, tokenHash: `hash-${index}`, tokenSuffix: 'abcdef' },
      ...{ clientIp: '127.0.0.1', createdAt: now, expiresAt: now, endedAt: now + (index % 2) * 10 * DAY_MS },
    });
    const rows = Array.from({ length: 1000 }, (_, index) => row(index));
    await portal.database.units.run('many', ({ db }) => db.insert(sessions).values(rows).returning());

    expect(await portal.modules.sessions.forgetOld()).toBe(false);
    portal.timers.jump(90 * DAY_MS);
    expect(await portal.modules.sessions.forgetOld()).toBe(true);
    expect((await rowsOf(portal)).length).toBe(801);
    await portal.timers.leap(HOUR_MS);

    const left = await rowsOf(portal);
    expect(left.filter((id) => id.startsWith('old-'))).toHaveLength(500);
    expect(left.filter((id) => /^old-\d*[02468]$/.test(id))).toEqual([]);
  });
});

describe('ending them', () => {
  test('all but the one that asks', async () => {
    await using portal = await testPortal();
    const ada = await portal.given.person();
    const others = [await portal.given.session(ada), await portal.given.session(ada)];
    expect(await portal.as(ada).post(`${SESSIONS}/destroy`)).toMatchObject({ status: 200, body: { destroyed: 2 } });
    for (const other of others) expect((await portal.as(other).get('/v1/users/me')).status).toBe(401);
    expect((await portal.as(ada).get('/v1/users/me')).status).toBe(200);
    expect((await portal.as(ada).post(`${SESSIONS}/destroy`)).body).toEqual({ destroyed: 0 });
  });

  test('one by its suffix, with the chat keys that were sealed for it', async () => {
    await using portal = await testPortal();
    const ada = await portal.given.premium();
    const chat = await portal.given.chat({ owner: ada });
    const other = { ...ada, ...(await portal.given.session(ada)) };
    await portal.given.speaker(chat, other);
    const answer = await portal.as(ada).post(`${SESSIONS}/${suffix(other)}/destroy`);
    expect(answer).toMatchObject({ status: 200, body: { destroyed: true } });
    expect((await portal.as(other).get('/v1/users/me')).status).toBe(401);
    expect(await portal.database.read.select().from(keyBlobs)).toEqual([]);
    expect(await portal.as(ada).post(`${SESSIONS}/${suffix(other)}/destroy`)).toMatchObject({
      status: 404,
      body: { code: 'ERR_NOT_FOUND' },
    });
  });

  test('not the one that asks', async () => {
    await using portal = await testPortal();
    const ada = await portal.given.person();
    const refused = await portal.as(ada).post(`${SESSIONS}/${suffix(ada)}/destroy`);
    expect(refused).toMatchObject({ status: 400, body: { code: 'ERR_CURRENT_SESSION' } });
    expect((await portal.as(ada).get('/v1/users/me')).status).toBe(200);
  });

  test('two that share a suffix end together', async () => {
    await using portal = await testPortal();
    const ada = await portal.given.person();
    const twins = [await portal.given.session(ada), await portal.given.session(ada)];
    await portal.database.units.run('twins', async ({ db }) => {
      for (const { sessionId } of twins)
        await db.update(sessions).set({ tokenSuffix: 'aaaaaa' }).where(eq(sessions.id, sessionId)).returning();
    });
    expect((await portal.as(ada).post(`${SESSIONS}/aaaaaa/destroy`)).body).toEqual({ destroyed: true });
    for (const twin of twins) expect((await portal.as(twin).get('/v1/users/me')).status).toBe(401);
  });

  test.each(['short', 'seven77', 'with.d', 'sp%20ce'])('%p is no suffix', async (text) => {
    await using portal = await testPortal();
    const ada = await portal.given.person();
    const refused = await portal.as(ada).post(`${SESSIONS}/${text}/destroy`);
    expect(refused).toMatchObject({ status: 400, body: { code: 'ERR_VALIDATION', field: 'token_suffix' } });
  });
});

describe('of several session cookies', () => {
  test('the first counts whose session lives, for requests and for sockets', async () => {
    await using house = await openHouse();
    const ada = await house.given.person({ username: 'ada' });
    const old = await house.given.session(ada);
    await house.as(old).post('/v1/authentication/logout');

    for (const cookie of [
      `psession=${old.token}; psession=${ada.token}`,
      `psession=nobody; psession=; psession=${ada.token}; psession=${old.token}`,
    ]) {
      const answer = await fetch(`${house.url}/v1/users/me`, { headers: { cookie } });
      expect(answer.status).toBe(200);
      const visitor = house.knock({}, undefined, { cookie });
      await visitor.heard('connect');
    }
  });

  test('none that lives is none', async () => {
    await using house = await openHouse();
    const answer = await fetch(`${house.url}/v1/users/me`, { headers: { cookie: 'psession=a; psession=b' } });
    expect(answer.status).toBe(401);
  });
});
