import { describe, expect, test } from 'bun:test';
import { asc, eq } from 'drizzle-orm';
import { HOUR_MS, SECOND_MS } from '../../src/core/durations.ts';
import { CONSOLE } from '../../src/core/principal.ts';
import { announcements } from '../../src/modules/people/announcements/announcements.tables.ts';
import { auditLog } from '../../src/modules/people/audit/audit.tables.ts';
import { broadcasts, notifications } from '../../src/modules/people/notifications/notifications.tables.ts';
import { users } from '../../src/modules/people/users/users.tables.ts';
import { type TestPortal, testPortal } from '../support/portal.ts';
import { eventually, turn } from '../support/waiting.ts';

const MINE = '/v1/notifications';
const SEND = '/v1/admin/notifications';
const ANNOUNCE = '/v1/admin/announcements';
const NOTICE = { title: 'Movie night', body: 'Tonight\nat eight.' };

/** Accounts without sessions, many at once. */
async function crowd({ database }: TestPortal, size: number): Promise<void> {
  const row = (index: number) => ({
    username: `crowd_${index}`,
    usernameKey: `crowd_${index}`,
    permissionSince: 0,
    lastActivityAt: 0,
    createdAt: 0,
    updatedAt: 0,
  });
  for (let done = 0; done < size; done += 500) {
    const rows = Array.from({ length: Math.min(500, size - done) }, (_, index) => row(done + index));
    await database.units.run('given crowd', ({ db }) => db.insert(users).values(rows).returning({ id: users.id }));
  }
}

const entries = ({ database }: TestPortal, event: string) =>
  database.read.select().from(auditLog).where(eq(auditLog.eventType, event)).orderBy(asc(auditLog.id));

describe('one’s own notifications', () => {
  test('come newest first, by pages, with what is unread; the welcome is the first', async () => {
    await using portal = await testPortal();
    const [admin, ada, bob] = [await portal.given.admin(), await portal.given.person(), await portal.given.person()];
    for (const title of ['One', 'Two', 'Three'])
      await portal.as(admin).post(SEND, { title, body: 'b', type: 'warning', user_ids: [ada.id] });

    const { status, body } = await portal.as(ada).get(`${MINE}?limit=2&offset=1`);

    expect(status).toBe(200);
    expect(body).toMatchObject({ total: 4, unread: 4, offset: 1, limit: 2 });
    expect(body.notifications.map(({ title }: { title: string }) => title)).toEqual(['Two', 'One']);
    expect(body.notifications[0]).toEqual({
      id: expect.any(Number),
      title: 'Two',
      body: 'b',
      type: 'warning',
      read_at: null,
      created_at: '2026-01-01T00:00:00.000Z',
      created_by: admin.id,
    });
    expect((await portal.as(bob).get(MINE)).body).toMatchObject({ total: 1, unread: 1, offset: 0, limit: 50 });
    for (const query of ['limit=0', 'limit=101', 'limit=x', 'offset=-1'])
      expect(await portal.as(ada).get(`${MINE}?${query}`)).toMatchObject({
        status: 400,
        body: { field: query.split('=')[0] },
      });
  });

  test('are read once, one by one or all; somebody else’s are not there', async () => {
    await using portal = await testPortal();
    const [ada, eve] = [await portal.given.person(), await portal.given.person()];
    const [{ id }] = (await portal.as(ada).get(MINE)).body.notifications;
    const unread = async () => (await portal.as(ada).get(`${MINE}/unread-count`)).body;
    const unknown = { status: 404, body: { code: 'ERR_NOTIFICATION_NOT_FOUND' } };
    expect(await portal.as(eve).post(`${MINE}/${id}/read`)).toMatchObject(unknown);
    expect(await portal.as(ada).post(`${MINE}/4711/read`)).toMatchObject(unknown);
    expect(await unread()).toEqual({ unread: 1 });
    portal.timers.jump(1000);
    const read = await portal.as(ada).post(`${MINE}/${id}/read`);
    expect(read).toMatchObject({ status: 200, body: { id, read_at: '2026-01-01T00:00:01.000Z' } });
    expect(await portal.as(ada).post(`${MINE}/${id}/read`)).toMatchObject({
      status: 409,
      body: { code: 'ERR_NOTIFICATION_ALREADY_READ' },
    });
    expect(await unread()).toEqual({ unread: 0 });
    await portal.modules.broadcasts.send(CONSOLE, { ...NOTICE, user_ids: [ada.id, eve.id] });
    expect((await portal.as(ada).post(`${MINE}/read-all`)).body).toEqual({ updated: 1 });
    expect((await portal.as(ada).post(`${MINE}/read-all`)).body).toEqual({ updated: 0 });
    expect((await portal.as(eve).get(MINE)).body.unread).toBe(2);
    for (const bad of ['0', 'x', '-1'])
      expect(await portal.as(ada).post(`${MINE}/${bad}/read`)).toMatchObject({
        status: 400,
        body: { field: 'notification_id' },
      });
  });
});

