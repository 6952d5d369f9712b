import { describe, expect, test } from 'bun:test';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../src/core/durations.ts';
import { act, epochOf, FORBIDDEN, logged, NO_CHAT, OK, pathOf, recordOf, said } from '../support/chat-moderation.ts';
import type { Person } from '../support/given.ts';
import { testPortal } from '../support/portal.ts';

describe('a warning', () => {
  test('goes on the record of the whole platform, to the person, and into the chat', async () => {
    await using portal = await testPortal();
    const chat = await portal.given.chat();
    const eve = await portal.given.member(chat, await portal.given.person({ username: 'eve' }));

    expect(await act(portal, chat.owner, 'warn', chat, eve, { reason: 'Keep it civil' })).toMatchObject(OK);

    expect(await recordOf(portal, eve)).toMatchObject([
      { action_type: 'PLATFORM_WARNING', reason: 'Keep it civil', is_lifted: false, expires_at: null },
    ]);
    const { body } = await portal.as(eve).get('/v1/notifications');
    expect(body.notifications[0]).toMatchObject({
      title: "You have been warned in 'Movie night'",
      body: 'Keep it civil',
      type: 'warning',
      created_by: chat.owner.id,
    });
    expect(await logged(portal, 'USER_WARN')).toMatchObject([
      { entityType: 'user', entityId: String(eve.id), actorId: chat.owner.id, eventMetadata: { chat_id: chat.id } },
    ]);
    expect(await said(portal, chat)).toEqual(['eve was warned']);
    expect((await portal.as(eve).get(pathOf(chat))).status).toBe(200);
  });

  test('needs no reason', async () => {
    await using portal = await testPortal();
    const chat = await portal.given.chat();
    const eve = await portal.given.member(chat);
    for (const more of [{}, { reason: '' }, { reason: '  ' }])
      expect(await act(portal, chat.owner, 'warn', chat, eve, more)).toMatchObject(OK);
    const { body } = await portal.as(eve).get('/v1/notifications?limit=3');
    expect(body.notifications.map((one: { body: string }) => one.body)).toEqual(Array(3).fill('No reason was given'));
  });

  test('is not for people who never came, when it is no staff that warns', async () => {
    await using portal = await testPortal();
    const chat = await portal.given.chat({ visibility: 'public' });
    const [eve, guest, former] = [
      await portal.given.person(),
      await portal.given.person(),
      await portal.given.person(),
    ];
    expect(await act(portal, chat.owner, 'warn', chat, eve)).toMatchObject({ status: 404 });
    await act(portal, chat.owner, 'ban', chat, eve);
    expect(await act(portal, chat.owner, 'warn', chat, eve)).toMatchObject({ status: 404 });
    expect((await recordOf(portal, eve)).map(({ action_type }) => action_type)).toEqual(['CHAT_BAN']);
    await portal.given.speaker(chat, guest);
    expect(await act(portal, chat.owner, 'warn', chat, guest)).toMatchObject(OK);
    await portal.as(former).post(`/v1/portal/resolve/slug-${chat.id}`);
    await portal.as(former).post(pathOf(chat, '/leave'));
    expect(await act(portal, chat.owner, 'warn', chat, former)).toMatchObject(OK);
    expect(await act(portal, await portal.given.moderator(), 'warn', chat, eve)).toMatchObject(OK);
  });

  test('reaches nobody a day after they have gone, however they went; a member for as long as they are one', async () => {
    await using portal = await testPortal();
    const chat = await portal.given.chat({ visibility: 'public' });
    const [left, kicked, member] = [
      await portal.given.person(),
      await portal.given.person(),
      await portal.given.person(),
    ];
    for (const one of [left, kicked, member]) await portal.as(one).post(`/v1/portal/resolve/slug-${chat.id}`);
    await portal.as(left).post(pathOf(chat, '/leave'));
    await act(portal, chat.owner, 'kick', chat, kicked);
    portal.timers.jump(DAY_MS - SECOND_MS);
    for (const one of [left, kicked, member])
      expect(await act(portal, chat.owner, 'warn', chat, one)).toMatchObject(OK);
    portal.timers.jump(SECOND_MS);
    for (const one of [left, kicked])
      expect(await act(portal, chat.owner, 'warn', chat, one)).toMatchObject({ status: 404 });
    expect(await act(portal, chat.owner, 'warn', chat, member)).toMatchObject(OK);
    for (const one of [left, kicked])
      expect((await recordOf(portal, one)).filter((it) => it.action_type === 'PLATFORM_WARNING')).toHaveLength(1);
  });

  test('cannot be used to flood somebody: the owner of a chat gives each person three in an hour', async () => {
    await using portal = await testPortal({ env: { PORTAL_LIMITS: 'on' } });
    const chat = await portal.given.chat({ visibility: 'public' });
    const [eve, mallory] = [await portal.given.member(chat), await portal.given.member(chat)];
    const moderator = await portal.given.moderator();
    for (let round = 0; round < 3; round++) expect(await act(portal, chat.owner, 'warn', chat, eve)).toMatchObject(OK);
    expect(await act(portal, chat.owner, 'warn', chat, eve)).toMatchObject({
      status: 429,
      body: { code: 'ERR_RATE_LIMITED', retry_after: expect.any(Number) },
    });
    expect(await act(portal, chat.owner, 'warn', chat, mallory)).toMatchObject(OK);
    for (let round = 0; round < 4; round++) expect(await act(portal, moderator, 'warn', chat, eve)).toMatchObject(OK);
    await portal.timers.leap(HOUR_MS);
    expect(await act(portal, chat.owner, 'warn', chat, eve)).toMatchObject(OK);
    expect((await recordOf(portal, eve)).length).toBe(8);
  });
});

