import { describe, expect, test } from 'bun:test';
import { asc } from 'drizzle-orm';
import { DAY_MS } from '../../src/core/durations.ts';
import { CONSOLE, Level, personOfUser } from '../../src/core/principal.ts';
import { auditLog } from '../../src/modules/people/audit/audit.tables.ts';
import { permissionChanges } from '../../src/modules/people/users/users.tables.ts';
import { type TestPortal, testPortal } from '../support/portal.ts';

const LEVELS = [Level.User, Level.Moderator, Level.Admin, Level.Owner] as const;
const UPDATE = (id: number) => `/v1/admin/users/${id}/update`;
const PERMISSION = (id: number) => `/v1/admin/users/${id}/permission`;

async function entries(portal: TestPortal, event: string) {
  const all = await portal.database.read.select().from(auditLog).orderBy(asc(auditLog.id));
  return all.filter(({ eventType }) => eventType === event);
}

const levelOf = async (portal: TestPortal, id: number) =>
  (await portal.modules.users.require(portal.database.read, id)).permissionLevel;

describe('changing an account', () => {
  test('sets name and picture, and writes down who did it', async () => {
    await using portal = await testPortal();
    const [admin, ada] = [await portal.given.admin(), await portal.given.person({ username: 'ada' })];
    const answer = await portal.as(admin).post(UPDATE(ada.id), { username: 'Lovelace', avatar_source: 'discord_1' });
    expect(answer).toMatchObject({ status: 200, body: { message: `User ${ada.id} updated` } });
    expect((await portal.as(ada).get('/v1/users/me')).body).toMatchObject({
      username: 'Lovelace',
      avatar_url: '/avatars/discord_1.svg',
    });
    const [name, picture] = await entries(portal, 'USER_UPDATE');
    expect(name).toMatchObject({ entityType: 'user', entityId: String(ada.id), actorId: admin.id });
    expect(name?.eventMetadata).toEqual({ username: { from: 'ada', to: 'Lovelace' } });
    expect(picture?.eventMetadata).toEqual({ avatar_source: { from: null, to: 'discord_1' } });
  });

  test('does all that is asked for, or nothing', async () => {
    await using portal = await testPortal();
    const [admin, ada] = [await portal.given.admin(), await portal.given.person({ username: 'ada' })];
    await portal.given.person({ username: 'taken' });
    const refused: [object, number, string, string?][] = [
      [{ username: 'TAKEN', avatar_source: 'discord_1' }, 409, 'ERR_USERNAME_TAKEN'],
      [{ username: 'fine', avatar_source: 'nonsense' }, 400, 'ERR_VALIDATION', 'avatar_source'],
      [{ username: 'no' }, 400, 'ERR_VALIDATION', 'username'],
      [{ username: 'with space' }, 400, 'ERR_VALIDATION', 'username'],
      [{ username: 7 }, 400, 'ERR_VALIDATION', 'username'],
      [{ avatar_source: 7 }, 400, 'ERR_VALIDATION', 'avatar_source'],
      [{}, 400, 'ERR_BAD_REQUEST'],
    ];
    for (const [body, status, code, field] of refused)
      expect(await portal.as(admin).post(UPDATE(ada.id), body)).toMatchObject({
        status,
        body: { code, ...(field ? { field } : {}) },
      });
    expect((await portal.as(ada).get('/v1/users/me')).body).toMatchObject({ username: 'ada', avatar_source: null });
    expect(await entries(portal, 'USER_UPDATE')).toEqual([]);
    expect((await portal.as(admin).post(UPDATE(4711), { username: 'fine' })).status).toBe(404);
  });

  test('takes a higher level, or oneself', async () => {
    await using portal = await testPortal();
    for (const [actor, mayUpdate] of [
      [Level.Admin, 'xx--'],
      [Level.Owner, 'xxxx'],
    ] as const) {
      const who = await portal.given.person({ level: actor });
      const done: string[] = [];
      for (const level of LEVELS) {
        const target = await portal.given.person({ level });
        const { status } = await portal.as(who).post(UPDATE(target.id), { avatar_source: 'discord_2' });
        done.push(status === 200 ? 'x' : '-');
        expect([200, 403]).toContain(status);
      }
      expect(done.join('')).toBe(mayUpdate);
      expect((await portal.as(who).post(UPDATE(who.id), { avatar_source: 'discord_2' })).status).toBe(200);
    }
  });
});

