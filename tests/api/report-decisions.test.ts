import { describe, expect, test } from 'bun:test';
import { HOUR_MS } from '../../src/core/durations.ts';
import { type TestPortal, testPortal } from '../support/portal.ts';

const REPORTS = '/v1/admin/reports';
type Someone = { id?: number; token: string; sessionId: string };

/** The first one reports the second one. Returns the report's id. */
async function report(portal: TestPortal, one: Someone, other: Someone): Promise<number> {
  const { id } = await portal.given.direct(one, other);
  await portal.as(one).post('/v1/portal/match/report', { chat_id: id, reason: 'Insulted me' });
  const { body } = await portal.as(await portal.given.owner()).get(REPORTS);
  return body.items[0].id;
}

const resolve = ({ as }: TestPortal, who: Someone, id: number, body: object = { outcome: 'upheld' }) =>
  as(who).post(`${REPORTS}/${id}/resolve`, body);

describe('a decision', () => {
  test('is told in the report, and on record without its sides', async () => {
    await using portal = await testPortal();
    const { given, as } = portal;
    const [one, stranger, moderator] = [await given.person(), await given.stranger(), await given.moderator()];
    const id = await report(portal, one, stranger);
    portal.timers.jump(HOUR_MS);
    const answer = await resolve(portal, moderator, id, { outcome: 'dismissed', note: ' Nothing to it ' });
    const [listed] = (await as(moderator).get(REPORTS)).body.items;
    expect(answer).toMatchObject({ status: 200, body: listed });
    expect(listed).toMatchObject({
      id,
      state: 'dismissed',
      decided_by_id: moderator.id,
      decided_at: new Date(portal.timers.now()).toISOString(),
    });
    const { body } = await as(await given.admin()).get('/v1/admin/audit/logs?entity_type=report');
    expect(body.items).toEqual([
      {
        id: expect.any(Number),
        entity_type: 'report',
        entity_id: String(id),
        event_type: 'REPORT_RESOLVE',
        actor_id: moderator.id,
        event_metadata: { outcome: 'dismissed', note: 'Nothing to it' },
        created_at: expect.any(String),
      },
    ]);
    expect((await as(moderator).get('/v1/admin/audit/logs?entity_type=report')).body.total).toBe(0);
  });

  test('is made once, also at the same moment', async () => {
    await using portal = await testPortal();
    const { given } = portal;
    const [one, two] = [await given.moderator(), await given.moderator()];
    const id = await report(portal, await given.person(), await given.person());
    const answers = await Promise.all([resolve(portal, one, id), resolve(portal, two, id, { outcome: 'dismissed' })]);
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409]);
    expect(await resolve(portal, one, id)).toMatchObject({ status: 409, body: { code: 'ERR_CONFLICT' } });
    expect(await resolve(portal, one, 999)).toMatchObject({ status: 404, body: { code: 'ERR_NOT_FOUND' } });
  });

  test.each([
    [{}, 'outcome'],
    [{ outcome: 'open' }, 'outcome'],
    [{ outcome: 'upheld', note: 'x'.repeat(501) }, 'note'],
  ])('that is incomplete is refused: %j', async (body, field) => {
    await using portal = await testPortal();
    const answer = await resolve(portal, await portal.given.moderator(), 1, body);
    expect(answer).toMatchObject({ status: 400, body: { code: 'ERR_VALIDATION', field } });
  });

  test('needs the level of a moderator at that moment, as the list does', async () => {
    await using portal = await testPortal();
    const { given, as, nobody } = portal;
    const id = await report(portal, await given.person(), await given.stranger());
    const bot = portal.holding((await given.bot()).apiKey);
    for (const [caller, status, code] of [
      [as(await given.person()), 403, 'ERR_FORBIDDEN'],
      [as(await given.stranger()), 403, 'ERR_ACCOUNT_REQUIRED'],
      [bot, 401, 'ERR_UNAUTHENTICATED'],
      [portal.client, 401, 'ERR_UNAUTHENTICATED'],
      [nobody, 401, 'ERR_UNAUTHENTICATED'],
    ] as const) {
      expect(await caller.get(REPORTS)).toMatchObject({ status, body: { code } });
      expect(await caller.post(`${REPORTS}/${id}/resolve`, { outcome: 'upheld' })).toMatchObject({
        status,
        body: { code },
      });
    }
    for (const who of [await given.moderator(), await given.admin(), await given.owner()]) {
      expect((await as(who).get(`${REPORTS}?state=open`)).body.total).toBe(1);
      expect((await resolve(portal, who, 999)).status).toBe(404);
    }
  });
});

describe('a report in which staff is a side', () => {
  test('does not exist for them, whatever their level, and others decide it', async () => {
    await using portal = await testPortal();
    const { given, as } = portal;
    const [moderator, admin, owner] = [await given.moderator(), await given.admin(), await given.owner()];
    const stranger = await given.stranger();
    const about = await report(portal, stranger, admin);
    const by = await report(portal, owner, stranger);
    const other = await report(portal, await given.person(), await given.stranger());
    const idsOf = async (who: Someone, query = '') => {
      const { body } = await as(who).get(`${REPORTS}${query}`);
      return [body.total, ...body.items.map(({ id }: { id: number }) => id)];
    };
    expect(await idsOf(moderator)).toEqual([3, other, by, about]);
    expect(await idsOf(admin)).toEqual([2, other, by]);
    expect(await idsOf(owner, '?state=open')).toEqual([2, other, about]);
    expect(await idsOf(admin, '?offset=1&limit=1')).toEqual([2, by]);
    expect(await idsOf(moderator, '?state=upheld')).toEqual([0]);
    for (const [who, id] of [
      [admin, about],
      [owner, by],
    ] as const)
      expect(await resolve(portal, who, id)).toMatchObject({
        status: 404,
        body: { code: 'ERR_NOT_FOUND', error: 'There is no such report' },
      });
    expect((await resolve(portal, owner, about)).status).toBe(200);
    expect((await resolve(portal, moderator, by)).status).toBe(200);
  });

  test('stays so when they are given their level afterwards', async () => {
    await using portal = await testPortal();
    const { given, as } = portal;
    const person = await given.person();
    const id = await report(portal, await given.stranger(), person);
    await as(await given.owner()).post(`/v1/admin/users/${person.id}/permission`, { permission_level: 1 });
    expect((await as(person).get(REPORTS)).body).toMatchObject({ items: [], total: 0 });
    expect((await resolve(portal, person, id)).status).toBe(404);
  });
});

test('a report outlives the account and the session of its sides', async () => {
  await using portal = await testPortal();
  const { given, as } = portal;
  const [person, stranger, owner] = [await given.person(), await given.stranger(), await given.owner()];
  const id = await report(portal, person, stranger);
  await as(owner).post(`/v1/admin/users/${person.id}/delete`);
  await as(stranger).post('/v1/authentication/logout');
  await portal.timers.leap(100 * 24 * HOUR_MS);
  const again = await given.owner();
  expect((await as(again).get(REPORTS)).body.items).toMatchObject([
    {
      id,
      reporter: { kind: 'user', user: { id: person.id, username: `deleted user ${person.id}` } },
      reported: { kind: 'stranger', signature: stranger.signature },
    },
  ]);
  expect((await resolve(portal, again, id)).status).toBe(200);
});
