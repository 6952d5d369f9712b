import { describe, expect, test } from 'bun:test';
import { and, asc, eq, like, or } from 'drizzle-orm';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/core/durations.ts';
import { CONSOLE } from '../../src/core/principal.ts';
import { auditLog } from '../../src/modules/people/audit/audit.tables.ts';
import { punishments } from '../../src/modules/people/sanctions/sanctions.tables.ts';
import type { Person } from '../support/given.ts';
import { type TestPortal, testPortal } from '../support/portal.ts';

type What = 'ban' | 'unban' | 'warn' | 'timeout';
const act = (portal: TestPortal, by: { token: string }, what: What, on: { id: number }, body: object = {}) =>
  portal.as(by).post(`/v1/admin/users/${on.id}/${what}`, { reason: 'Spam', ...body });

const inFuture = (portal: TestPortal, ms: number) => new Date(portal.timers.now() + ms).toISOString();
const me = async (portal: TestPortal, who: { token: string }) => portal.as(who).get('/v1/users/me');
const BANNED = { status: 403, body: { code: 'ERR_BANNED' } };
const TIMED_OUT = { status: 403, body: { code: 'ERR_TIMED_OUT' } };
const FORBIDDEN = { status: 403, body: { code: 'ERR_FORBIDDEN' } };
const SELF = { status: 400, body: { code: 'ERR_SELF_ACTION' } };

const recordOf = ({ database }: TestPortal, { id }: { id: number }) =>
  database.read.select().from(punishments).where(eq(punishments.userId, id)).orderBy(asc(punishments.id));

async function eventsOf({ database }: TestPortal, { id }: { id: number }) {
  const about = and(eq(auditLog.entityType, 'user'), eq(auditLog.entityId, String(id)));
  const kinds = or(
    like(auditLog.eventType, '%BAN'),
    like(auditLog.eventType, '%WARN'),
    like(auditLog.eventType, '%TIME%'),
  );
  return database.read.select().from(auditLog).where(and(about, kinds)).orderBy(asc(auditLog.id));
}
const namesOf = async (portal: TestPortal, who: { id: number }) =>
  (await eventsOf(portal, who)).map(({ eventType }) => eventType);

