import { describe, expect, test } from 'bun:test';
import { eq } from 'drizzle-orm';
import { DAY_MS, HOUR_MS } from '../../src/core/durations.ts';
import { neverPairs, reports } from '../../src/modules/chats/reports/reports.tables.ts';
import { sessions } from '../../src/modules/people/sessions/sessions.tables.ts';
import { type TestPortal, testPortal } from '../support/portal.ts';
import { eventually } from '../support/waiting.ts';

const MATCH = '/v1/portal/match';
const HOME = '203.0.113.7';
const AWAY = '198.51.100.9';
const ELSEWHERE = '192.0.2.77';

type Someone = { id?: number; token: string; sessionId: string };
type Place = { ip?: string };

/** They talk, the first one reports the second one, and leaves. */
async function report(portal: TestPortal, one: Someone, other: Someone, { ip = HOME }: Place = {}): Promise<number> {
  const { id } = await portal.given.direct(one, other);
  const by = portal.as(one).from(ip);
  expect((await by.post(`${MATCH}/report`, { chat_id: id, reason: 'Insulted me' })).status).toBe(200);
  expect((await by.post(`${MATCH}/leave`)).status).toBe(200);
  return id;
}

/** Whether the two would be paired now, by searches from these addresses; in this order. */
async function wouldMeet(portal: TestPortal, first: Someone, second: Someone, ips = [HOME, AWAY]): Promise<boolean> {
  const [one, other] = [portal.as(first).from(ips[0] ?? ''), portal.as(second).from(ips[1] ?? '')];
  expect((await one.post(MATCH, { interests: ['music'] })).body).toMatchObject({ state: 'searching' });
  const { body } = await other.post(MATCH, { interests: ['music'] });
  for (const caller of [one, other]) {
    await caller.post(`${MATCH}/dequeue`);
    if (body.state === 'matched') await caller.post(`${MATCH}/leave`);
  }
  return body.state === 'matched';
}

/** The end of every talk, and of its archive. */
async function forgotten(portal: TestPortal): Promise<void> {
  portal.timers.jump(DAY_MS + 1);
  await portal.modules.direct.settleDue();
}

const rows = ({ database }: TestPortal) => database.read.select().from(neverPairs);

describe('two of whom one has reported the other', () => {
  test('never meet again, whoever searches first, also after the last trace of their talk is gone and after a restart', async () => {
    const first = await testPortal();
    const [one, other] = [await first.given.person(), await first.given.person()];
    const chatId = await report(first, one, other);
    await forgotten(first);
    expect(await first.modules.direct.participants(chatId)).toEqual([]);
    expect(await wouldMeet(first, one, other)).toBe(false);
    expect(await wouldMeet(first, other, one)).toBe(false);
    await first.close({ keep: true });
    await using again = await testPortal({ dataDir: first.dataDir });
    again.timers.jump(DAY_MS + HOUR_MS);
    expect(await wouldMeet(again, one, other)).toBe(false);
    expect(await wouldMeet(again, other, one)).toBe(false);
    expect(await wouldMeet(again, other, await again.given.person())).toBe(true);
    await again.timers.leap(400 * DAY_MS);
    expect(await again.database.read.select().from(reports)).toEqual([]);
    const [fresh, freshOther] = [await again.given.session(one as { id: number }), await again.given.session(other)];
    expect(await wouldMeet(again, { ...one, ...fresh }, { ...other, ...freshOther })).toBe(false);
  });

  test('stay apart whatever moderators decide', async () => {
    await using portal = await testPortal();
    const mod = portal.as(await portal.given.moderator());
    for (const outcome of ['upheld', 'dismissed']) {
      const [one, other] = [await portal.given.person(), await portal.given.stranger(AWAY)];
      await report(portal, one, other);
      const [{ id }] = (await mod.get('/v1/admin/reports')).body.items;
      await mod.post(`/v1/admin/reports/${id}/resolve`, { outcome });
      portal.timers.jump(HOUR_MS);
      expect(await wouldMeet(portal, one, other)).toBe(false);
    }
  });

  test('are not paired by searches that were under way', async () => {
    await using portal = await testPortal();
    const [one, other] = [await portal.given.premium(), await portal.given.premium()];
    const { id } = await portal.given.direct(one, other);
    await portal.as(one).post(MATCH, { interests: ['music'] });
    expect((await portal.as(other).post(MATCH, { interests: ['music'] })).body.state).toBe('searching');
    await portal.as(other).post(`${MATCH}/report`, { chat_id: id, reason: 'Rude' });
    await portal.as(other).post(`${MATCH}/leave`);
    await portal.timers.advance(6 * 60_000);
    for (const who of [one, other])
      expect((await portal.as(who).get(`${MATCH}/status`)).body).toMatchObject({ state: 'searching' });
  });
});

