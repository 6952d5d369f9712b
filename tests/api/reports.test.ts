import { describe, expect, test } from 'bun:test';
import { DAY_MS, HOUR_MS } from '../../src/core/durations.ts';
import { type PersonId, personOf } from '../../src/core/principal.ts';
import { openHouse } from '../realtime/house.ts';
import type { Caller } from '../support/caller.ts';
import { type TestPortal, testPortal } from '../support/portal.ts';

const REPORT = '/v1/portal/match/report';
const REPORTS = '/v1/admin/reports';

type Someone = { id?: number; token: string; sessionId: string };
type Made = { chatId: number; by: Caller };

const personId = ({ id, sessionId }: Someone): PersonId => personOf({ sessionId, userId: id });

/** The two talk, and one reports the other from this address. */
async function report(portal: TestPortal, one: Someone, other: Someone, ip = '127.0.0.1'): Promise<Made> {
  const { id: chatId } = await portal.given.direct(one, other);
  const by = portal.as(one).from(ip);
  const answer = await by.post(REPORT, { chat_id: chatId, reason: 'Insulted me' });
  expect(answer).toMatchObject({ status: 200, body: { message: 'Reported' } });
  return { chatId, by };
}

async function isOnHold(portal: TestPortal, who: Someone): Promise<boolean> {
  return portal.modules.reports.requireNotOnHold(portal.database.read, personId(who)).then(
    () => false,
    (error: { errorCode: string }) => {
      expect(error.errorCode).toBe('ERR_MATCH_ON_HOLD');
      return true;
    },
  );
}

/** Strangers report a person, one from each of these addresses. Returns the ids of the reports, oldest first. */
async function reportedFrom(portal: TestPortal, who: Someone, ips: readonly string[]): Promise<number[]> {
  for (const ip of ips) await report(portal, await portal.given.stranger(ip), who, ip);
  const { body } = await portal.as(await portal.given.owner()).get(`${REPORTS}?limit=${ips.length}`);
  return body.items.map(({ id }: { id: number }) => id).toReversed();
}

const THREE = ['203.0.113.1', '203.0.113.2', '203.0.113.3'];

describe('a report', () => {
  test('tells moderators who, whom and why, users by name and strangers by signature', async () => {
    await using portal = await testPortal();
    const { given, as } = portal;
    const [user, stranger] = [await given.person(), await given.stranger()];
    const { id: chatId } = await given.direct(user, stranger);
    const [own, peer] = await portal.modules.direct.participants(chatId);
    await as(stranger).post(REPORT, { chat_id: chatId, reason: '  Rude  ' });
    await as(user).post(REPORT, { chat_id: chatId, reason: 'Ruder' });
    const { body } = await as(await given.moderator()).get(REPORTS);
    const userSide = { kind: 'user', user: { id: user.id, username: user.username, avatar_url: null } };
    const strangerSide = { kind: 'stranger', signature: stranger.signature, alias: peer?.alias };
    const open = {
      chat_id: chatId,
      state: 'open',
      created_at: expect.any(String),
      decided_by_id: null,
      decided_at: null,
    };
    expect(own?.alias).not.toBe(peer?.alias);
    expect(body).toEqual({
      items: [
        { id: 2, ...open, reason: 'Ruder', reporter: userSide, reported: strangerSide },
        { id: 1, ...open, reason: 'Rude', reporter: strangerSide, reported: userSide },
      ],
      total: 2,
      offset: 0,
      limit: 50,
    });
  });

  test('made twice is one, also at the same moment, until it has been decided', async () => {
    await using portal = await testPortal();
    const { given, as } = portal;
    const mod = as(await given.moderator());
    const { chatId, by } = await report(portal, await given.person(), await given.person());
    const again = { chat_id: chatId, reason: 'Once more' };
    const answers = await Promise.all([by.post(REPORT, again), by.post(REPORT, again)]);
    expect(answers).toMatchObject([{ status: 200, body: { message: 'Reported' } }, { status: 200 }]);
    const [first] = (await mod.get(REPORTS)).body.items;
    expect((await mod.get(REPORTS)).body).toMatchObject({ total: 1, items: [{ reason: 'Insulted me' }] });
    await mod.post(`${REPORTS}/${first.id}/resolve`, { outcome: 'upheld' });
    expect((await by.post(REPORT, again)).status).toBe(200);
    expect((await mod.get(`${REPORTS}?state=open`)).body).toMatchObject({ total: 1, items: [{ reason: 'Once more' }] });
    expect((await mod.get(REPORTS)).body.total).toBe(2);
  });

  test('is for the two of a direct chat alone, live or archived', async () => {
    await using portal = await testPortal();
    const { given, as } = portal;
    const [one, other, third] = [await given.person(), await given.stranger(), await given.stranger()];
    const { id } = await given.direct(one, other);
    const group = await given.chat();
    const body = { chat_id: id, reason: 'Insulted me' };
    for (const [who, chat_id] of [
      [third, id],
      [await given.owner(), id],
      [group.owner, group.id],
      [one, 9999],
    ] as const)
      expect(await as(who).post(REPORT, { ...body, chat_id })).toMatchObject({
        status: 404,
        body: { code: 'ERR_NOT_FOUND' },
      });
    await portal.modules.direct.leave(await portal.modules.sessions.require(other.token));
    expect((await as(one).post(REPORT, body)).status).toBe(200);
    portal.timers.jump(DAY_MS + 1);
    await portal.modules.direct.settleDue();
    expect((await as(one).post(REPORT, body)).status).toBe(404);
  });

  test.each([
    [{}, 'chat_id'],
    [{ chat_id: 1 }, 'reason'],
    [{ chat_id: 1, reason: '' }, 'reason'],
    [{ chat_id: 1, reason: ' \n ' }, 'reason'],
    [{ chat_id: 1, reason: 'x'.repeat(501) }, 'reason'],
    [{ chat_id: '1', reason: 'x' }, 'chat_id'],
    [{ chat_id: 0, reason: 'x' }, 'chat_id'],
  ])('that is incomplete is refused: %j', async (body, field) => {
    await using portal = await testPortal();
    const answer = await portal.as(await portal.given.stranger()).post(REPORT, body);
    expect(answer).toMatchObject({ status: 400, body: { code: 'ERR_VALIDATION', field } });
  });
});

