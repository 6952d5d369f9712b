import { describe, expect, test } from 'bun:test';
import { act, BANNED, FORBIDDEN, NO_CHAT, pathOf } from '../support/chat-moderation.ts';
import type { Chat, Person } from '../support/given.ts';
import { type TestPortal, testPortal } from '../support/portal.ts';

const LISTS = ['bans', 'mutes'] as const;
type List = (typeof LISTS)[number];
const DOES = { bans: 'ban', mutes: 'mute' } as const;
const LIFTS = { bans: 'unban', mutes: 'unmute' } as const;

const list = (portal: TestPortal, by: { token: string }, chat: { id: number }, which: List, query = '') =>
  portal.as(by).get(pathOf(chat, `/${which}${query}`));

const shown = ({ id, username }: Person) => ({ id, username, avatar_url: null });

async function namesIn(portal: TestPortal, chat: Chat, which: List): Promise<string[]> {
  const { body } = await list(portal, chat.owner, chat, which);
  expect(body.total).toBe(body[which].length);
  return body[which].map(({ user }: { user: { username: string } }) => user.username);
}

describe.each(LISTS)('the list of %s', (which) => {
  test('has whom it holds, why, since when, until when and by whom, newest first', async () => {
    await using portal = await testPortal();
    const chat = await portal.given.chat({ visibility: 'public' });
    const [ada, bob] = [await portal.given.member(chat), await portal.given.member(chat)];
    const mod = await portal.given.moderator();
    await act(portal, chat.owner, DOES[which], chat, ada, { duration: 0 });
    await portal.timers.advance(1000);
    await act(portal, mod, DOES[which], chat, bob, { duration: 60, reason: 'Spoilers' });
    const answer = await list(portal, chat.owner, chat, which);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      [which]: [
        {
          user: shown(bob),
          reason: 'Spoilers',
          expires_at: '2026-01-01T00:01:01.000Z',
          created_at: '2026-01-01T00:00:01.000Z',
          issued_by_id: mod.id,
        },
        {
          user: shown(ada),
          reason: null,
          expires_at: null,
          created_at: '2026-01-01T00:00:00.000Z',
          issued_by_id: chat.owner.id,
        },
      ],
      total: 2,
      offset: 0,
      limit: 50,
    });
    const second = await list(portal, chat.owner, chat, which, '?offset=1&limit=1');
    expect(second.body).toEqual({ [which]: [answer.body[which][1]], total: 2, offset: 1, limit: 1 });
    for (const query of ['?limit=0', '?limit=101', '?offset=x', '?user_id=1'])
      expect(await list(portal, chat.owner, chat, which, query)).toMatchObject({ status: 400 });
  });

  test('has nothing that was lifted, ran out at this moment, holds in another chat, or is of a deleted account', async () => {
    await using portal = await testPortal();
    const [chat, other] = [await portal.given.chat(), await portal.given.chat()];
    const people: Person[] = [];
    for (let count = 0; count < 5; count++) people.push(await portal.given.member(chat));
    const [lifted, over, elsewhere, deleted, stays] = people as [Person, Person, Person, Person, Person];
    for (const one of [lifted, deleted, stays]) await act(portal, chat.owner, DOES[which], chat, one, { duration: 0 });
    await act(portal, chat.owner, DOES[which], chat, over, { duration: 60 });
    await act(portal, other.owner, DOES[which], other, elsewhere, { duration: 0 });
    await act(portal, chat.owner, LIFTS[which], chat, lifted);
    await portal.as(await portal.given.owner()).post(`/v1/admin/users/${deleted.id}/delete`);
    expect(new Set(await namesIn(portal, chat, which))).toEqual(new Set([over.username, stays.username]));
    portal.timers.jump(60_000);
    expect(await namesIn(portal, chat, which)).toEqual([stays.username]);
  });

  test('is for people who may moderate the chat: in a private one its owner and Admins', async () => {
    await using portal = await testPortal();
    const { given } = portal;
    const chat = await given.chat();
    const member = await given.member(chat);
    for (const who of [chat.owner, await given.admin(), await given.owner()])
      expect((await list(portal, who, chat, which)).status).toBe(200);
    expect(await list(portal, member, chat, which)).toMatchObject(FORBIDDEN);
    for (const who of [await given.person(), await given.moderator()])
      expect(await list(portal, who, chat, which)).toMatchObject(NO_CHAT);
  });

  test('in an open chat is also for those who outrank its owner, and for nobody whom it bans', async () => {
    await using portal = await testPortal();
    const { given } = portal;
    const owner = await given.admin();
    const chat = await given.chat({ owner, visibility: 'public' });
    for (const who of [owner, await given.owner()]) expect((await list(portal, who, chat, which)).status).toBe(200);
    for (const who of [await given.person(), await given.moderator(), await given.admin()])
      expect(await list(portal, who, chat, which)).toMatchObject(FORBIDDEN);
    const banned = await given.owner();
    await given.chatBan(chat, banned);
    expect(await list(portal, banned, chat, which)).toMatchObject(BANNED);
  });

  test('is no longer for someone who was demoted, from the next call on', async () => {
    await using portal = await testPortal();
    const { given } = portal;
    const chat = await given.chat({ visibility: 'public' });
    const mod = await given.moderator();
    expect((await list(portal, mod, chat, which)).status).toBe(200);
    await portal.as(await given.owner()).post(`/v1/admin/users/${mod.id}/permission`, { permission_level: 0 });
    expect(await list(portal, mod, chat, which)).toMatchObject(FORBIDDEN);
  });

  test('is none of a direct chat', async () => {
    await using portal = await testPortal();
    const [one, other] = [await portal.given.person(), await portal.given.person()];
    const direct = await portal.given.direct(one, other);
    expect(await list(portal, one, direct, which)).toMatchObject({ status: 409, body: { code: 'ERR_DIRECT_CHAT' } });
    expect(await list(portal, await portal.given.owner(), direct, which)).toMatchObject(NO_CHAT);
  });
});

test('a mute in every chat is in no chat’s list', async () => {
  await using portal = await testPortal();
  const chat = await portal.given.chat();
  const eve = await portal.given.member(chat);
  await portal.as(await portal.given.admin()).post('/v1/portal/hard-mute', { user_id: eve.id, duration: 0 });
  expect(await namesIn(portal, chat, 'mutes')).toEqual([]);
});