describe('giving a level', () => {
  const TABLE: [Level, string[]][] = [
    [Level.Admin, ['x---', 'x---', '----', '----']],
    [Level.Owner, ['xxx-', 'xxx-', 'xxx-', 'xxx-']],
  ];

  for (const [actor, rows] of TABLE) {
    test(`as level ${actor}: ${rows.join(' ')}`, async () => {
      await using portal = await testPortal();
      const who = await portal.given.person({ level: actor });
      for (const from of LEVELS) {
        const done: string[] = [];
        for (const to of LEVELS) {
          const target = await portal.given.person({ level: from });
          const answer = await portal.as(who).post(PERMISSION(target.id), { permission_level: to });
          done.push(answer.status === 200 ? 'x' : '-');
          if (answer.status !== 200) expect(answer).toMatchObject({ status: 403, body: { code: 'ERR_FORBIDDEN' } });
          expect(await levelOf(portal, target.id)).toBe(answer.status === 200 ? to : from);
        }
        expect(done.join('')).toBe(rows[from] as string);
      }
    });
  }

  test('is kept in the history and the audit log, with who did it', async () => {
    await using portal = await testPortal();
    const [owner, ada] = [await portal.given.owner(), await portal.given.person({ username: 'ada' })];
    await portal.timers.advance(1000);
    const answer = await portal.as(owner).post(PERMISSION(ada.id), { permission_level: 1 });
    expect(answer.body).toEqual({ message: `User ${ada.id} is now a Moderator` });
    const again = await portal.as(owner).post(PERMISSION(ada.id), { permission_level: 1 });
    expect(again.status).toBe(200);
    const changes = await portal.database.read.select().from(permissionChanges);
    expect(changes).toMatchObject([{ userId: ada.id, oldLevel: 0, newLevel: 1, changedById: owner.id }]);
    const [entry, ...more] = await entries(portal, 'PERMISSION_CHANGE');
    expect(entry).toMatchObject({ entityId: String(ada.id), actorId: owner.id });
    expect(entry?.eventMetadata).toEqual({ username: 'ada', permission_level: { from: 0, to: 1 } });
    expect(more).toEqual([]);
    const { body } = await portal.as(ada).get('/v1/users/me');
    expect(body).toMatchObject({ permission_level: 1, permission_since: '2026-01-01T00:00:01.000Z' });
  });

  test('counts at the next call of an open session', async () => {
    await using portal = await testPortal();
    const [owner, mod] = [await portal.given.owner(), await portal.given.moderator()];
    const target = await portal.given.person();
    const asMod = () => portal.as(mod).post(UPDATE(target.id), { avatar_source: 'discord_1' });
    expect((await asMod()).status).toBe(403);
    await portal.as(owner).post(PERMISSION(mod.id), { permission_level: 2 });
    expect((await asMod()).status).toBe(200);
    await portal.as(owner).post(PERMISSION(mod.id), { permission_level: 0 });
    expect((await asMod()).status).toBe(403);
  });

  test('leaves a new Admin their open sessions for a day, and no longer', async () => {
    await using portal = await testPortal();
    const [owner, ada] = [await portal.given.owner(), await portal.given.person()];
    const other = await portal.given.person();
    await portal.as(owner).post(PERMISSION(ada.id), { permission_level: 2 });
    portal.timers.jump(DAY_MS - 1);
    expect((await portal.as(ada).get('/v1/users/me')).status).toBe(200);
    portal.timers.jump(1);
    expect((await portal.as(ada).get('/v1/users/me')).status).toBe(401);
    expect((await portal.as(other).get('/v1/users/me')).status).toBe(200);
  });

  test('lets an Owner step down, but not the last one', async () => {
    await using portal = await testPortal();
    const [first, second] = [await portal.given.owner(), await portal.given.owner()];
    expect((await portal.as(first).post(PERMISSION(first.id), { permission_level: 2 })).status).toBe(200);
    const refused = await portal.as(second).post(PERMISSION(second.id), { permission_level: 0 });
    expect(refused).toMatchObject({ status: 409, body: { code: 'ERR_CONFLICT' } });
    await expect(portal.modules.accountLevels.set(CONSOLE, second.id, Level.User)).rejects.toThrow(
      'This is the last Owner',
    );
    expect(await levelOf(portal, second.id)).toBe(3);
  });

  test('of two Owners who take each other’s level at once, one stays', async () => {
    await using portal = await testPortal();
    const [first, second] = [await portal.given.owner(), await portal.given.owner()];
    const answers = await Promise.all([
      portal.as(first).post(PERMISSION(second.id), { permission_level: 0 }),
      portal.as(second).post(PERMISSION(first.id), { permission_level: 0 }),
    ]);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(new Set([await levelOf(portal, first.id), await levelOf(portal, second.id)])).toEqual(new Set([0, 3]));
  });

  test('puts who was Admin out of private chats that they could enter as such, and the key changes', async () => {
    await using portal = await testPortal();
    const [owner, admin] = [await portal.given.owner(), await portal.given.admin()];
    const [closed, joined, open] = [
      await portal.given.chat(),
      await portal.given.chat(),
      await portal.given.chat({ visibility: 'public' }),
    ];
    await portal.given.member(joined, admin);
    for (const chat of [closed, joined, open]) await portal.given.speaker(chat, admin);
    const epochs = () =>
      Promise.all([closed, joined, open].map(async ({ id }) => (await portal.modules.e2ee.keyFor(id, 'x')).epoch));
    expect(await epochs()).toEqual([1, 1, 1]);

    await portal.as(owner).post(PERMISSION(admin.id), { permission_level: 1 });

    expect(await epochs()).toEqual([2, 1, 1]);
    expect(await portal.adapters.presence.peopleIn(closed.id)).toEqual([]);
    expect(await portal.adapters.presence.peopleIn(joined.id)).toEqual([personOfUser(admin.id)]);
    expect((await portal.as(admin).get(`/v1/portal/chats/${closed.id}`)).status).toBe(404);
  });

  test.each([
    [{}],
    [{ permission_level: 4 }],
    [{ permission_level: -1 }],
    [{ permission_level: '1' }],
    [{ permission_level: 1.5 }],
  ])('is refused for %j', async (body) => {
    await using portal = await testPortal();
    const [owner, ada] = [await portal.given.owner(), await portal.given.person()];
    const refused = await portal.as(owner).post(PERMISSION(ada.id), body);
    expect(refused).toMatchObject({ status: 400, body: { code: 'ERR_VALIDATION', field: 'permission_level' } });
    expect((await portal.as(owner).post(PERMISSION(4711), { permission_level: 1 })).status).toBe(404);
  });
});