describe('sent to some', () => {
  test('they get it once each, however often they are named, and it is written down', async () => {
    await using portal = await testPortal();
    const [admin, ada, bob] = [await portal.given.admin(), await portal.given.person(), await portal.given.person()];
    const { body } = await portal.as(admin).post(SEND, { ...NOTICE, user_ids: [ada.id, ada.id] });
    expect(body).toEqual({ message: 'Notification sent to 1 user', count: 1 });
    expect((await portal.as(ada).get(MINE)).body.notifications[0]).toMatchObject({ ...NOTICE, type: 'info' });
    expect((await portal.as(ada).get(MINE)).body.total).toBe(2);
    expect((await portal.as(bob).get(MINE)).body.total).toBe(1);
    expect(await entries(portal, 'NOTIFICATION_SEND')).toMatchObject([
      { entityType: 'system', actorId: admin.id, eventMetadata: { title: 'Movie night', user_ids: [ada.id] } },
    ]);
  });

  test('of whom one does not exist, nobody is told', async () => {
    await using portal = await testPortal();
    const [admin, ada] = [await portal.given.admin(), await portal.given.person()];
    const answer = await portal.as(admin).post(SEND, { ...NOTICE, user_ids: [ada.id, 4711] });
    expect(answer).toMatchObject({ status: 404, body: { code: 'ERR_NOT_FOUND', error: 'No such user: 4711' } });
    expect((await portal.as(ada).get(MINE)).body.total).toBe(1);
    expect(await entries(portal, 'NOTIFICATION_SEND')).toEqual([]);
  });

  test.each([
    [{ title: '' }, 'title'],
    [{ title: undefined }, 'title'],
    [{ title: 'x'.repeat(121) }, 'title'],
    [{ title: 'two\nlines' }, 'title'],
    [{ body: '' }, 'body'],
    [{ body: 'x'.repeat(2001) }, 'body'],
    [{ body: 5 }, 'body'],
    [{ type: 'fatal' }, 'type'],
    [{ user_ids: [] }, 'user_ids'],
    [{ user_ids: 'all' }, 'user_ids'],
    [{ user_ids: [0] }, 'user_ids[0]'],
    [{ user_ids: Array.from({ length: 1001 }, () => 1) }, 'user_ids'],
  ])('a notice with %j names the bad field and reaches nobody', async (wrong, field) => {
    await using portal = await testPortal();
    const admin = await portal.given.admin();
    const answer = await portal.as(admin).post(SEND, { ...NOTICE, ...wrong });
    expect(answer).toMatchObject({ status: 400, body: { code: 'ERR_VALIDATION', field } });
    expect(await portal.database.read.select().from(notifications)).toHaveLength(1);
  });
});

describe('sent to everybody', () => {
  test('everybody has it when the answer comes, and others are answered meanwhile', async () => {
    await using portal = await testPortal();
    const [admin, ada] = [await portal.given.admin(), await portal.given.person()];
    await crowd(portal, 3000);
    let isDone = false;
    const sending = portal
      .as(admin)
      .post(SEND, NOTICE)
      .finally(() => {
        isDone = true;
      });
    let answered = 0;
    while (!isDone) {
      const read = await portal.as(ada).get('/v1/users/me');
      const changed = await portal.as(ada).post('/v1/users/me/update', { avatar_source: 'discord_1' });
      expect([read.status, changed.status]).toEqual([200, 200]);
      if (!isDone) answered++;
      await turn();
    }
    expect((await sending).body).toEqual({ message: 'Notification sent to 3002 users', count: 3002 });
    expect(answered).toBeGreaterThan(5);
    const told = await portal.database.read.select().from(notifications).where(eq(notifications.title, 'Movie night'));
    expect(told).toHaveLength(3002);
    expect(new Set(told.map(({ userId }) => userId)).size).toBe(3002);
    expect(await portal.database.read.select().from(broadcasts)).toEqual([]);
    expect(await entries(portal, 'NOTIFICATION_SEND')).toMatchObject([{ eventMetadata: { count: 3002 } }]);
  });

  test('a server that ends in the middle goes on after its restart: everybody gets it, nobody twice', async () => {
    const first = await testPortal();
    await crowd(first, 1000);
    const { message } = await first.modules.broadcasts.send(CONSOLE, NOTICE, 0);
    expect(message).toBe('Notification on its way to 1000 users');
    const half = first.modules.broadcasts.deliver();
    while ((await first.database.read.select().from(notifications)).length === 0) await turn();
    await first.close({ keep: true });
    await half.catch(() => {});
    await using portal = await testPortal({ dataDir: first.dataDir });
    const before = await portal.database.read.select().from(notifications);
    expect(before.length).toBeLessThan(1000);
    const late = await portal.given.person();
    await portal.timers.advance(SECOND_MS);
    await eventually(async () => (await portal.database.read.select().from(broadcasts)).length === 0);
    const told = await portal.database.read.select().from(notifications).where(eq(notifications.title, 'Movie night'));
    expect(told).toHaveLength(1000);
    expect(new Set(told.map(({ userId }) => userId)).size).toBe(1000);
    expect(told.map(({ userId }) => userId)).not.toContain(late.id);
  });

  test('two at once reach everybody, each once', async () => {
    await using portal = await testPortal();
    const admin = await portal.given.admin();
    await crowd(portal, 700);
    const send = (title: string) => portal.as(admin).post(SEND, { title, body: 'b' });
    await Promise.all([send('One'), send('Two'), portal.modules.broadcasts.deliver()]);
    for (const title of ['One', 'Two'])
      expect(
        await portal.database.read.select().from(notifications).where(eq(notifications.title, title)),
      ).toHaveLength(701);
  });
});