describe('a timeout', () => {
  test('by staff is one of the whole platform, told in the chat, and lifted by a timer', async () => {
    await using portal = await testPortal();
    const chat = await portal.given.chat({ visibility: 'public' });
    const eve = await portal.given.member(chat, await portal.given.person({ username: 'eve' }));
    const moderator = await portal.given.moderator();
    expect(await act(portal, moderator, 'timeout', chat, eve, { duration: 60, reason: 'Rest' })).toMatchObject(OK);
    expect(await portal.as(eve).get('/v1/portal/chats')).toMatchObject({ body: { code: 'ERR_TIMED_OUT', ttl: 60 } });
    expect(await recordOf(portal, eve)).toMatchObject([{ action_type: 'PLATFORM_TIMEOUT', reason: 'Rest' }]);
    expect(await said(portal, chat)).toEqual(['eve was timed out']);
    expect(await logged(portal, 'USER_TIMEOUT', 'CHAT_BAN')).toMatchObject([
      { eventType: 'USER_TIMEOUT', actorId: moderator.id, eventMetadata: { chat_id: chat.id, chat: 'Movie night' } },
    ]);
    await portal.timers.advance(MINUTE_MS + 3 * SECOND_MS);
    expect((await portal.as(eve).get(pathOf(chat))).status).toBe(200);
    expect(await recordOf(portal, eve)).toMatchObject([{ is_lifted: true }]);
  });

  test('by a chat’s owner who is no staff ends at the chat’s door', async () => {
    await using portal = await testPortal();
    const chat = await portal.given.chat();
    const eve = await portal.given.member(chat, await portal.given.person({ username: 'eve' }));
    expect(await act(portal, chat.owner, 'timeout', chat, eve, { duration: 60 })).toMatchObject(OK);
    expect(await portal.as(eve).get(pathOf(chat))).toMatchObject(NO_CHAT);
    expect((await portal.as(eve).get('/v1/portal/chats')).status).toBe(200);
    expect((await portal.as(eve).get('/v1/users/me')).body.state).toBe(0);
    expect(await recordOf(portal, eve)).toMatchObject([
      { action_type: 'CHAT_BAN', expires_at: '2026-01-01T00:01:00.000Z' },
    ]);
    expect(await said(portal, chat)).toEqual(['eve was timed out']);
    expect(await logged(portal, 'USER_TIMEOUT', 'CHAT_BAN')).toMatchObject([{ eventType: 'CHAT_BAN' }]);
    expect(await epochOf(portal, chat)).toBe(2);
  });

  test('by a Moderator keeps to the rules of the platform, and a refusal is not told in the chat', async () => {
    await using portal = await testPortal();
    const moderator = await portal.given.moderator();
    const chat = await portal.given.chat({ owner: await portal.given.person({ level: 1, premium: true }) });
    const [eve, equal] = [await portal.given.member(chat), await portal.given.member(chat, moderator)];
    // An equal may be put out of one's own chat, and not off the platform.
    expect(await act(portal, chat.owner, 'timeout', chat, equal, { duration: 60 })).toMatchObject(FORBIDDEN);
    await act(portal, chat.owner, 'timeout', chat, eve, { duration: 3600 });
    expect(await act(portal, chat.owner, 'timeout', chat, eve, { duration: 60 })).toMatchObject(FORBIDDEN);
    expect(await act(portal, chat.owner, 'timeout', chat, eve, { duration: 7200 })).toMatchObject(OK);
    await portal.given.state(eve, 2);
    expect(await act(portal, chat.owner, 'timeout', chat, eve, { duration: 7200 })).toMatchObject({ status: 409 });
    expect(await said(portal, chat)).toHaveLength(2);
  });

  test('by a Moderator lasts 30 days at most, by whatever way it is given; by an Admin as long as they like', async () => {
    await using portal = await testPortal();
    const [moderator, admin, eve] = [
      await portal.given.moderator(),
      await portal.given.admin(),
      await portal.given.person(),
    ];
    const give = (by: Person, ms: number) => {
      const expires_at = new Date(portal.timers.now() + ms).toISOString();
      return portal.as(by).post(`/v1/admin/users/${eve.id}/timeout`, { reason: 'x', expires_at });
    };
    const longest = 30 * 24 * HOUR_MS;
    expect(await give(moderator, longest + 1)).toMatchObject({
      status: 400,
      body: { code: 'ERR_VALIDATION', field: 'expires_at', error: expect.stringContaining('30 days') },
    });
    expect(await recordOf(portal, eve)).toEqual([]);
    expect((await give(moderator, longest)).status).toBe(200);
    expect((await give(admin, 2 * longest)).status).toBe(200);
  });
});