describe('a hold', () => {
  test('begins with the third report in a day by three people from three addresses', async () => {
    await using portal = await testPortal();
    const user = await portal.given.person();
    await reportedFrom(portal, user, THREE.slice(0, 2));
    expect(await isOnHold(portal, user)).toBe(false);
    const told: object[] = [];
    portal.events.on('report.made', (event) => void told.push(event));
    await reportedFrom(portal, user, THREE.slice(2));
    expect(await isOnHold(portal, user)).toBe(true);
    expect(told).toMatchObject([{ reported: personId(user), isOnHold: true }]);
    portal.timers.jump(30 * DAY_MS);
    expect(await isOnHold(portal, user)).toBe(true);
  });

  test('ends with a decision, whichever it is', async () => {
    await using portal = await testPortal();
    const [one, two] = [await portal.given.person(), await portal.given.stranger()];
    const mod = portal.as(await portal.given.moderator());
    for (const [who, outcome] of [
      [one, 'upheld'],
      [two, 'dismissed'],
    ] as const) {
      const [, id] = await reportedFrom(portal, who, THREE);
      expect(await isOnHold(portal, who)).toBe(true);
      expect((await mod.post(`${REPORTS}/${id}/resolve`, { outcome })).status).toBe(200);
      expect(await isOnHold(portal, who)).toBe(false);
    }
  });

  test('needs as many addresses as people, accounts included, and an IPv6 network is one', async () => {
    await using portal = await testPortal();
    const { given } = portal;
    const user = await given.person();
    await reportedFrom(portal, user, ['203.0.113.1', '203.0.113.1', '203.0.113.1', '203.0.113.1']);
    await report(portal, await given.person(), user, '203.0.113.1');
    await report(portal, await given.person(), user, '2001:db8:1:2::1');
    await report(portal, await given.person(), user, '2001:db8:1:2:ffff::1');
    expect(await isOnHold(portal, user)).toBe(false);
    await report(portal, await given.person(), user, '2001:db8:1:3::1');
    expect(await isOnHold(portal, user)).toBe(true);
  });

  test('needs them within 24 hours', async () => {
    await using portal = await testPortal();
    const user = await portal.given.person();
    await reportedFrom(portal, user, THREE.slice(0, 1));
    portal.timers.jump(12 * HOUR_MS);
    await reportedFrom(portal, user, THREE.slice(1, 2));
    portal.timers.jump(12 * HOUR_MS);
    await reportedFrom(portal, user, THREE.slice(2));
    expect(await isOnHold(portal, user)).toBe(false);
    portal.timers.jump(HOUR_MS);
    await reportedFrom(portal, user, ['203.0.113.4']);
    expect(await isOnHold(portal, user)).toBe(true);
  });

  test('is not set off by someone whose report was dismissed before or since', async () => {
    await using portal = await testPortal();
    const { given, as } = portal;
    const mod = as(await given.moderator());
    const [reporter, user] = [await given.person(), await given.person()];
    await report(portal, reporter, await given.person(), '203.0.113.9');
    const [first] = (await mod.get(REPORTS)).body.items;
    await report(portal, reporter, user, '203.0.113.9');
    await reportedFrom(portal, user, THREE.slice(0, 2));
    expect(await isOnHold(portal, user)).toBe(true);
    await mod.post(`${REPORTS}/${first.id}/resolve`, { outcome: 'dismissed' });
    expect(await isOnHold(portal, user)).toBe(false);
    const next = await given.person();
    await report(portal, reporter, next, '203.0.113.9');
    await reportedFrom(portal, next, THREE.slice(0, 2));
    expect(await isOnHold(portal, next)).toBe(false);
    await reportedFrom(portal, next, THREE.slice(2));
    expect(await isOnHold(portal, next)).toBe(true);
  });

  test('comes when the setting says: never, or with the first report', async () => {
    for (const [hold, expected] of [
      ['0', false],
      ['1', true],
    ] as const) {
      await using portal = await testPortal({ env: { PORTAL_MATCH_REPORT_HOLD: hold } });
      const user = await portal.given.person();
      await reportedFrom(portal, user, THREE.slice(0, hold === '0' ? 3 : 1));
      expect(await isOnHold(portal, user)).toBe(expected);
    }
  });
});

