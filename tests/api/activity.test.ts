import { expect, test } from 'bun:test';
import { DAY_MS } from '../../src/core/durations.ts';
import { findKeyState } from '../../src/modules/chats/keys/keys.repository.ts';
import { hideUser } from '../../src/modules/instance/accounts/account-deletion.repository.ts';
import type { Chat, Person } from '../support/given.ts';
import { type TestPortal, testPortal } from '../support/portal.ts';

const activityOf = ({ id }: { id: number }) => `/v1/portal/chats/${id}/activity`;

/** One person comes by invite, one by slug, and the second is kicked. */
async function lively(portal: TestPortal): Promise<{ chat: Chat; ada: Person; bob: Person; code: string }> {
  const chat = await portal.given.chat({ visibility: 'public', slug: 'cinema' });
  const owner = portal.as(chat.owner);
  const [ada, bob] = [await portal.given.person(), await portal.given.person()];
  const { code } = (await owner.post(`/v1/portal/chats/${chat.id}/invites`, {})).body;
  await portal.timers.advance(1000);
  await portal.as(ada).post(`/v1/portal/resolve/${code}`);
  await portal.timers.advance(1000);
  await portal.as(bob).post('/v1/portal/resolve/CINEMA');
  await portal.timers.advance(1000);
  await owner.post(`/v1/portal/chats/${chat.id}/kick`, { user_id: bob.id });
  return { chat, ada, bob, code };
}

const shown = ({ id, username }: Person) => ({ id, username, avatar_url: null });

test('it tells who came by which way and who went, newest first', async () => {
  await using portal = await testPortal();
  const { chat, ada, bob, code } = await lively(portal);
  const { status, body } = await portal.as(chat.owner).get(activityOf(chat));
  expect(status).toBe(200);
  expect(body).toEqual({
    events: [
      {
        user: shown(bob),
        action: 'kick',
        method: null,
        invite_code: null,
        created_at: '2026-01-01T00:00:03.000Z',
      },
      {
        user: shown(bob),
        action: 'join',
        method: 'vanity',
        invite_code: 'cinema',
        created_at: '2026-01-01T00:00:02.000Z',
      },
      {
        user: shown(ada),
        action: 'join',
        method: 'invite',
        invite_code: code,
        created_at: '2026-01-01T00:00:01.000Z',
      },
    ],
    total: 3,
    offset: 0,
    limit: 50,
  });
});

test('a member who leaves and one who is banned are in it', async () => {
  await using portal = await testPortal();
  const { chat, ada } = await lively(portal);
  await portal.as(ada).post(`/v1/portal/chats/${chat.id}/leave`);
  await portal.as(chat.owner).post(`/v1/portal/chats/${chat.id}/ban`, { user_id: ada.id });
  const { body } = await portal.as(chat.owner).get(`${activityOf(chat)}?limit=2`);
  expect(body.events).toMatchObject([
    { user: shown(ada), action: 'ban', method: null, invite_code: null },
    { user: shown(ada), action: 'leave', method: null, invite_code: null },
  ]);
});

test('it comes page by page, and no other chat’s is in it', async () => {
  await using portal = await testPortal();
  const { chat } = await lively(portal);
  const other = await portal.given.chat({ visibility: 'public', slug: 'other' });
  await portal.as(await portal.given.person()).post('/v1/portal/resolve/other');
  const { body } = await portal.as(chat.owner).get(`${activityOf(chat)}?offset=1&limit=1`);
  expect(body).toMatchObject({ events: [{ method: 'vanity' }], total: 3, offset: 1, limit: 1 });
  expect((await portal.as(chat.owner).get(`${activityOf(chat)}?offset=3`)).body.events).toEqual([]);
  expect((await portal.as(other.owner).get(activityOf(other))).body.total).toBe(1);
});

test('of an account that is being deleted no name is left in it, and in the end nothing', async () => {
  await using portal = await testPortal();
  const { chat, bob } = await lively(portal);
  await portal.database.units.run('hide', ({ db }) => hideUser(db, bob.id, portal.timers.now()));
  const { body } = await portal.as(chat.owner).get(activityOf(chat));
  expect(body.events.map(({ user }: { user: unknown }) => user)).toEqual([null, null, expect.any(Object)]);
  await portal.modules.accountDeletion.clearDeleted();
  expect((await portal.as(chat.owner).get(activityOf(chat))).body.total).toBe(1);
});

