import { describe, expect, test } from 'bun:test';
import { createHmac } from 'node:crypto';
import { DAY_MS, HOUR_MS, SECOND_MS } from '../../src/core/durations.ts';
import { type PersonId, personOfStranger } from '../../src/core/principal.ts';
import type { Answer } from '../support/caller.ts';
import type { Visitor } from '../support/given.ts';
import { type TestPortal, testPortal } from '../support/portal.ts';

const AUTH = '/v1/authentication';
const STRANGER = `${AUTH}/stranger`;
const WITH_LIMITS = { PORTAL_LIMITS: 'on', PORTAL_LIMIT_LOGIN: '1000000', PORTAL_LIMIT_AUTH: '1000000' };

const tokenOf = ({ headers }: Answer) => /psession=([\w-]+)/.exec(headers.get('set-cookie') ?? '')?.[1] ?? '';
const isLive = async (portal: TestPortal, token: string) =>
  (await portal.as({ token }).get('/v1/users/me')).body.code === 'ERR_ACCOUNT_REQUIRED';

/** Comes as a browser with this cookie does. */
const comeWith = (portal: TestPortal, session: { token: string }) =>
  portal.browserOf(session).post(STRANGER, {}, { 'x-api-key': portal.modules.publicKey.current() });

/** A socket of the stranger is open. */
const here = ({ adapters }: TestPortal, { sessionId }: Visitor) =>
  adapters.online.arrive({ socketId: `s-${sessionId}`, sessionId, person: personOfStranger(sessionId) });

/** Signs in by a code, as a browser with this cookie does. */
async function signInWith(portal: TestPortal, session: { token: string }): Promise<Answer> {
  const { code } = await portal.modules.auth.consoleCode((await portal.given.person()).username);
  return portal
    .browserOf(session)
    .post(`${AUTH}/verify`, { code }, { 'x-api-key': portal.modules.publicKey.current() });
}

describe('coming without an account', () => {
  test('gives an alias and a cookie of three days for a session of one', async () => {
    await using portal = await testPortal();
    const answer = await portal.client.post(STRANGER);
    expect(answer).toMatchObject({ status: 200 });
    expect(answer.body).toEqual({
      alias: expect.stringMatching(/^[a-z]+-[a-z]+$/),
      expires_at: '2026-01-02T00:00:00.000Z',
    });
    expect(answer.headers.get('set-cookie')).toMatch(
      /^psession=[\w-]{43}; HttpOnly; Path=\/; SameSite=Lax; Max-Age=259200$/,
    );
    expect(await isLive(portal, tokenOf(answer))).toBe(true);
  });

  test('ends after 24 hours, or as late as the session was extended to; never earlier for it', async () => {
    await using portal = await testPortal();
    const [plain, talker] = [await portal.given.stranger(), await portal.given.stranger()];
    const { strangers, sessions } = portal.modules;
    const until = portal.timers.now() + 3 * DAY_MS;
    await portal.database.units.run('extend', ({ db }) => strangers.extend(db, talker.sessionId, until));
    await portal.database.units.run('extend', ({ db }) => strangers.extend(db, talker.sessionId, until - DAY_MS));
    portal.timers.jump(DAY_MS - 1);
    expect([await isLive(portal, plain.token), await isLive(portal, talker.token)]).toEqual([true, true]);
    portal.timers.jump(1);
    expect([await isLive(portal, plain.token), await isLive(portal, talker.token)]).toEqual([false, true]);
    portal.timers.jump(2 * DAY_MS);
    await sessions.endOverdue();
    expect(await isLive(portal, talker.token)).toBe(false);
    await portal.database.units.run('extend', ({ db }) => strangers.extend(db, talker.sessionId, until + DAY_MS));
    expect(await isLive(portal, talker.token)).toBe(false);
  });

  test('again with the cookie is the same session, whose cookie is renewed; without it another', async () => {
    await using portal = await testPortal();
    const stranger = await portal.given.stranger();
    portal.timers.jump(HOUR_MS);
    const again = await comeWith(portal, stranger);
    expect(again.body).toEqual({ alias: stranger.alias, expires_at: '2026-01-02T00:00:00.000Z' });
    expect(tokenOf(again)).toBe(stranger.token);
    expect(again.headers.get('set-cookie')).toContain('Max-Age=259200');
    expect(tokenOf(await portal.client.post(STRANGER))).not.toBe(stranger.token);
    portal.timers.jump(DAY_MS);
    const later = await comeWith(portal, stranger);
    expect(later.status).toBe(200);
    expect(tokenOf(later)).not.toBe(stranger.token);
  });

  test('with the cookie of an account replaces the cookie and leaves the account’s session alone', async () => {
    await using portal = await testPortal();
    const ada = await portal.given.person();
    const answer = await comeWith(portal, ada);
    expect(answer.status).toBe(200);
    expect(tokenOf(answer)).not.toBe(ada.token);
    expect(await isLive(portal, tokenOf(answer))).toBe(true);
    expect((await portal.as(ada).get('/v1/users/me')).status).toBe(200);
  });

  test('takes the public key, and is refused where strangers are not admitted', async () => {
    await using portal = await testPortal({ env: { PORTAL_STRANGERS: 'off' } });
    expect((await portal.nobody.post(STRANGER)).status).toBe(401);
    const refused = await portal.client.post(STRANGER);
    expect(refused).toMatchObject({ status: 403, body: { code: 'ERR_STRANGERS_OFF' } });
    expect(refused.headers.get('set-cookie')).toBeNull();
  });

  test('has a signature that only the instance can compute from the token', async () => {
    await using portal = await testPortal();
    const secret = `${'s'.repeat(40)}`;
    await using other = await testPortal({ env: { PORTAL_SECRET: secret } });
    const { token, signature } = await other.given.stranger();
    expect(signature).toBe(createHmac('sha256', secret).update(token).digest('hex').slice(0, 16));
    expect((await portal.given.stranger()).signature).toMatch(/^[0-9a-f]{16}$/);
  });
});

