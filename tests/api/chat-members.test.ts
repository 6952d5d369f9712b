import { expect, test } from 'bun:test';
import { personOfUser } from '../../src/core/principal.ts';
import { BANNED, NO_CHAT, pathOf } from '../support/chat-moderation.ts';
import type { Chat, Person } from '../support/given.ts';
import { type TestPortal, testPortal } from '../support/portal.ts';

const membersOf = (portal: TestPortal, by: { token: string }, chat: { id: number }, query = '') =>
  portal.as(by).get(pathOf(chat, `/members${query}`));

/** Joins by an invite, a second after whoever came before. */
async function joined(portal: TestPortal, chat: Chat, count: number): Promise<Person[]> {
  const { code } = (await portal.as(chat.owner).post(pathOf(chat, '/invites'), {})).body;
  const people: Person[] = [];
  for (let number = 0; number < count; number++) {
    const one = await portal.given.person();
    await portal.timers.advance(1000);
    await portal.as(one).post(`/v1/portal/resolve/${code}`);
    people.push(one);
  }
  return people;
}

test('members are listed in the order of joining, with level and presence, those who are away included', async () => {
  await using portal = await testPortal();
  const chat = await portal.given.chat();
  const [ada, bob] = (await joined(portal, chat, 2)) as [Person, Person];
  const { sessionId } = bob;
  await portal.adapters.online.arrive({ socketId: 'tab', sessionId, person: personOfUser(bob.id) });
  expect(await membersOf(portal, ada, chat)).toMatchObject({ status: 200 });
  expect((await membersOf(portal, ada, chat)).body).toEqual({
    members: [
      {
        user: { id: ada.id, username: ada.username, avatar_url: null, permission_level: 0 },
        is_online: false,
        joined_at: '2026-01-01T00:00:01.000Z',
      },
      {
        user: { id: bob.id, username: bob.username, avatar_url: null, permission_level: 0 },
        is_online: true,
        joined_at: '2026-01-01T00:00:02.000Z',
      },
    ],
    total: 2,
    offset: 0,
    limit: 50,
  });
});

test('the list comes in pages, and has nobody who has left, was kicked or banned, or is being deleted', async () => {
  await using portal = await testPortal();
  const chat = await portal.given.chat();
  const [left, kicked, banned, gone, ...stay] = await joined(portal, chat, 7);
  const by = portal.as(chat.owner);
  await portal.as(left as Person).post(pathOf(chat, '/leave'));
  await by.post(pathOf(chat, '/kick'), { user_id: kicked?.id });
  await by.post(pathOf(chat, '/ban'), { user_id: banned?.id });
  await portal.as(await portal.given.owner()).post(`/v1/admin/users/${gone?.id}/delete`);
  const idsOf = async (query: string) => {
    const { body } = await membersOf(portal, chat.owner, chat, query);
    return { ...body, members: body.members.map(({ user }: { user: { id: number } }) => user.id) };
  };
  const ids = stay.map(({ id }) => id);
  expect(await idsOf('')).toEqual({ members: ids, total: 3, offset: 0, limit: 50 });
  expect(await idsOf('?limit=2')).toEqual({ members: ids.slice(0, 2), total: 3, offset: 0, limit: 2 });
  expect(await idsOf('?offset=2&limit=2')).toEqual({ members: ids.slice(2), total: 3, offset: 2, limit: 2 });
  expect(await idsOf('?offset=9')).toMatchObject({ members: [], total: 3 });
  for (const query of ['?limit=0', '?limit=201', '?offset=-1', '?limit=x', '?q=ada'])
    expect(await membersOf(portal, chat.owner, chat, query)).toMatchObject({ status: 400 });
});

test('a private chat shows its members to the owner, to them and to Admins; to others it does not exist', async () => {
  await using portal = await testPortal();
  const { given } = portal;
  const chat = await given.chat();
  const [member] = await joined(portal, chat, 1);
  for (const who of [chat.owner, member as Person, await given.admin(), await given.owner()])
    expect((await membersOf(portal, who, chat)).body).toMatchObject({ total: 1 });
  for (const who of [await given.person(), await given.moderator()])
    expect(await membersOf(portal, who, chat)).toMatchObject(NO_CHAT);
  const out = await given.member(chat);
  await portal.as(chat.owner).post(pathOf(chat, '/ban'), { user_id: out.id });
  expect(await membersOf(portal, out, chat)).toMatchObject(NO_CHAT);
});

test('an open chat shows its members to everyone who is not banned from it', async () => {
  await using portal = await testPortal();
  const chat = await portal.given.chat({ visibility: 'public' });
  await joined(portal, chat, 1);
  const eve = await portal.given.person();
  expect((await membersOf(portal, eve, chat)).body).toMatchObject({ total: 1 });
  await portal.given.chatBan(chat, eve);
  expect(await membersOf(portal, eve, chat)).toMatchObject(BANNED);
});

test('a direct chat names nobody: 409 to its two, 404 to others, 403 to strangers', async () => {
  await using portal = await testPortal();
  const [one, stranger] = [await portal.given.person(), await portal.given.stranger()];
  const direct = await portal.given.direct(one, stranger);
  expect(await membersOf(portal, one, direct)).toMatchObject({ status: 409, body: { code: 'ERR_DIRECT_CHAT' } });
  expect(await membersOf(portal, await portal.given.owner(), direct)).toMatchObject(NO_CHAT);
  expect(await membersOf(portal, stranger, direct)).toMatchObject({ status: 403 });
});