describe('a ban', () => {
  test('keeps someone out on every call and at login, ends their sessions, and is written down', async () => {
    await using portal = await testPortal();
    const [admin, eve] = [await portal.given.admin(), await portal.given.person({ username: 'eve' })];
    const tab = await portal.given.session(eve);

    const answer = await act(portal, admin, 'ban', eve);

    expect(answer).toMatchObject({ status: 200, body: { message: `User ${eve.id} banned` } });
    for (const session of [eve, tab]) {
      expect(await me(portal, session)).toMatchObject(BANNED);
      expect(await portal.as(session).get('/v1/notifications')).toMatchObject(BANNED);
    }
    const { code } = await portal.modules.auth.consoleCode('eve');
    expect(await portal.client.post('/v1/authentication/verify', { code })).toMatchObject(BANNED);
    expect(await portal.as({ token: 'never-a-session' }).get('/v1/users/me')).toMatchObject({ status: 401 });
    expect(await recordOf(portal, eve)).toMatchObject([
      {
        actionType: 'PLATFORM_BAN',
        reason: 'Spam',
        issuedBy: admin.id,
        chatId: null,
        isLifted: false,
        expiresAt: null,
      },
    ]);
    expect(await eventsOf(portal, eve)).toMatchObject([
      {
        eventType: 'USER_BAN',
        actorId: admin.id,
        eventMetadata: { username: 'eve', reason: 'Spam', expires_at: null },
      },
    ]);
  });

  test('lets nobody back on an old session once it is lifted: they sign in again', async () => {
    await using portal = await testPortal();
    const [admin, eve] = [await portal.given.admin(), await portal.given.person({ username: 'eve' })];
    await act(portal, admin, 'ban', eve);
    expect((await act(portal, admin, 'unban', eve)).body).toEqual({ message: `User ${eve.id} unbanned` });
    expect((await me(portal, eve)).status).toBe(401);
    const { code } = await portal.modules.auth.consoleCode('eve');
    expect((await portal.client.post('/v1/authentication/verify', { code })).status).toBe(200);
    expect(await recordOf(portal, eve)).toMatchObject([{ isLifted: true, liftedAt: portal.timers.now() }]);
    expect(await namesOf(portal, eve)).toEqual(['USER_BAN', 'USER_UNBAN']);
    expect((await act(portal, admin, 'unban', eve)).status).toBe(200);
    expect(await namesOf(portal, eve)).toHaveLength(2);
  });

  test('for a time ends by itself, also over a restart, and the record says so', async () => {
    const first = await testPortal();
    const [admin, eve] = [await first.given.admin(), await first.given.person()];
    await act(first, admin, 'ban', eve, { expires_at: inFuture(first, HOUR_MS) });
    await first.close({ keep: true });
    await using portal = await testPortal({ dataDir: first.dataDir });
    const session = await portal.given.session(eve);
    await portal.timers.leap(HOUR_MS - 1);
    expect(await me(portal, session)).toMatchObject(BANNED);
    expect(await recordOf(portal, eve)).toMatchObject([{ isLifted: false }]);
    await portal.timers.advance(1);
    expect((await me(portal, session)).status).toBe(200);
    await portal.timers.advance(3000);
    expect((await me(portal, session)).body.state).toBe(0);
    expect(await recordOf(portal, eve)).toMatchObject([{ isLifted: true }]);
    const [, end] = await eventsOf(portal, eve);
    expect(end).toMatchObject({
      eventType: 'USER_UNBAN',
      actorId: null,
      eventMetadata: { actor: 'system', expired: true },
    });
    await portal.timers.advance(10_000);
    expect(await eventsOf(portal, eve)).toHaveLength(2);
  });

  test('replaces the ban that holds', async () => {
    await using portal = await testPortal();
    const [admin, eve] = [await portal.given.admin(), await portal.given.person()];
    await act(portal, admin, 'ban', eve, { expires_at: inFuture(portal, HOUR_MS) });
    await act(portal, admin, 'ban', eve, { expires_at: null });
    portal.timers.jump(2 * HOUR_MS);
    await portal.timers.advance(5000);
    expect(await me(portal, eve)).toMatchObject(BANNED);
    expect(await recordOf(portal, eve)).toMatchObject([{ isLifted: true }, { isLifted: false, expiresAt: null }]);
  });

  test('over a timeout leaves the rest of the timeout when it ends first; lifted by hand it takes both', async () => {
    await using portal = await testPortal();
    const [admin, eve] = [await portal.given.admin(), await portal.given.person()];
    await act(portal, admin, 'timeout', eve, { expires_at: inFuture(portal, 2 * HOUR_MS) });
    await act(portal, admin, 'ban', eve, { expires_at: inFuture(portal, HOUR_MS) });
    const late = await portal.given.session(eve);
    await portal.timers.leap(HOUR_MS + 3000);
    expect((await me(portal, late)).body.state).toBe(1);
    expect(await portal.as(late).get('/v1/portal/chats')).toMatchObject({ body: { code: 'ERR_TIMED_OUT', ttl: 3597 } });
    await act(portal, admin, 'ban', eve);
    await act(portal, admin, 'unban', eve);
    expect((await portal.as(await portal.given.session(eve)).get('/v1/portal/chats')).status).toBe(200);
    expect((await recordOf(portal, eve)).every(({ isLifted }) => isLifted)).toBe(true);
    expect((await namesOf(portal, eve)).slice(3).sort()).toEqual(['USER_BAN', 'USER_TIMEOUT_LIFT', 'USER_UNBAN']);
  });
});