describe('a stranger', () => {
  test('who signs in is no stranger any more: the session ends and nothing passes over', async () => {
    await using portal = await testPortal();
    const ended: object[] = [];
    portal.events.on('session.ended', (event) => void ended.push(event));
    const stranger = await portal.given.stranger();
    const signedIn = await signInWith(portal, stranger);
    expect(signedIn.status).toBe(200);
    expect(ended).toEqual([
      { name: 'session.ended', sessionId: stranger.sessionId, userId: null, reason: 'logout' } as object,
    ]);
    expect(await isLive(portal, stranger.token)).toBe(false);
    expect((await portal.as({ token: tokenOf(signedIn) }).get('/v1/users/me')).status).toBe(200);
  });

  test('keeps the session when signing in fails', async () => {
    await using portal = await testPortal();
    const stranger = await portal.given.stranger();
    const key = { 'x-api-key': portal.modules.publicKey.current() };
    const failed = await portal.browserOf(stranger).post(`${AUTH}/verify`, { code: 'aaaaaaaa' }, key);
    expect(failed.status).toBe(401);
    expect(await isLive(portal, stranger.token)).toBe(true);
  });

  test('who claims the instance is none any more either', async () => {
    await using portal = await testPortal();
    const stranger = await portal.given.stranger();
    const { token } = portal.modules.claim;
    const key = { 'x-api-key': portal.modules.publicKey.current() };
    const claimed = await portal.browserOf(stranger).post(`${AUTH}/claim`, { token, username: 'ada' }, key);
    expect(claimed.status).toBe(200);
    expect(await isLive(portal, stranger.token)).toBe(false);
  });

  test('and an account take turns in one browser, and neither sees what was the other’s', async () => {
    await using portal = await testPortal();
    const first = await portal.given.stranger();
    const account = { token: tokenOf(await signInWith(portal, first)) };
    await portal.browserOf(account).post(`${AUTH}/logout`);
    const second = { token: tokenOf(await comeWith(portal, account)) };
    expect(new Set([first.token, account.token, second.token]).size).toBe(3);
    expect(await isLive(portal, second.token)).toBe(true);
    expect((await portal.browserOf(account).get('/v1/users/me')).status).toBe(401);
  });

  test('logs out, and the cookie goes', async () => {
    await using portal = await testPortal();
    const stranger = await portal.given.stranger();
    const answer = await portal.browserOf(stranger).post(`${AUTH}/logout`);
    expect(answer.headers.get('set-cookie')).toMatch(/^psession=; .*Expires=Thu, 01 Jan 1970/);
    expect(await isLive(portal, stranger.token)).toBe(false);
  });
});

