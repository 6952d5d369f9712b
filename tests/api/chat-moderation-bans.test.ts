import { describe, expect, test } from 'bun:test';
import { eq } from 'drizzle-orm';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../src/core/durations.ts';
import { chatActivity, chatBans } from '../../src/modules/chats/chats/chats.tables.ts';
import { keyBlobs } from '../../src/modules/chats/keys/keys.tables.ts';
import {
  act,
  activityOf,
  BANNED,
  epochOf,
  inviteTo,
  logged,
  NO_CHAT,
  OK,
  pathOf,
  recordOf,
  said,
  say,
} from '../support/chat-moderation.ts';
import type { Chat, Person } from '../support/given.ts';
import { type TestPortal, testPortal } from '../support/portal.ts';

/** Every way into a chat. */
async function doors(portal: TestPortal, who: Person, chat: Chat) {
  const caller = portal.as(who);
  return {
    details: await caller.get(pathOf(chat)),
    history: await caller.get(pathOf(chat, '/history')),
    messages: await say(portal, who, chat),
    invite: await caller.post(`/v1/portal/resolve/${await inviteTo(portal, chat)}`),
  };
}

describe('a ban', () => {
  test('puts a member out, changes the key, and is written down', async () => {
    await using portal = await testPortal();
    const chat = await portal.given.chat();
    const eve = await portal.given.member(chat, await portal.given.person({ username: 'eve' }));
    for (const one of [chat.owner, eve]) await portal.given.speaker(chat, one);

    const answer = await act(portal, chat.owner, 'ban', chat, eve, { duration: 3600, reason: 'Spoilers' });

    expect(answer).toMatchObject(OK);
    expect(answer.body).toEqual({ ok: true });
    expect(await epochOf(portal, chat)).toBe(2);
    expect(await portal.database.read.select().from(keyBlobs)).toEqual([]);
    expect(await said(portal, chat)).toEqual(['eve was banned from the chat']);
    expect(await activityOf(portal, eve)).toEqual(['ban']);
    expect(await recordOf(portal, eve)).toEqual([
      {
        id: expect.any(Number),
        action_type: 'CHAT_BAN',
        reason: 'Spoilers',
        is_lifted: false,
        expires_at: '2026-01-01T01:00:00.000Z',
        lifted_at: null,
        created_at: '2026-01-01T00:00:00.000Z',
      },
    ]);
    expect(await logged(portal, 'CHAT_BAN')).toMatchObject([
      {
        entityType: 'chat',
        entityId: String(chat.id),
        actorId: chat.owner.id,
        eventMetadata: {
          user_id: eve.id,
          username: 'eve',
          chat: 'Movie night',
          reason: 'Spoilers',
          expires_at: '2026-01-01T01:00:00.000Z',
        },
      },
    ]);
  });

  test('without a duration is for good', async () => {
    await using portal = await testPortal();
    const chat = await portal.given.chat({ visibility: 'public' });
    const [eve, mallory] = [await portal.given.person(), await portal.given.person()];
    await act(portal, chat.owner, 'ban', chat, eve);
    await act(portal, chat.owner, 'ban', chat, mallory, { duration: 0 });
    portal.timers.jump(400 * 24 * HOUR_MS);
    for (const one of [eve, mallory]) {
      const session = { ...one, ...(await portal.given.session(one)) };
      expect(await portal.as(session).get(pathOf(chat))).toMatchObject(BANNED);
      expect(await recordOf(portal, session)).toMatchObject([{ is_lifted: false, expires_at: null }]);
    }
  });

  test('shuts every door: of a public chat it says so, a private one is none; an invite is no way round it', async () => {
    await using portal = await testPortal();
    for (const [visibility, answer] of [
      ['public', BANNED],
      ['official', BANNED],
      ['private', NO_CHAT],
    ] as const) {
      const chat = await portal.given.chat(visibility === 'private' ? {} : { visibility, slug: `the-${visibility}` });
      const eve = await portal.given.member(chat);
      await act(portal, chat.owner, 'ban', chat, eve);
      const { invite, ...others } = await doors(portal, eve, chat);
      for (const door of Object.values(others)) expect(door).toMatchObject(answer);
      expect(invite).toMatchObject(BANNED);
      if (visibility !== 'private')
        expect(await portal.as(eve).post(`/v1/portal/resolve/the-${visibility}`)).toMatchObject(BANNED);
      const { body } = await portal.as(eve).get('/v1/portal/chats');
      if (visibility === 'private') expect(body.map(({ id }: { id: number }) => id)).not.toContain(chat.id);
      expect(await portal.database.read.select().from(chatActivity)).not.toContainEqual(
        expect.objectContaining({ userId: eve.id, action: 'join' }),
      );
    }
  });

  test('holds against staff as well, and against the chat’s owner when those above give it', async () => {
    await using portal = await testPortal();
    const [owner, admin, moderator] = [
      await portal.given.owner(),
      await portal.given.admin(),
      await portal.given.moderator(),
    ];
    for (const chat of [await portal.given.chat(), await portal.given.chat({ visibility: 'public' })]) {
      const code = await inviteTo(portal, chat);
      await portal.given.speaker(chat, chat.owner);
      for (const one of [admin, moderator, chat.owner]) {
        expect(await act(portal, owner, 'ban', chat, one)).toMatchObject(OK);
        const isUnknown = one === moderator && chat.name === 'Movie night' && (await isPrivate(portal, chat, owner));
        expect(await portal.as(one).get(pathOf(chat))).toMatchObject(isUnknown ? NO_CHAT : BANNED);
        expect(await portal.as(one).post(`/v1/portal/resolve/${code}`)).toMatchObject(BANNED);
        expect((await act(portal, one, 'unban', chat, admin)).status).not.toBe(200);
      }
      expect(await portal.database.read.select().from(chatBans).where(eq(chatBans.chatId, chat.id))).toHaveLength(3);
    }
  });

  const isPrivate = async (portal: TestPortal, chat: Chat, by: Person) =>
    (await portal.as(by).get(pathOf(chat))).body.visibility === 'private';

  test('works on someone who was never there, and costs no key', async () => {
    await using portal = await testPortal();
    const chat = await portal.given.chat();
    await portal.given.speaker(chat, chat.owner);
    const eve = await portal.given.person({ username: 'eve' });
    expect(await act(portal, chat.owner, 'ban', chat, eve)).toMatchObject(OK);
    expect(await epochOf(portal, chat)).toBe(1);
    expect(await portal.database.read.select().from(keyBlobs)).toHaveLength(1);
    expect((await doors(portal, eve, chat)).invite).toMatchObject(BANNED);
  });

  test('changes the key when someone who left may still have it, and not again for someone who was put out', async () => {
    await using portal = await testPortal();
    const chat = await portal.given.chat();
    const [eve, mallory] = [await portal.given.person(), await portal.given.person()];
    for (const one of [eve, mallory]) await portal.as(one).post(`/v1/portal/resolve/${await inviteTo(portal, chat)}`);
    await portal.as(eve).post(pathOf(chat, '/leave'));
    await act(portal, chat.owner, 'ban', chat, eve);
    expect(await epochOf(portal, chat)).toBe(2);
    await act(portal, chat.owner, 'kick', chat, mallory);
    expect(await epochOf(portal, chat)).toBe(3);
    await act(portal, chat.owner, 'ban', chat, mallory);
    await act(portal, chat.owner, 'ban', chat, mallory, { duration: 60 });
    expect(await epochOf(portal, chat)).toBe(3);
  });

  test('takes the place of the one before', async () => {
    await using portal = await testPortal();
    const chat = await portal.given.chat({ visibility: 'public' });
    const eve = await portal.given.person();
    await act(portal, chat.owner, 'ban', chat, eve, { reason: 'For good' });
    await act(portal, await portal.given.admin(), 'ban', chat, eve, { duration: 60, reason: 'A minute' });
    expect(await recordOf(portal, eve)).toMatchObject([
      { reason: 'A minute', is_lifted: false },
      { reason: 'For good', is_lifted: true },
    ]);
    await portal.timers.advance(MINUTE_MS);
    expect((await portal.as(eve).get(pathOf(chat))).status).toBe(200);
  });

  test('ends at its second, and then on the record, which nobody but the server wrote', async () => {
    await using portal = await testPortal();
    const [chat, other] = [await portal.given.chat({ visibility: 'public' }), await portal.given.chat()];
    const eve = await portal.given.person({ username: 'eve' });
    await act(portal, chat.owner, 'ban', chat, eve, { duration: 60 });
    await act(portal, other.owner, 'ban', other, eve);
    portal.timers.jump(MINUTE_MS - 1);
    expect(await portal.as(eve).get(pathOf(chat))).toMatchObject(BANNED);
    portal.timers.jump(1);
    expect((await portal.as(eve).get(pathOf(chat))).status).toBe(200);
    expect((await portal.as(eve).post(`/v1/portal/resolve/slug-${chat.id}`)).body.joined).toBe(true);
    await portal.timers.advance(3 * SECOND_MS);
    const [held, ended] = await recordOf(portal, eve);
    expect(held).toMatchObject({ is_lifted: false });
    expect(ended).toMatchObject({ is_lifted: true, lifted_at: expect.stringMatching(/^2026-01-01T00:01:0/) });
    await portal.timers.advance(MINUTE_MS);
    expect(await logged(portal, 'CHAT_UNBAN')).toMatchObject([
      {
        entityId: String(chat.id),
        actorId: null,
        eventMetadata: { user_id: eve.id, username: 'eve', chat: 'Movie night', actor: 'system', expired: true },
      },
    ]);
    expect(await portal.database.read.select().from(chatBans)).toHaveLength(1);
  });

  test('of many at once on one person is one in the end', async () => {
    await using portal = await testPortal();
    const chat = await portal.given.chat();
    const eve = await portal.given.member(chat);
    const answers = await Promise.all(
      [60, 120, 180].map((duration) => act(portal, chat.owner, 'ban', chat, eve, { duration })),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect((await recordOf(portal, eve)).filter(({ is_lifted }) => !is_lifted)).toHaveLength(1);
    expect(await portal.database.read.select().from(chatBans)).toHaveLength(1);
    expect(await epochOf(portal, chat)).toBe(2);
  });
});

describe('an unban', () => {
  test('lets someone in again, once on the record however often it is asked for', async () => {
    await using portal = await testPortal();
    const chat = await portal.given.chat({ visibility: 'public' });
    const eve = await portal.given.person({ username: 'eve' });
    await act(portal, chat.owner, 'ban', chat, eve);
    for (let times = 0; times < 3; times++)
      expect(await act(portal, chat.owner, 'unban', chat, eve, { reason: 'A mistake' })).toMatchObject(OK);
    expect((await portal.as(eve).get(pathOf(chat))).status).toBe(200);
    expect(await recordOf(portal, eve)).toMatchObject([{ is_lifted: true, lifted_at: '2026-01-01T00:00:00.000Z' }]);
    expect(await logged(portal, 'CHAT_UNBAN')).toMatchObject([
      { actorId: chat.owner.id, eventMetadata: { username: 'eve', reason: 'A mistake' } },
    ]);
  });

  test('gives no membership back: a private chat takes a new invite', async () => {
    await using portal = await testPortal();
    const chat = await portal.given.chat();
    const eve = await portal.given.member(chat);
    await act(portal, chat.owner, 'ban', chat, eve);
    await act(portal, chat.owner, 'unban', chat, eve);
    expect(await portal.as(eve).get(pathOf(chat))).toMatchObject(NO_CHAT);
    expect((await portal.as(eve).post(`/v1/portal/resolve/${await inviteTo(portal, chat)}`)).body.joined).toBe(true);
  });

  test('or its end by itself leaves invites from before the ban worthless for them alone', async () => {
    await using portal = await testPortal();
    for (const end of ['unban', 'end'] as const) {
      const chat = await portal.given.chat();
      const eve = await portal.given.member(chat);
      const old = await inviteTo(portal, chat);
      await portal.timers.advance(1);
      await act(portal, chat.owner, 'ban', chat, eve, { duration: 60 });
      if (end === 'unban') await act(portal, chat.owner, 'unban', chat, eve);
      else await portal.timers.advance(MINUTE_MS);
      expect(await portal.as(eve).post(`/v1/portal/resolve/${old}`)).toMatchObject({
        status: 404,
        body: { code: 'ERR_INVITE_INVALID' },
      });
      const other = await portal.given.person();
      expect((await portal.as(other).post(`/v1/portal/resolve/${old}`)).body.joined).toBe(true);
      await portal.timers.advance(1);
      expect((await portal.as(eve).post(`/v1/portal/resolve/${await inviteTo(portal, chat)}`)).body.joined).toBe(true);
    }
  });

  test('of one chat leaves the ban from another', async () => {
    await using portal = await testPortal();
    const [here, there] = [
      await portal.given.chat({ visibility: 'public' }),
      await portal.given.chat({ visibility: 'public' }),
    ];
    const eve = await portal.given.person();
    for (const chat of [here, there]) await act(portal, chat.owner, 'ban', chat, eve);
    await act(portal, here.owner, 'unban', here, eve);
    expect((await portal.as(eve).get(pathOf(here))).status).toBe(200);
    expect(await portal.as(eve).get(pathOf(there))).toMatchObject(BANNED);
    expect((await recordOf(portal, eve)).map(({ is_lifted }) => is_lifted)).toEqual([false, true]);
  });
});