describe('the limit of reports', () => {
  test('is per person and day; what was there already, or was no chat of theirs, does not count', async () => {
    await using portal = await testPortal({ env: { PORTAL_LIMITS: 'on', PORTAL_LIMIT_REPORTS: '2' } });
    const { given } = portal;
    const [person, other] = [await given.person(), await given.person()];
    const { chatId, by } = await report(portal, person, other);
    expect((await by.post(REPORT, { chat_id: chatId, reason: 'Again' })).status).toBe(200);
    expect((await by.post(REPORT, { chat_id: 99, reason: 'Whose?' })).status).toBe(404);
    portal.timers.jump(HOUR_MS);
    await report(portal, person, await given.person(), '203.0.113.9');
    const { id } = await given.direct(person, await given.person());
    const refused = await by.from('198.51.100.1').post(REPORT, { chat_id: id, reason: 'Too much' });
    expect(refused).toMatchObject({ status: 429, body: { code: 'ERR_RATE_LIMITED', retry_after: 23 * 3600 } });
    expect((await by.post(REPORT, { chat_id: chatId, reason: 'Again' })).status).toBe(200);
    await report(portal, other, await given.person());
    portal.timers.jump(23 * HOUR_MS);
    expect((await by.post(REPORT, { chat_id: id, reason: 'A day later' })).status).toBe(200);
  });

  test('is shared by the strangers of an address, not with the users there, and survives a restart', async () => {
    const env = { PORTAL_LIMITS: 'on', PORTAL_LIMIT_REPORTS: '2' };
    const first = await testPortal({ env });
    const { given } = first;
    const user = await given.person();
    for (const ip of ['2001:db8:1:2::1', '2001:db8:1:2:ffff::1'])
      await report(first, await given.stranger(ip), await given.person(), ip);
    await report(first, user, await given.person(), '2001:db8:1:2::1');
    const late = await given.stranger('2001:db8:1:2::3');
    const { id } = await given.direct(late, await given.person());
    await first.close({ keep: true });
    await using again = await testPortal({ env, dataDir: first.dataDir });
    const by = again.as(late).from('2001:db8:1:2::3');
    expect((await by.post(REPORT, { chat_id: id, reason: 'Rude' })).status).toBe(429);
    expect((await by.from('2001:db8:1:3::3').post(REPORT, { chat_id: id, reason: 'Rude' })).status).toBe(200);
  });
});

test('an enqueue of someone on hold is refused, and a search under way ends; a decision lets them search', async () => {
  await using portal = await testPortal();
  const { given, as } = portal;
  const user = await given.premium();
  const interests = ['music'];
  await reportedFrom(portal, user, THREE.slice(0, 2));
  for (const chatId of await portal.modules.direct.listLive(personId(user)))
    await as(user).post('/v1/portal/match/leave', { chat_id: chatId });
  expect((await as(user).post('/v1/portal/match', { interests })).body).toMatchObject({ state: 'searching' });
  const [last] = (await reportedFrom(portal, user, THREE.slice(2))).slice(-1);
  await portal.timers.advance(1);
  expect((await as(user).get('/v1/portal/match/status')).body.state).toBe('matched');
  expect(await as(user).post('/v1/portal/match', { interests })).toMatchObject({
    status: 403,
    body: { code: 'ERR_MATCH_ON_HOLD' },
  });
  await as(await given.moderator()).post(`${REPORTS}/${last}/resolve`, { outcome: 'dismissed' });
  expect((await as(user).post('/v1/portal/match', { interests })).body).toMatchObject({ state: 'searching' });
});

test('nothing tells the reported one, neither an event nor an answer', async () => {
  await using house = await openHouse();
  const [user, stranger] = [await house.given.person(), await house.given.stranger()];
  const [here, there] = [await house.dial(user), await house.dial(stranger)];
  const { id } = await house.given.direct(user, stranger);
  for (const [one, other, visitor] of [
    [user, stranger, there],
    [stranger, user, here],
  ] as const) {
    await visitor.heard('match:found');
    await visitor.settled();
    const look = async () => {
      const paths = ['match/status', 'chats/joined', `chats/${id}/history`].map((path) => `/v1/portal/${path}`);
      return Promise.all(paths.map(async (path) => (await house.as(other).get(path)).body));
    };
    const [before, heard] = [await look(), visitor.told.length];
    await house.as(one).post(REPORT, { chat_id: id, reason: 'Rude' });
    await visitor.settled();
    const strip = (bodies: object[]) => JSON.stringify(bodies).replaceAll(/"correlation_id":"[^"]*"/g, '');
    expect(strip(await look())).toBe(strip(before));
    expect(visitor.told.slice(heard)).toEqual([]);
  }
});
