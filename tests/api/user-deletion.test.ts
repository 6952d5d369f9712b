import { Database } from 'bun:sqlite';
import { describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { MINUTE_MS } from '../../src/core/durations.ts';
import { CONSOLE, Level } from '../../src/core/principal.ts';
import { DATABASE_FILE } from '../../src/db/sqlite/files.ts';
import { messages } from '../../src/modules/chats/messages/messages.tables.ts';
import { auditLog } from '../../src/modules/people/audit/audit.tables.ts';
import { punishments } from '../../src/modules/people/sanctions/sanctions.tables.ts';
import type { Person } from '../support/given.ts';
import { turnsOfOthers } from '../support/long-chat.ts';
import { type TestPortal, testPortal } from '../support/portal.ts';
import { eventually } from '../support/waiting.ts';

const DELETE = ({ id }: { id: number }) => `/v1/admin/users/${id}/delete`;

/** Messages of one person in a chat, a millisecond apart. */
async function said(portal: TestPortal, who: { id: number }, chat: { id: number }, count: number): Promise<void> {
  const start = portal.timers.now() - count;
  for (let first = 0; first < count; first += 1000) {
    const rows = Array.from({ length: Math.min(1000, count - first) }, (_, index) => ({
      chatId: chat.id,
      ms: start + first + index,
      seq: who.id,
      type: 'user' as const,
      userId: who.id,
      permissionLevel: 0,
      epoch: 1,
      content: 'x'.repeat(300),
    }));
    await portal.database.units.run('said', ({ db }) =>
      db.insert(messages).values(rows).returning({ ms: messages.ms }),
    );
  }
}

/** Every table with a column that may name the user, and how many rows do. */
function traces(portal: TestPortal, { id }: { id: number }): Record<string, number> {
  const db = new Database(join(portal.dataDir, DATABASE_FILE), { readonly: true });
  const found: Record<string, number> = {};
  const tables = db.query("select name from sqlite_master where type = 'table' and sql like 'CREATE TABLE%'").all() as {
    name: string;
  }[];
  for (const { name } of tables) {
    const columns = db.query(`select name from pragma_table_info('${name}')`).all() as { name: string }[];
    const naming = columns.filter((one) => ['user_id', 'owner_id', 'created_by_id'].includes(one.name));
    if (name === 'users') naming.push({ name: 'id' });
    for (const column of naming) {
      const row = db.query(`select count(*) as n from "${name}" where "${column.name}" = ?`).get(id) as { n: number };
      if (row.n > 0) found[`${name}.${column.name}`] = row.n;
    }
  }
  db.close();
  return found;
}

/** A person with rows in every table. */
async function settled(portal: TestPortal) {
  const owner = await portal.given.owner();
  const eve = await portal.given.premium('eve');
  const own = await portal.given.chat({ owner: eve, visibility: 'public', slug: 'eves' });
  const shared = await portal.given.chat({ name: 'Shared' });
  const visited = await portal.given.chat({ name: 'Visited', visibility: 'public' });
  await portal.given.member(shared, eve);
  for (const chat of [own, shared, visited]) await portal.given.speaker(chat, eve);
  await said(portal, eve, own, 5);
  await said(portal, eve, shared, 1200);
  await said(portal, shared.owner, shared, 3);
  await portal.given.identity(eve, 'discord', '42');
  await portal.given.chatBan(await portal.given.chat(), eve);
  await portal.as(eve).post(`/v1/portal/chats/${own.id}/invites`, {});
  await portal.modules.auth.consoleCode('eve');
  const { api_key } = await portal.modules.botManagement.register(CONSOLE, {
    name: 'Helper',
    platform: 'discord',
    owner_id: eve.id,
  });
  await portal.modules.accountLevels.set(CONSOLE, eve.id, Level.Moderator);
  const record = { userId: eve.id, actionType: 'PLATFORM_WARNING' as const, createdAt: portal.timers.now() };
  await portal.database.units.run('punish', ({ db }) => db.insert(punishments).values(record).returning());
  return { owner, eve, own, shared, visited, apiKey: api_key };
}

async function historyOf(portal: TestPortal, chat: { id: number; owner: Person }): Promise<(number | undefined)[]> {
  const { body } = await portal.as(chat.owner).get(`/v1/portal/chats/${chat.id}/history?limit=500`);
  return body
    .filter(({ type }: { type: string }) => type === 'user')
    .map((one: { sender: Person | null }) => one.sender?.id);
}

describe('a deleted user', () => {
  test('is gone at once for everybody, with what was theirs', async () => {
    await using portal = await testPortal();
    const { owner, eve, own, shared, visited, apiKey } = await settled(portal);
    const other = await portal.given.session(eve);

    const answer = await portal.as(owner).post(DELETE(eve));

    expect(answer).toMatchObject({ status: 200, body: { message: `User ${eve.id} deleted` } });
    for (const session of [eve, other]) expect((await portal.as(session).get('/v1/users/me')).status).toBe(401);
    expect((await portal.holding(apiKey).post('/v1/authentication/bot/login-code', {})).status).toBe(401);
    for (const path of [`/v1/users/${eve.id}`, '/v1/users/profile/eve', `/v1/portal/chats/${own.id}`])
      expect((await portal.as(owner).get(path)).status).toBe(404);
    for (const q of ['eve', 'ev', String(eve.id), 'deleted', '']) {
      const { users: found } = (await portal.as(owner).get(`/v1/users/search?q=${q}`)).body;
      expect(found.map(({ id }: { id: number }) => id)).not.toContain(eve.id);
    }
    expect((await portal.as(owner).get('/v1/portal/chats')).body.map(({ id }: { id: number }) => id)).not.toContain(
      own.id,
    );
    expect((await portal.as(owner).post('/v1/portal/resolve/eves')).status).toBe(404);
    expect(await historyOf(portal, shared)).toEqual([shared.owner.id, shared.owner.id, shared.owner.id]);
    expect(await portal.adapters.presence.peopleIn(shared.id)).toEqual([]);
    for (const chat of [shared, visited]) expect((await portal.modules.e2ee.keyFor(chat.id, 'x')).epoch).toBe(2);
    expect((await portal.client.post('/v1/authentication/lookup', { username: 'eve' })).status).toBe(404);
    await expect(portal.modules.auth.consoleCode('eve')).rejects.toThrow('No such user');
  });

  test('leaves a free name, and an identity that can have a new account', async () => {
    await using portal = await testPortal();
    const { owner, eve } = await settled(portal);
    await portal.as(owner).post(DELETE(eve));
    const heir = await portal.given.person({ username: 'EVE' });
    await portal.given.identity(heir, 'discord', '42');
    expect(heir.id).not.toBe(eve.id);
    expect((await portal.as(heir).get('/v1/users/me')).body.linked_platforms).toHaveLength(1);
  });

  test('leaves no trace within seconds but in the audit log', async () => {
    await using portal = await testPortal();
    const { owner, eve, own, shared } = await settled(portal);
    expect(Object.keys(traces(portal, eve)).length).toBeGreaterThan(12);
    await portal.as(owner).post(DELETE(eve));
    await portal.modules.accountDeletion.clearDeleted();
    expect(traces(portal, eve)).toEqual({});
    await portal.modules.chatDeletion.purgeDeleted();
    const db = portal.database.read;
    expect((await db.select().from(messages)).filter(({ chatId }) => chatId === own.id)).toEqual([]);
    expect(await historyOf(portal, shared)).toHaveLength(3);
    const log = await db.select().from(auditLog);
    const about = log.filter(({ actorId }) => actorId === owner.id);
    expect(about.map(({ eventType, entityId }) => [eventType, entityId])).toEqual([
      ['USER_DELETE', String(eve.id)],
      ['CHAT_DELETE', String(own.id)],
      ['BOT_DELETE', '1'],
    ]);
    expect(about[0]?.eventMetadata).toEqual({ username: 'eve' });
    expect(
      log.filter(({ entityId, eventType }) => eventType === 'USER_CREATE' && entityId === String(eve.id)),
    ).toHaveLength(1);
  });

  test('is cleared away by the clock alone', async () => {
    await using portal = await testPortal();
    const { owner, eve } = await settled(portal);
    await portal.as(owner).post(DELETE(eve));
    await portal.timers.advance(10_000);
    await eventually(() => Object.keys(traces(portal, eve)).length === 0, { found: () => traces(portal, eve) });
  });

  test('that was being deleted when the program was killed is out of every chat, and cleared, after the next start', async () => {
    const before = await testPortal();
    const { eve, shared, visited } = await settled(before);
    // As far as the first step, and no further.
    const { units } = before.database;
    const run = units.run.bind(units);
    units.run = (name, work) => (name === 'leave for good' ? Promise.reject(new Error('killed')) : run(name, work));
    await expect(before.modules.accountDeletion.delete(CONSOLE, eve.id)).rejects.toThrow('killed');
    await run('wait', async () => {});
    expect((await before.as(eve).get('/v1/users/me')).status).toBe(401);
    expect((await before.modules.e2ee.keyFor(shared.id, 'x')).epoch).toBe(1);
    await before.close({ keep: true });

    await using after = await testPortal({ dataDir: before.dataDir });
    await after.modules.accountDeletion.clearDeleted();
    for (const chat of [shared, visited]) expect((await after.modules.e2ee.keyFor(chat.id, 'x')).epoch).toBe(2);
    expect(traces(after, eve)).toEqual({});
  });
});

describe('others have their turn', () => {
  test('while a user with 10,000 messages goes', async () => {
    await using portal = await testPortal({ realTime: true });
    const [eve, bob] = [await portal.given.premium(), await portal.given.premium()];
    const chat = await portal.given.chat({ owner: bob });
    await portal.given.member(chat, eve);
    await said(portal, eve, chat, 10_000);
    const turns = await turnsOfOthers(portal, async () => {
      await portal.modules.accountDeletion.delete(CONSOLE, eve.id);
      await portal.modules.accountDeletion.clearDeleted();
    });
    expect(traces(portal, eve)).toEqual({});
    // Its messages go 500 at a time.
    expect(turns).toBeGreaterThan(15);
  });
});

describe('what a deleted user said', () => {
  test('goes from between what others said in any chat, and nothing else goes', async () => {
    await using portal = await testPortal({ realTime: true });
    const [eve, bob] = [await portal.given.premium(), await portal.given.premium()];
    const [long, short] = [await portal.given.chat({ owner: bob }), await portal.given.chat()];
    for (const chat of [long, short]) await portal.given.member(chat, eve);
    // More than is looked at in one step, with something of hers at both ends.
    await said(portal, eve, long, 2);
    portal.timers.jump(MINUTE_MS);
    await said(portal, bob, long, 12_000);
    portal.timers.jump(MINUTE_MS);
    await said(portal, eve, long, 700);
    await said(portal, bob, short, 3);
    await said(portal, eve, short, 1);
    await portal.modules.accountDeletion.delete(CONSOLE, eve.id);
    await portal.modules.accountDeletion.clearDeleted();
    const left = (await portal.database.read.select().from(messages)).filter(({ type }) => type === 'user');
    expect(left.filter(({ userId }) => userId === eve.id)).toEqual([]);
    expect(left.filter(({ chatId }) => chatId === long.id)).toHaveLength(12_000);
    expect(left.filter(({ chatId }) => chatId === short.id)).toHaveLength(3);
  });
});

describe('deleting', () => {
  test('takes a higher level; Owners may delete Owners', async () => {
    await using portal = await testPortal();
    await portal.given.owner();
    for (const [actor, row] of [
      [Level.Admin, 'xx--'],
      [Level.Owner, 'xxxx'],
    ] as const) {
      const who = await portal.given.person({ level: actor });
      const done: string[] = [];
      for (const level of [Level.User, Level.Moderator, Level.Admin, Level.Owner]) {
        const target = await portal.given.person({ level });
        const answer = await portal.as(who).post(DELETE(target));
        done.push(answer.status === 200 ? 'x' : '-');
        expect((await portal.as(target).get('/v1/users/me')).status).toBe(answer.status === 200 ? 401 : 200);
        if (answer.status !== 200) expect(answer).toMatchObject({ status: 403, body: { code: 'ERR_FORBIDDEN' } });
      }
      expect(done.join('')).toBe(row);
    }
  });

  test('is not for oneself, nor for the last Owner, nor for who is not there', async () => {
    await using portal = await testPortal();
    const owner = await portal.given.owner();
    expect(await portal.as(owner).post(DELETE(owner))).toMatchObject({
      status: 400,
      body: { code: 'ERR_SELF_ACTION' },
    });
    await expect(portal.modules.accountDeletion.delete(CONSOLE, owner.id)).rejects.toThrow('This is the last Owner');
    expect((await portal.as(owner).get('/v1/users/me')).status).toBe(200);
    const ada = await portal.given.person();
    expect((await portal.as(owner).post(DELETE(ada))).status).toBe(200);
    expect((await portal.as(owner).post(DELETE(ada))).status).toBe(404);
    expect(await portal.as(owner).post('/v1/admin/users/x/delete')).toMatchObject({
      status: 400,
      body: { field: 'user_id' },
    });
  });
});

test('an Owner cannot step down while the only other one is banned: nobody could come in any more', async () => {
  await using portal = await testPortal();
  const ada = await portal.given.owner();
  const eve = await portal.given.owner();
  await portal.given.state(eve, 2);
  const stepsDown = await portal.as(ada).post(`/v1/admin/users/${ada.id}/permission`, { permission_level: 0 });
  expect(stepsDown.status).toBe(409);
  expect((await portal.as(ada).get('/v1/users/me')).body).toMatchObject({ permission_level: 3 });
});