describe('a timeout', () => {
  test('stops everything but the profile, notifications and logout; ends by itself; and they are told why', async () => {
    await using portal = await testPortal();
    const [moderator, eve] = [await portal.given.moderator(), await portal.given.person()];
    const answer = await act(portal, moderator, 'timeout', eve, { expires_at: inFuture(portal, MINUTE_MS) });
    expect(answer.body).toEqual({ message: `User ${eve.id} timed out` });
    const refused = await portal.as(eve).get('/v1/portal/chats');
    expect(refused).toMatchObject({ ...TIMED_OUT, body: { ttl: 60, expires_at: '2026-01-01T00:01:00.000Z' } });
    expect((await me(portal, eve)).body.state).toBe(1);
    const { body } = await portal.as(eve).get('/v1/notifications');
    expect(body.notifications[0]).toMatchObject({ type: 'warning', body: 'Spam', created_by: moderator.id });
    expect((await portal.as(eve).post('/v1/notifications/read-all')).status).toBe(200);
    await portal.timers.advance(MINUTE_MS);
    expect((await portal.as(eve).get('/v1/portal/chats')).status).toBe(200);
    await portal.timers.advance(3000);
    expect((await me(portal, eve)).body.state).toBe(0);
    expect(await recordOf(portal, eve)).toMatchObject([{ actionType: 'PLATFORM_TIMEOUT', isLifted: true }]);
    expect(await namesOf(portal, eve)).toEqual(['USER_TIMEOUT', 'USER_TIMEOUT_LIFT']);
  });

  test('can be lifted by hand, and is not given to who is banned', async () => {
    await using portal = await testPortal();
    const [admin, eve] = [await portal.given.admin(), await portal.given.person()];
    const until = { expires_at: inFuture(portal, HOUR_MS) };
    await act(portal, admin, 'timeout', eve, until);
    await act(portal, admin, 'unban', eve);
    expect((await portal.as(eve).get('/v1/portal/chats')).status).toBe(200);
    expect(await namesOf(portal, eve)).toEqual(['USER_TIMEOUT', 'USER_TIMEOUT_LIFT']);
    await act(portal, admin, 'ban', eve);
    expect(await act(portal, admin, 'timeout', eve, until)).toMatchObject({
      status: 409,
      body: { code: 'ERR_CONFLICT' },
    });
  });
});

test('a Moderator lets no timeout end earlier than it would; an Admin does', async () => {
  await using portal = await testPortal();
  const [admin, moderator] = [await portal.given.admin(), await portal.given.moderator()];
  const eve = await portal.given.person();
  const until = (ms: number) => ({ expires_at: inFuture(portal, ms) });
  await act(portal, admin, 'timeout', eve, until(HOUR_MS));
  expect(await act(portal, moderator, 'timeout', eve, until(MINUTE_MS))).toMatchObject(FORBIDDEN);
  expect((await portal.as(eve).get('/v1/portal/chats')).body.ttl).toBe(3600);
  expect(await namesOf(portal, eve)).toEqual(['USER_TIMEOUT']);
  expect((await act(portal, moderator, 'timeout', eve, until(2 * HOUR_MS))).status).toBe(200);
  expect((await act(portal, admin, 'timeout', eve, until(MINUTE_MS))).status).toBe(200);
  expect((await portal.as(eve).get('/v1/portal/chats')).body.ttl).toBe(60);
});

test('a warning goes on the record, is told, and stops nothing', async () => {
  await using portal = await testPortal();
  const [moderator, eve] = [await portal.given.moderator(), await portal.given.person()];
  expect((await act(portal, moderator, 'warn', eve)).body).toEqual({ message: `User ${eve.id} warned` });
  expect(await recordOf(portal, eve)).toMatchObject([{ actionType: 'PLATFORM_WARNING', reason: 'Spam', chatId: null }]);
  expect(await namesOf(portal, eve)).toEqual(['USER_WARN']);
  expect((await portal.as(eve).get('/v1/portal/chats')).status).toBe(200);
  const { body } = await portal.as(eve).get('/v1/notifications');
  expect(body.notifications[0]).toMatchObject({ title: 'You have been warned', body: 'Spam', type: 'warning' });
});