describe('the sessions of one address', () => {
  const three = { env: { ...WITH_LIMITS, PORTAL_LIMIT_STRANGERS: '3' } };

  /** Three strangers of one address, a second apart. */
  async function full(portal: TestPortal, ip: string): Promise<Visitor[]> {
    const all: Visitor[] = [];
    for (let count = 0; count < 3; count++) {
      all.push(await portal.given.stranger(ip));
      portal.timers.jump(SECOND_MS);
    }
    return all;
  }
  const alive = async (portal: TestPortal, all: readonly Visitor[]) =>
    Promise.all(all.map(({ token }) => isLive(portal, token)));

  test('are limited: a new one ends the one that has been idle longest', async () => {
    await using portal = await testPortal(three);
    const all = await full(portal, '203.0.113.7');
    const more = await portal.client.from('203.0.113.7').post(STRANGER);
    expect(await alive(portal, all)).toEqual([false, true, true]);
    expect(await isLive(portal, tokenOf(more))).toBe(true);
    await portal.client.from('203.0.113.8').post(STRANGER);
    expect(await alive(portal, all)).toEqual([false, true, true]);
  });

  test('are idle since their last socket went', async () => {
    await using portal = await testPortal(three);
    const all = await full(portal, '203.0.113.7');
    const [first] = all as [Visitor];
    portal.events.dispatch({
      name: 'person.disconnected',
      person: personOfStranger(first.sessionId),
      sessionId: first.sessionId,
      lastOfPerson: true,
      lastOfSession: true,
    } as never);
    portal.timers.jump(SECOND_MS);
    await portal.client.from('203.0.113.7').post(STRANGER);
    expect(await alive(portal, all)).toEqual([true, false, true]);
    // Also once it is stored.
    await portal.timers.advance(30 * SECOND_MS);
    await portal.client.from('203.0.113.7').post(STRANGER);
    expect(await alive(portal, all)).toEqual([true, false, false]);
  });

  test('that have a socket, a search or a talk are left alone; if all have, there is no room', async () => {
    await using portal = await testPortal(three);
    const all = await full(portal, '203.0.113.7');
    const [first, second, third] = all as [Visitor, Visitor, Visitor];
    const busy = new Set<PersonId>([personOfStranger(first.sessionId)]);
    portal.modules.strangerActivity.add({ isBusy: (person) => busy.has(person) });
    await here(portal, second);
    const more = await portal.given.stranger('203.0.113.7');
    expect(await alive(portal, all)).toEqual([true, true, false]);
    await here(portal, more);
    const refused = await portal.client.from('203.0.113.7').post(STRANGER);
    expect(refused).toMatchObject({ status: 429, body: { code: 'ERR_RATE_LIMITED', retry_after: 60 } });
    expect(refused.headers.get('retry-after')).toBe('60');
    expect(await alive(portal, [first, second, more])).toEqual([true, true, true]);
    busy.clear();
    expect((await portal.client.from('203.0.113.7').post(STRANGER)).status).toBe(200);
    expect(await alive(portal, [first, second, more])).toEqual([false, true, true]);
    expect(third.token).not.toBe(first.token);
  });

  test('of a network of IPv6 are those of the whole /64', async () => {
    await using portal = await testPortal(three);
    const all: Visitor[] = [];
    for (const ip of ['2001:db8:1:2::1', '2001:db8:1:2:ffff::1', '2001:db8:1:2::3']) {
      all.push(await portal.given.stranger(ip));
      portal.timers.jump(SECOND_MS);
    }
    await portal.client.from('2001:db8:1:3::1').post(STRANGER);
    expect(await alive(portal, all)).toEqual([true, true, true]);
    await portal.client.from('2001:db8:1:2:1:2:3:4').post(STRANGER);
    expect(await alive(portal, all)).toEqual([false, true, true]);
  });

  test('come in no greater number however many ask at once', async () => {
    await using portal = await testPortal(three);
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => portal.client.from('203.0.113.7').post(STRANGER)),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const live = await Promise.all(answers.map((answer) => isLive(portal, tokenOf(answer))));
    expect(live.filter((one) => one)).toHaveLength(3);
  });

  test('are not limited where limits are off', async () => {
    await using portal = await testPortal({ env: { PORTAL_LIMIT_STRANGERS: '1' } });
    const all = [await portal.given.stranger(), await portal.given.stranger()];
    expect(await alive(portal, all)).toEqual([true, true]);
  });
});
