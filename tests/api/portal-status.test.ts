import { expect, test } from 'bun:test';
import { personOfStranger, personOfUser } from '../../src/core/principal.ts';
import type { Person } from '../support/given.ts';
import { type TestPortal, testPortal } from '../support/portal.ts';

const STATUS = '/v1/portal/status';

/** A socket of this session is connected. */
function connected({ adapters }: TestPortal, { id: userId, sessionId }: Person, tab = 1): Promise<unknown> {
  return adapters.online.arrive({ socketId: `${sessionId}-${tab}`, sessionId, person: personOfUser(userId) });
}

test('nobody is online whom no socket connects: to ask does not count', async () => {
  await using portal = await testPortal();
  const { status, body } = await portal.as(await portal.given.person()).get(STATUS);
  expect(status).toBe(200);
  expect(body).toEqual({ online: 0, users: [], muted: false, muted_ttl: null });
});

test('strangers are not in it, and change nothing in it', async () => {
  await using portal = await testPortal();
  const ada = await portal.given.person();
  await connected(portal, ada);
  const before = await portal.as(ada).get(STATUS);
  const { sessionId } = await portal.given.stranger();
  await portal.adapters.online.arrive({ socketId: 'visitor', sessionId, person: personOfStranger(sessionId) });
  expect((await portal.as(ada).get(STATUS)).body).toEqual(before.body);
});

test('each person who is connected is in it once, with their level and the public id of one session', async () => {
  await using portal = await testPortal();
  const [ada, admin] = [await portal.given.person({ username: 'ada' }), await portal.given.admin()];
  const phone = await portal.given.session(ada);
  await connected(portal, ada);
  await connected(portal, ada, 2);
  await connected(portal, { ...ada, ...phone });
  await connected(portal, admin);

  const { body } = await portal.as(admin).get(STATUS);

  expect(body).toEqual({
    online: 2,
    users: [
      { user: { id: ada.id, username: 'ada', avatar_url: null, permission_level: 0 }, session_id: ada.sessionId },
      {
        user: { id: admin.id, username: admin.username, avatar_url: null, permission_level: 2 },
        session_id: admin.sessionId,
      },
    ],
    muted: false,
    muted_ttl: null,
  });
  const text = JSON.stringify(body);
  for (const { token } of [ada, phone, admin]) {
    expect(text).not.toContain(token);
    expect(text).not.toContain(token.slice(-6));
  }
});

test('of many the first 200 are named, or another page, and all are counted', async () => {
  await using portal = await testPortal();
  const everybody = [];
  for (let number = 0; number < 203; number++) {
    const person = await portal.given.person();
    await connected(portal, person);
    everybody.push(person.id);
  }
  const caller = portal.as(await portal.given.person());
  const ids = async (query: string) => {
    const { body } = await caller.get(`${STATUS}${query}`);
    expect(body.online).toBe(203);
    return body.users.map(({ user }: { user: { id: number } }) => user.id);
  };
  expect(await ids('')).toEqual(everybody.slice(0, 200));
  expect(await ids('?offset=200')).toEqual(everybody.slice(200));
  expect(await ids('?offset=1&limit=2')).toEqual(everybody.slice(1, 3));
});

test('muted is the caller’s own hard mute: not that of a chat, and not another person’s', async () => {
  await using portal = await testPortal();
  const [admin, ada, bob] = [await portal.given.admin(), await portal.given.person(), await portal.given.person()];
  const chat = await portal.given.chat();
  await portal.given.member(chat, bob);
  const muted = async (who: Person) => {
    const { muted, muted_ttl } = (await portal.as(who).get(STATUS)).body;
    return [muted, muted_ttl];
  };
  await portal.as(admin).post('/v1/portal/hard-mute', { user_id: ada.id, duration: 60 });
  await portal.as(chat.owner).post(`/v1/portal/chats/${chat.id}/mute`, { user_id: bob.id, duration: 60 });
  expect(await muted(ada)).toEqual([true, 60]);
  for (const other of [bob, admin]) expect(await muted(other)).toEqual([false, null]);
  portal.timers.jump(59_500);
  expect(await muted(ada)).toEqual([true, 1]);
  portal.timers.jump(500);
  expect(await muted(ada)).toEqual([false, null]);
  await portal.as(admin).post('/v1/portal/hard-mute', { user_id: ada.id, duration: 0 });
  expect(await muted(ada)).toEqual([true, 0]);
});

test('whoever has no account is not shown who is here', async () => {
  await using portal = await testPortal();
  await connected(portal, await portal.given.person());
  for (const [caller, status] of [
    [portal.nobody, 401],
    [portal.client, 401],
    [portal.holding((await portal.given.bot()).apiKey), 401],
    [portal.as(await portal.given.stranger()), 403],
  ] as const) {
    const answer = await caller.get(STATUS);
    expect([answer.status, answer.body.users]).toEqual([status, undefined]);
  }
});

test.each([
  ['limit=0', 'limit'],
  ['limit=1001', 'limit'],
  ['offset=-1', 'offset'],
  ['offset=a', 'offset'],
])('?%s is refused for its %s', async (query, field) => {
  await using portal = await testPortal();
  const answer = await portal.as(await portal.given.person()).get(`${STATUS}?${query}`);
  expect(answer).toMatchObject({ status: 400, body: { code: 'ERR_VALIDATION', field } });
});