test('in a public chat it is for the owner and for staff above them; to members and guests it is not shown', async () => {
  await using portal = await testPortal();
  const { chat, ada, bob } = await lively(portal);
  const { given } = portal;
  for (const who of [chat.owner, await given.moderator(), await given.admin(), await given.owner()])
    expect((await portal.as(who).get(activityOf(chat))).status).toBe(200);
  for (const who of [ada, bob, await given.person()]) {
    const { status, body } = await portal.as(who).get(activityOf(chat));
    expect([status, body.code, body.events]).toEqual([403, 'ERR_FORBIDDEN', undefined]);
  }
  await given.chatBan(chat, ada);
  expect((await portal.as(ada).get(activityOf(chat))).body.code).toBe('ERR_CHAT_BANNED');
});

test('in a public chat of an Admin, other Admins and those below see nothing of it', async () => {
  await using portal = await testPortal();
  const { given } = portal;
  const chat = await given.chat({ owner: await given.admin(), visibility: 'public' });
  for (const who of [await given.moderator(), await given.admin()])
    expect((await portal.as(who).get(activityOf(chat))).status).toBe(403);
  expect((await portal.as(await given.owner()).get(activityOf(chat))).status).toBe(200);
});

test('in a private chat it is for the owner and for Admins; to strangers to the chat there is none', async () => {
  await using portal = await testPortal();
  const { given } = portal;
  const chat = await given.chat();
  const member = await given.member(chat);
  for (const who of [chat.owner, await given.admin(), await given.owner()])
    expect((await portal.as(who).get(activityOf(chat))).status).toBe(200);
  expect((await portal.as(member).get(activityOf(chat))).body.code).toBe('ERR_FORBIDDEN');
  for (const who of [await given.person(), await given.moderator()])
    expect(await portal.as(who).get(activityOf(chat))).toMatchObject({ status: 404, body: { error: 'No such chat' } });
  for (const [caller, status] of [
    [portal.nobody, 401],
    [portal.client, 401],
    [portal.holding((await given.bot()).apiKey), 401],
    [portal.as(await given.stranger()), 403],
  ] as const)
    expect((await caller.get(activityOf(chat))).status).toBe(status);
});

test('what is older than 90 days is forgotten, but for the last that is known of each person', async () => {
  await using portal = await testPortal();
  const { chat, ada, bob } = await lively(portal);
  portal.timers.jump(90 * DAY_MS - 10_000);
  const owner = portal.as(await portal.given.session(chat.owner));
  const events = async () => (await owner.get(activityOf(chat))).body.events;
  await portal.modules.chatActivity.forgetOld();
  expect(await events()).toHaveLength(3);
  portal.timers.jump(20_000);
  await portal.modules.chatActivity.forgetOld();
  expect(await events()).toMatchObject([
    { user: shown(bob), action: 'kick' },
    { user: shown(ada), action: 'join' },
  ]);
  await owner.post(`/v1/portal/chats/${chat.id}/kick`, { user_id: ada.id });
  await portal.modules.chatActivity.forgetOld();
  expect(await events()).toMatchObject([
    { user: shown(ada), action: 'kick' },
    { user: shown(bob), action: 'kick' },
  ]);
});

test('a visit to another chat takes nothing from it: a ban still knows that they may hold the key', async () => {
  await using portal = await testPortal();
  const { chat, ada } = await lively(portal);
  await portal.given.chat({ visibility: 'public', slug: 'elsewhere' });
  portal.timers.jump(91 * DAY_MS);
  const back = await portal.given.session(ada);
  expect((await portal.as(back).post('/v1/portal/resolve/elsewhere')).status).toBe(200);
  await portal.modules.chatActivity.forgetOld();

  const owner = portal.as(await portal.given.session(chat.owner));
  const { events } = (await owner.get(activityOf(chat))).body;
  expect(events).toContainEqual(expect.objectContaining({ user: shown(ada), action: 'join' }));
  await portal.as(back).post(`/v1/portal/chats/${chat.id}/leave`);
  const epoch = async () => (await findKeyState(portal.database.read, chat.id))?.epoch;
  const before = await epoch();
  await owner.post(`/v1/portal/chats/${chat.id}/ban`, { user_id: ada.id });
  expect(await epoch()).toBe((before ?? 0) + 1);
});

test.each([
  ['limit=0', 'limit'],
  ['limit=101', 'limit'],
  ['offset=-1', 'offset'],
  ['offset=x', 'offset'],
])('?%s is refused for its %s', async (query, field) => {
  await using portal = await testPortal();
  const chat = await portal.given.chat();
  const answer = await portal.as(chat.owner).get(`${activityOf(chat)}?${query}`);
  expect(answer).toMatchObject({ status: 400, body: { code: 'ERR_VALIDATION', field } });
});