describe('who may', () => {
  test('Moderators warn and time out Users, Admins all below them, Owners each other, nobody themself', async () => {
    await using portal = await testPortal();
    const { given } = portal;
    const levels = async (): Promise<Person[]> => [
      await given.person(),
      await given.moderator(),
      await given.admin(),
      await given.owner(),
    ];
    const [staff, targets] = [await levels(), await levels()];
    const until = { expires_at: inFuture(portal, HOUR_MS) };
    const may = (what: What, by: number, on: number) => {
      const enters = by >= (what === 'ban' || what === 'unban' ? 2 : 1);
      return enters && (by > on || (by === 3 && on === 3));
    };
    for (const what of ['warn', 'timeout', 'unban', 'ban', 'unban'] as const) {
      for (const [by, actor] of staff.entries()) {
        for (const [on, target] of targets.entries()) {
          const answer = await act(portal, actor, what, target, until);
          expect({ what, by, on, status: answer.status }).toEqual({
            what,
            by,
            on,
            status: may(what, by, on) ? 200 : 403,
          });
          if (answer.status === 200) await portal.modules.platformModeration.unban(CONSOLE, target.id);
        }
        if (by >= 2) expect(await act(portal, actor, what, actor, until)).toMatchObject(SELF);
      }
    }
  });

  test('a refused ban changes nothing', async () => {
    await using portal = await testPortal();
    const [admin, other] = [await portal.given.admin(), await portal.given.admin()];
    expect(await act(portal, admin, 'ban', other)).toMatchObject(FORBIDDEN);
    expect((await me(portal, other)).body.state).toBe(0);
    expect(await recordOf(portal, other)).toEqual([]);
    expect(await namesOf(portal, other)).toEqual([]);
    expect(await act(portal, admin, 'ban', { id: 4711 })).toMatchObject({
      status: 404,
      body: { code: 'ERR_NOT_FOUND' },
    });
  });

  test('not even the console may lock out the last Owner who could come in', async () => {
    await using portal = await testPortal();
    const [ada, ida] = [await portal.given.owner(), await portal.given.owner()];
    const { platformModeration } = portal.modules;
    const until = { reason: 'Rest', expires_at: inFuture(portal, HOUR_MS) };
    expect((await platformModeration.ban(CONSOLE, ida.id, { reason: 'Left us' })).message).toContain('banned');
    for (const attempt of [
      () => platformModeration.ban(CONSOLE, ada.id, { reason: 'x' }),
      () => platformModeration.timeout(CONSOLE, ada.id, until),
    ])
      await expect(attempt()).rejects.toMatchObject({ errorCode: 'ERR_CONFLICT' });
    expect((await me(portal, ada)).status).toBe(200);
    await platformModeration.unban(CONSOLE, ida.id);
    await platformModeration.timeout(CONSOLE, ada.id, until);
    expect((await me(portal, ada)).body.state).toBe(1);
  });
});

describe('what is sent', () => {
  test.each([
    ['ban', { reason: '' }, 'reason'],
    ['ban', { reason: undefined }, 'reason'],
    ['ban', { reason: 'x'.repeat(501) }, 'reason'],
    ['ban', { reason: 5 }, 'reason'],
    ['ban', { reason: 'a\u0000b' }, 'reason'],
    ['ban', { expires_at: '2020-01-01T00:00:00Z' }, 'expires_at'],
    ['ban', { expires_at: 'tomorrow' }, 'expires_at'],
    ['ban', { expires_at: 1_900_000_000 }, 'expires_at'],
    ['warn', { reason: undefined }, 'reason'],
    ['warn', { expires_at: '2020-01-01T00:00:00Z' }, 'expires_at'],
    ['timeout', {}, 'expires_at'],
    ['timeout', { expires_at: null }, 'expires_at'],
    ['timeout', { expires_at: '2026-01-01T00:00:00Z' }, 'expires_at'],
    ['timeout', { expires_at: '2026-02-31T00:00:00Z' }, 'expires_at'],
    ['timeout', { reason: undefined, expires_at: '2030-01-01T00:00:00Z' }, 'reason'],
    ['unban', { reason: '' }, 'reason'],
  ] as const)('to %s with %j names the bad field %s and does nothing', async (what, body, field) => {
    await using portal = await testPortal();
    const [owner, eve] = [await portal.given.owner(), await portal.given.person()];
    const answer = await act(portal, owner, what, eve, body);
    expect(answer).toMatchObject({ status: 400, body: { code: 'ERR_VALIDATION', field } });
    expect(await recordOf(portal, eve)).toEqual([]);
  });

  test('in the path must be an id', async () => {
    await using portal = await testPortal();
    const owner = await portal.given.owner();
    for (const id of ['0', '-1', 'eve', '1.5', '0x1', '9007199254740992']) {
      const answer = await portal.as(owner).post(`/v1/admin/users/${id}/ban`, { reason: 'x' });
      expect(answer).toMatchObject({ status: 400, body: { field: 'user_id' } });
    }
  });
});