test('a pair that is on its way when the report is made comes to nothing, and both search on', async () => {
  await using portal = await testPortal();
  const { units } = portal.database;
  const [one, other] = [await portal.given.person(), await portal.given.person()];
  const { id } = await portal.given.direct(one, other);
  await portal.as(one).post(`${MATCH}/leave`);
  portal.timers.jump(HOUR_MS);
  await portal.as(one).post(MATCH, { interests: ['music'] });
  const gate = Promise.withResolvers<void>();
  const gated = units.run('gate', () => gate.promise);
  const reporting = portal.as(one).post(`${MATCH}/report`, { chat_id: id, reason: 'Rude' });
  await eventually(() => units.pending === 2);
  const searching = portal.as(other).post(MATCH, { interests: ['music'] });
  await eventually(() => units.pending === 3);
  gate.resolve();
  await gated;
  expect((await reporting).status).toBe(200);
  expect((await searching).body).toMatchObject({ state: 'searching' });
  for (const who of [one, other])
    expect((await portal.as(who).get(`${MATCH}/status`)).body).toMatchObject({ state: 'searching' });
});

describe('a stranger who was reported', () => {
  test('and comes anew from the same address meets the reporter after 24 hours at the earliest', async () => {
    await using portal = await testPortal();
    const [user, stranger] = [await portal.given.person(), await portal.given.stranger(AWAY)];
    await report(portal, user, stranger);
    await portal.as(stranger).post('/v1/authentication/logout');
    const fresh = await portal.given.stranger(AWAY);
    portal.timers.jump(HOUR_MS);
    expect(await wouldMeet(portal, user, fresh)).toBe(false);
    expect(await wouldMeet(portal, fresh, user, [AWAY, HOME])).toBe(false);
    expect(await wouldMeet(portal, user, await portal.given.stranger(ELSEWHERE), [HOME, ELSEWHERE])).toBe(true);
    portal.timers.jump(23 * HOUR_MS);
    const next = await portal.given.stranger(AWAY);
    expect(await wouldMeet(portal, user, next)).toBe(true);
  });

  test('meets a reporter without an account no more when both come anew, for 24 hours', async () => {
    await using portal = await testPortal();
    const [one, other] = [await portal.given.stranger(HOME), await portal.given.stranger(AWAY)];
    await report(portal, one, other);
    for (const who of [one, other]) await portal.as(who).post('/v1/authentication/logout');
    const [freshOne, freshOther] = [await portal.given.stranger(HOME), await portal.given.stranger(AWAY)];
    portal.timers.jump(HOUR_MS);
    expect(await wouldMeet(portal, freshOne, freshOther)).toBe(false);
    expect(await wouldMeet(portal, freshOther, freshOne, [AWAY, HOME])).toBe(false);
    portal.timers.jump(23 * HOUR_MS);
    expect(await wouldMeet(portal, freshOne, freshOther)).toBe(true);
  });

  test('with an account, and comes without it, meets the reporter after 24 hours at the earliest', async () => {
    await using portal = await testPortal();
    const [one, other] = [await portal.given.person(), await portal.given.person()];
    await portal.database.units.run('move', ({ db }) =>
      db.update(sessions).set({ clientIp: AWAY }).where(eq(sessions.id, other.sessionId)).returning(),
    );
    await report(portal, one, other);
    const disguised = await portal.given.stranger(AWAY);
    portal.timers.jump(HOUR_MS);
    expect(await wouldMeet(portal, one, disguised)).toBe(false);
    expect(await wouldMeet(portal, disguised, one, [AWAY, HOME])).toBe(false);
    expect(await wouldMeet(portal, one, await portal.given.person(), [HOME, AWAY])).toBe(true);
    portal.timers.jump(23 * HOUR_MS);
    expect(await wouldMeet(portal, one, await portal.given.stranger(AWAY))).toBe(true);
  });

  test('is kept apart by the session alone at another address, as long as it lasts', async () => {
    await using portal = await testPortal();
    const [user, stranger] = [await portal.given.person(), await portal.given.stranger(AWAY)];
    await report(portal, user, stranger);
    portal.timers.jump(23 * HOUR_MS);
    expect(await wouldMeet(portal, user, stranger, [HOME, ELSEWHERE])).toBe(false);
    portal.timers.jump(23 * HOUR_MS);
    expect(await wouldMeet(portal, user, stranger, [HOME, ELSEWHERE])).toBe(false);
  });

  test.each([HOME, '127.0.0.1', '10.1.2.3', '100.64.0.9', 'fd00::7'])(
    'at %s, where the reporter is too, keeps nobody else there apart',
    async (ip) => {
      await using portal = await testPortal();
      const [one, other] = [await portal.given.stranger(ip), await portal.given.stranger(ip)];
      await report(portal, one, other, { ip });
      const [third, fourth] = [await portal.given.stranger(ip), await portal.given.stranger(ip)];
      portal.timers.jump(HOUR_MS);
      expect(await wouldMeet(portal, third, fourth, [ip, ip])).toBe(true);
      expect(await wouldMeet(portal, one, other, [ip, ip])).toBe(false);
    },
  );
});