describe('announcements', () => {
  test('are there for any client of the instance, newest first, until they are taken back', async () => {
    await using portal = await testPortal();
    const [admin, ada] = [await portal.given.admin(), await portal.given.person()];
    const made = await portal.as(admin).post(ANNOUNCE, { ...NOTICE, type: 'warning' });
    expect(made.status).toBe(200);
    expect(made.body).toEqual({
      id: expect.any(Number),
      ...NOTICE,
      type: 'warning',
      created_at: '2026-01-01T00:00:00.000Z',
      expires_at: null,
    });
    const second = await portal.as(admin).post(ANNOUNCE, { ...NOTICE, expires_at: '2026-01-01T01:00:00Z' });
    expect(second.body).toMatchObject({ type: 'info', expires_at: '2026-01-01T01:00:00.000Z' });
    for (const reader of [portal.client, portal.as(ada)])
      expect((await reader.get('/v1/announcements')).body).toEqual([second.body, made.body]);
    const gone = await portal.as(admin).post(`${ANNOUNCE}/${made.body.id}/delete`);
    expect(gone.body).toEqual({ message: `Announcement ${made.body.id} deleted` });
    expect((await portal.client.get('/v1/announcements')).body).toEqual([second.body]);
    for (const id of [made.body.id, 4711])
      expect(await portal.as(admin).post(`${ANNOUNCE}/${id}/delete`)).toMatchObject({
        status: 404,
        body: { code: 'ERR_NOT_FOUND' },
      });
    expect(await portal.as(admin).post(`${ANNOUNCE}/x/delete`)).toMatchObject({
      status: 400,
      body: { field: 'announcement_id' },
    });
    expect(await entries(portal, 'ANNOUNCEMENT_CREATE')).toMatchObject([
      { actorId: admin.id, eventMetadata: NOTICE },
      {},
    ]);
    expect(await entries(portal, 'ANNOUNCEMENT_DELETE')).toMatchObject([
      { actorId: admin.id, entityId: String(made.body.id) },
    ]);
  });

  test('are over when they expire, and then go by themselves', async () => {
    await using portal = await testPortal();
    const admin = await portal.given.admin();
    await portal.as(admin).post(ANNOUNCE, { ...NOTICE, expires_at: '2026-01-01T01:00:00Z' });
    portal.timers.jump(HOUR_MS);
    expect((await portal.client.get('/v1/announcements')).body).toEqual([]);
    await portal.timers.advance(5 * SECOND_MS);
    expect(await portal.database.read.select().from(announcements)).toEqual([]);
    expect(await entries(portal, 'ANNOUNCEMENT_DELETE')).toMatchObject([
      { actorId: null, eventMetadata: { actor: 'system' } },
    ]);
  });

  test.each([
    [{ title: undefined }, 'title'],
    [{ title: 'x'.repeat(121) }, 'title'],
    [{ body: undefined }, 'body'],
    [{ type: 1 }, 'type'],
    [{ expires_at: '2026-01-01T00:00:00Z' }, 'expires_at'],
    [{ expires_at: 'soon' }, 'expires_at'],
    [{ expires_at: 5 }, 'expires_at'],
  ])('with %j are refused by the bad field', async (wrong, field) => {
    await using portal = await testPortal();
    const answer = await portal.as(await portal.given.admin()).post(ANNOUNCE, { ...NOTICE, ...wrong });
    expect(answer).toMatchObject({ status: 400, body: { code: 'ERR_VALIDATION', field } });
    expect((await portal.client.get('/v1/announcements')).body).toEqual([]);
  });
});