describe('the list of actions', () => {
  test('holds both scopes, newest first, by every filter', async () => {
    await using portal = await testPortal();
    const [moderator, admin] = [await portal.given.moderator(), await portal.given.admin()];
    const [eve, mallory] = [await portal.given.person({ username: 'eve' }), await portal.given.person()];
    const chat = await portal.given.chat({ visibility: 'public' });
    await portal.given.member(chat, eve);
    await portal.as(chat.owner).post(`/v1/portal/chats/${chat.id}/kick`, { user_id: eve.id });
    await act(portal, moderator, 'warn', eve);
    await act(portal, moderator, 'timeout', mallory, { expires_at: inFuture(portal, MINUTE_MS) });
    await act(portal, admin, 'ban', eve);
    const list = async (query = '') => (await portal.as(moderator).get(`/v1/admin/moderation${query}`)).body;
    const types = async (query: string) =>
      (await list(query)).actions.map(({ action_type }: { action_type: string }) => action_type.split('_')[1]);

    const { actions, ...page } = await list();
    expect(page).toEqual({ total: 4, limit: 50, offset: 0 });
    expect(actions[0]).toEqual({
      id: expect.any(Number),
      user: { id: eve.id, username: 'eve', avatar_url: null },
      user_id: eve.id,
      chat_id: null,
      action_type: 'PLATFORM_BAN',
      reason: 'Spam',
      issued_by: admin.id,
      is_active: true,
      is_lifted: false,
      expires_at: null,
      lifted_at: null,
      created_at: '2026-01-01T00:00:00.000Z',
    });
    expect(actions[3]).toMatchObject({ action_type: 'CHAT_KICK', chat_id: chat.id, is_active: false });
    expect(await types(`?user_id=${eve.id}`)).toEqual(['BAN', 'WARNING', 'KICK']);
    expect(await types(`?issued_by=${moderator.id}`)).toEqual(['TIMEOUT', 'WARNING']);
    expect(await types('?action_type=PLATFORM_BAN')).toEqual(['BAN']);
    expect(await types('?active_only=true')).toEqual(['BAN', 'TIMEOUT', 'WARNING']);
    expect(await types('?active_only=false')).toHaveLength(4);
    expect(await types(`?user_id=${mallory.id}&active_only=true&issued_by=${moderator.id}`)).toEqual(['TIMEOUT']);
    expect(await list('?limit=1&offset=1')).toMatchObject({
      total: 4,
      limit: 1,
      offset: 1,
      actions: [{ user_id: mallory.id }],
    });
    portal.timers.jump(MINUTE_MS);
    expect(await types('?active_only=true')).toEqual(['BAN', 'WARNING']);
    await act(portal, admin, 'unban', eve);
    expect(await types('?active_only=true')).toEqual(['WARNING']);
  });

  test.each([
    'user_id=x',
    'user_id=0',
    'issued_by=-1',
    'action_type=BAN',
    'active_only=1',
    'offset=-1',
    'limit=0',
    'limit=101',
  ])('with %s names the bad field', async (query) => {
    await using portal = await testPortal();
    const answer = await portal.as(await portal.given.moderator()).get(`/v1/admin/moderation?${query}`);
    expect(answer).toMatchObject({ status: 400, body: { code: 'ERR_VALIDATION', field: query.split('=')[0] } });
  });
});

test('many punishments that end at once all end, in steps', async () => {
  await using portal = await testPortal();
  const admin = await portal.given.admin();
  const people = await Promise.all(Array.from({ length: 120 }, () => portal.given.person()));
  for (const one of people) await act(portal, admin, 'timeout', one, { expires_at: inFuture(portal, HOUR_MS) });
  portal.timers.jump(DAY_MS);
  await portal.timers.advance(3000);
  const states = await Promise.all(people.map(async (one) => (await me(portal, one)).body.state));
  expect(new Set(states)).toEqual(new Set([0]));
});