describe('what is kept of a pair', () => {
  test('is a hash that names nobody', async () => {
    await using portal = await testPortal();
    const [one, other] = [await portal.given.person(), await portal.given.person()];
    await report(portal, one, other, { ip: '127.0.0.1' });
    const kept = await rows(portal);
    expect(kept.map(({ key, otherKey }) => [key, otherKey])).toEqual(
      [kept[0], kept[1]].map((row) => [expect.stringMatching(/^[0-9a-f]{32}$/), row?.otherKey]),
    );
    expect(kept[0]).toMatchObject({ key: kept[1]?.otherKey, otherKey: kept[1]?.key, sessionId: null, endsAt: null });
  });

  test('goes with the stranger’s session, and that of the address after 24 hours', async () => {
    await using portal = await testPortal();
    const [one, other] = [await portal.given.stranger(HOME), await portal.given.stranger(AWAY)];
    await report(portal, one, other);
    expect(await rows(portal)).toHaveLength(8);
    for (const who of [one, other]) await portal.as(who).post('/v1/authentication/logout');
    await eventually(async () => (await rows(portal)).length === 2);
    expect(await rows(portal)).toMatchObject([{ sessionId: null }, { sessionId: null }]);
    await portal.timers.leap(DAY_MS + HOUR_MS);
    expect(await rows(portal)).toEqual([]);
  });

  test('of reports is gone after 180 days, and not before', async () => {
    await using portal = await testPortal();
    const [user, stranger] = [await portal.given.person(), await portal.given.stranger()];
    await report(portal, user, stranger);
    await portal.timers.leap(179 * DAY_MS);
    const mod = portal.as(await portal.given.moderator());
    expect((await mod.get('/v1/admin/reports')).body.items).toMatchObject([
      { reporter: { user: { id: user.id } }, reported: { kind: 'stranger', signature: stranger.signature } },
    ]);
    await portal.timers.leap(DAY_MS + HOUR_MS);
    expect((await mod.get('/v1/admin/reports')).body).toMatchObject({ items: [], total: 0 });
  });
});
