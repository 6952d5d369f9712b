import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { MINUTE_MS } from '../../src/core/durations.ts';
import type { Caller } from '../support/caller.ts';
import { activityOf, inviteTo, pathOf } from '../support/chat-moderation.ts';
import type { Chat, Person } from '../support/given.ts';
import { type TestPortal, testPortal } from '../support/portal.ts';

let portal: TestPortal;
beforeAll(async () => {
  portal = await testPortal();
});
afterAll(() => portal.close());

const INVALID = { status: 404, body: { code: 'ERR_INVITE_INVALID' } };
const BANNED = { status: 403, body: { code: 'ERR_CHAT_BANNED' } };

const look = (by: Caller, code: string) => by.get(`/v1/portal/resolve/${code}`);
const shown = ({ id, username }: Person) => ({ id, username, avatar_url: null });
const usesOf = async (chat: Chat) =>
  (await portal.as(chat.owner).get(pathOf(chat, '/invites'))).body.invites.map(({ uses }: { uses: number }) => uses);

describe('what an invite leads to', () => {
  test('is told to who has it: name, owner, members; nothing is joined and no use counted', async () => {
    const chat = await portal.given.chat({ name: 'Movie night' });
    const code = (await portal.as(chat.owner).post(pathOf(chat, '/invites'), { max_uses: 1 })).body.code;
    const ada = await portal.given.member(chat);
    const guest = await portal.given.person();
    const target = {
      method: 'invite',
      chat: { name: 'Movie night', owner: shown(chat.owner), member_count: 1, faces: [shown(ada)] },
      joined: false,
    };
    for (const by of [portal.client, portal.as(guest), portal.as(guest)])
      expect(await look(by, code)).toMatchObject({ status: 200, body: target });
    expect((await look(portal.client, code)).body).toEqual(target);
    for (const inside of [chat.owner, ada])
      expect((await look(portal.as(inside), code)).body).toEqual({ ...target, joined: true });
    expect(await usesOf(chat)).toEqual([0]);
    expect(await activityOf(portal, guest)).toEqual([]);
    expect((await portal.as(guest).post(`/v1/portal/resolve/${code}`)).body.joined).toBe(true);
    expect((await look(portal.as(guest), code)).body).toMatchObject({ joined: true, chat: { member_count: 2 } });
  });

  test('does not tell who is in the room of a private chat', async () => {
    const chat = await portal.given.chat();
    const code = await inviteTo(portal, chat);
    await portal.given.speaker(chat, chat.owner);
    expect((await look(portal.client, code)).body.chat.faces).toEqual([]);
  });

  test('is nothing once it is used up, over or revoked; who is inside still sees it', async () => {
    const chat = await portal.given.chat();
    const by = portal.as(chat.owner);
    const make = async (body: object) => (await by.post(pathOf(chat, '/invites'), body)).body.code as string;
    const [once, brief, revoked] = [
      await make({ max_uses: 1 }),
      await make({ expires_at: new Date(portal.timers.now() + MINUTE_MS).toISOString() }),
      await make({}),
    ];
    await portal.as(await portal.given.person()).post(`/v1/portal/resolve/${once}`);
    await portal.timers.advance(MINUTE_MS);
    await by.post(pathOf(chat, `/invites/${revoked}/delete`));
    const stranger = portal.as(await portal.given.person());
    for (const code of [once, brief, revoked, 'nosuchcode', '%F0%9F%98%80'])
      for (const who of [portal.client, stranger]) expect(await look(who, code)).toMatchObject(INVALID);
    for (const code of [once, brief]) expect((await look(by, code)).body).toMatchObject({ joined: true });
    expect(await look(by, revoked)).toMatchObject(INVALID);
  });

  test('is nothing for someone whom a kick put out after it was made, and who could not join by it', async () => {
    const chat = await portal.given.chat();
    const code = await inviteTo(portal, chat);
    const eve = await portal.given.member(chat);
    await portal.timers.advance(1000);
    await portal.as(chat.owner).post(pathOf(chat, '/kick'), { user_id: eve.id });
    expect(await look(portal.as(eve), code)).toMatchObject(INVALID);
    await portal.timers.advance(1000);
    expect((await look(portal.as(eve), await inviteTo(portal, chat))).status).toBe(200);
  });

  test('is refused to whom the chat bans, and to nobody else for it', async () => {
    const chat = await portal.given.chat();
    const code = await inviteTo(portal, chat);
    const eve = await portal.given.person();
    await portal.given.chatBan(chat, eve);
    expect(await look(portal.as(eve), code)).toMatchObject(BANNED);
    expect((await look(portal.client, code)).status).toBe(200);
  });

  test('is nothing once the chat is deleted', async () => {
    const chat = await portal.given.chat();
    const code = await inviteTo(portal, chat);
    await portal.as(chat.owner).post(pathOf(chat, '/delete'));
    expect(await look(portal.client, code)).toMatchObject(INVALID);
  });
});

test('a slug leads to its chat, however it is spelled; the slug of a private chat to nothing', async () => {
  const chat = await portal.given.chat({ visibility: 'public', slug: 'the-pier', name: 'The pier' });
  await portal.given.speaker(chat, chat.owner);
  expect((await look(portal.client, 'The-Pier')).body).toEqual({
    method: 'vanity',
    chat: { name: 'The pier', owner: shown(chat.owner), member_count: 0, faces: [shown(chat.owner)] },
    joined: false,
  });
  const eve = await portal.given.person();
  await portal.given.chatBan(chat, eve);
  expect(await look(portal.as(eve), 'the-pier')).toMatchObject(BANNED);
  await portal.as(chat.owner).post(pathOf(chat, '/config/update'), { slug: null });
  expect(await look(portal.client, 'the-pier')).toMatchObject(INVALID);
});

test('every level sees the same of a link, staff too', async () => {
  const { given } = portal;
  const chat = await given.chat();
  const code = await inviteTo(portal, chat);
  const first = await look(portal.client, code);
  for (const who of [await given.person(), await given.moderator(), await given.admin(), await given.owner()])
    expect(await look(portal.as(who), code)).toMatchObject({ status: 200, body: first.body });
});
