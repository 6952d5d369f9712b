import { describe, expect, test } from 'bun:test';
import { HOUR_MS, SECOND_MS } from '../../src/core/durations.ts';
import { chatBans } from '../../src/modules/chats/chats/chats.tables.ts';
import { mutes } from '../../src/modules/people/sanctions/sanctions.tables.ts';
import { act, BANNED, logged, NO_CHAT, OK, pathOf, recordOf, type What } from '../support/chat-moderation.ts';
import type { Person } from '../support/given.ts';
import { testPortal } from '../support/portal.ts';

describe('after a restart', () => {
  test('bans and mutes hold, and end when their time comes', async () => {
    const first = await testPortal();
    const [admin, eve] = [await first.given.admin(), await first.given.person()];
    const chat = await first.given.chat({ visibility: 'public' });
    await act(first, chat.owner, 'ban', chat, eve, { duration: 3600 });
    await act(first, chat.owner, 'mute', chat, eve, { duration: 3600 });
    await first.as(admin).post('/v1/portal/hard-mute', { user_id: eve.id, duration: 3600 });
    await first.close({ keep: true });
    await using portal = await testPortal({ dataDir: first.dataDir });
    expect(await portal.as(eve).get(pathOf(chat))).toMatchObject(BANNED);
    expect(await portal.modules.mutes.find(portal.database.read, eve.id, chat.id)).toEqual({ ttl: 3600, reason: null });
    await portal.timers.leap(HOUR_MS + 3 * SECOND_MS);
    expect((await portal.as(eve).get(pathOf(chat))).status).toBe(200);
    expect(await portal.modules.mutes.find(portal.database.read, eve.id, chat.id)).toBe(null);
    expect((await recordOf(portal, eve)).map(({ is_lifted }) => is_lifted)).toEqual([true, true, true]);
    const ends = await logged(portal, 'CHAT_UNBAN', 'CHAT_UNMUTE', 'USER_HARD_UNMUTE');
    expect(ends.map(({ eventType, actorId }) => [eventType, actorId]).sort()).toEqual([
      ['CHAT_UNBAN', null],
      ['CHAT_UNMUTE', null],
      ['USER_HARD_UNMUTE', null],
    ]);
  });

  test('what ended while the server was down is ended, however much it is', async () => {
    const first = await testPortal();
    const people = await Promise.all(Array.from({ length: 120 }, () => first.given.person()));
    const chat = await first.given.chat({ visibility: 'public' });
    for (const one of people) {
      await act(first, chat.owner, 'ban', chat, one, { duration: 60 });
      await act(first, chat.owner, 'mute', chat, one, { duration: 60 });
    }
    await first.close({ keep: true });
    await using portal = await testPortal({ dataDir: first.dataDir });
    portal.timers.jump(HOUR_MS);
    await portal.timers.advance(0);
    await portal.timers.advance(3 * SECOND_MS);
    expect(await portal.database.read.select().from(chatBans)).toEqual([]);
    expect(await portal.database.read.select().from(mutes)).toEqual([]);
    expect(await logged(portal, 'CHAT_UNBAN', 'CHAT_UNMUTE')).toHaveLength(240);
    for (const one of people.slice(0, 3))
      expect((await recordOf(portal, one)).map(({ is_lifted }) => is_lifted)).toEqual([true, true]);
  });
});

describe('what is sent', () => {
  const WRONG: [What, object, string][] = [
    ...(['ban', 'unban', 'mute', 'unmute', 'warn', 'timeout'] as const).flatMap((what): [What, object, string][] => [
      [what, { user_id: undefined }, 'user_id'],
      [what, { user_id: '5' }, 'user_id'],
      [what, { user_id: 0 }, 'user_id'],
      [what, { user_id: 1.5 }, 'user_id'],
      [what, { user_id: null }, 'user_id'],
      [what, { reason: 5 }, 'reason'],
      [what, { reason: null }, 'reason'],
      [what, { reason: 'x'.repeat(501) }, 'reason'],
      [what, { reason: 'NUL\u0000' }, 'reason'],
    ]),
    ['ban', { duration: -1 }, 'duration'],
    ['ban', { duration: 2_592_001 }, 'duration'],
    ['ban', { duration: 1.5 }, 'duration'],
    ['ban', { duration: '60' }, 'duration'],
    ['ban', { duration: null }, 'duration'],
    ['mute', { duration: -1 }, 'duration'],
    ['mute', { duration: 86_401 }, 'duration'],
    ['mute', { duration: '60' }, 'duration'],
    ['timeout', { duration: undefined }, 'duration'],
    ['timeout', { duration: 59 }, 'duration'],
    ['timeout', { duration: 2_592_001 }, 'duration'],
    ['timeout', { duration: 0 }, 'duration'],
  ];

  test.each(WRONG)('to %s with %j names the bad field and does nothing', async (what, body, field) => {
    await using portal = await testPortal();
    const chat = await portal.given.chat();
    const eve = await portal.given.member(chat);
    const answer = await act(portal, chat.owner, what, chat, eve, { duration: 60, ...body });
    expect(answer).toMatchObject({ status: 400, body: { code: 'ERR_VALIDATION', field } });
    expect(await recordOf(portal, eve)).toEqual([]);
    expect((await portal.as(eve).get(pathOf(chat))).status).toBe(200);
  });

  test.each([
    ['hard-mute', { user_id: 'eve' }, 'user_id'],
    ['hard-mute', { duration: 86_401 }, 'duration'],
    ['hard-mute', { duration: -1 }, 'duration'],
    ['hard-mute', { reason: 'x'.repeat(501) }, 'reason'],
    ['hard-unmute', { user_id: 0 }, 'user_id'],
    ['hard-unmute', { reason: 5 }, 'reason'],
  ])('to %s with %j names the bad field and does nothing', async (what, body, field) => {
    await using portal = await testPortal();
    const eve = await portal.given.person();
    const answer = await portal.as(await portal.given.admin()).post(`/v1/portal/${what}`, { user_id: eve.id, ...body });
    expect(answer).toMatchObject({ status: 400, body: { code: 'ERR_VALIDATION', field } });
    expect(await recordOf(portal, eve)).toEqual([]);
  });

  test('at its longest and shortest is taken', async () => {
    await using portal = await testPortal();
    const chat = await portal.given.chat();
    for (const [what, durations] of [
      ['ban', [1, 2_592_000]],
      ['mute', [1, 86_400]],
      ['timeout', [60, 2_592_000]],
    ] as const)
      for (const duration of durations)
        expect(await act(portal, chat.owner, what, chat, await portal.given.person(), { duration })).toMatchObject(OK);
  });

  test.each(['ban', 'unban', 'mute', 'unmute', 'warn', 'timeout'] as const)(
    'to %s: nobody by that id, and no such chat, are 404',
    async (what) => {
      await using portal = await testPortal();
      const chat = await portal.given.chat();
      const eve = await portal.given.member(chat);
      const more = { duration: 60 };
      expect(await act(portal, chat.owner, what, chat, { ...eve, id: 4711 }, more)).toMatchObject({ status: 404 });
      expect(await act(portal, chat.owner, what, { id: 4711 }, eve, more)).toMatchObject(NO_CHAT);
      await portal.as(await portal.given.admin()).post(`/v1/admin/users/${eve.id}/delete`);
      expect(await act(portal, chat.owner, what, chat, eve, more)).toMatchObject({ status: 404 });
    },
  );
});

test('a deleted user’s mutes and bans go with them', async () => {
  await using portal = await testPortal();
  const [admin, eve] = [await portal.given.admin(), await portal.given.person()];
  const chat = await portal.given.chat();
  await act(portal, chat.owner, 'mute', chat, eve, { duration: 0 });
  await act(portal, chat.owner, 'ban', chat, eve);
  await portal.as(admin).post('/v1/portal/hard-mute', { user_id: eve.id, duration: 0 });
  await portal.as(admin).post(`/v1/admin/users/${eve.id}/delete`);
  await portal.modules.accountDeletion.clearDeleted();
  expect(await portal.database.read.select().from(mutes)).toEqual([]);
  expect(await portal.database.read.select().from(chatBans)).toEqual([]);
});

describe('of what goes on in private chats', () => {
  test('Moderators read neither where it was nor why, whatever they filter by; Admins read all', async () => {
    await using portal = await testPortal();
    const [moderator, admin] = [await portal.given.moderator(), await portal.given.admin()];
    const closed = await portal.given.chat({ name: 'Secret circle' });
    const open = await portal.given.chat({ name: 'Town square', visibility: 'public' });
    const eve = await portal.given.person({ username: 'eve' });
    for (const chat of [closed, open]) {
      await portal.given.member(chat, eve);
      await act(portal, chat.owner, 'warn', chat, eve, { reason: 'Be kind' });
      for (const what of ['mute', 'ban'] as const)
        await act(portal, chat.owner, what, chat, eve, { reason: `In ${chat.name}` });
    }
    const LOGS = '/v1/admin/audit/logs';
    const read = async (by: Person, path: string) => JSON.stringify((await portal.as(by).get(path)).body);
    const everywhere = [
      '/v1/admin/moderation',
      `/v1/admin/moderation?user_id=${eve.id}&active_only=true`,
      LOGS,
      `${LOGS}?entity_type=chat`,
      `${LOGS}?event_type=CHAT_BAN`,
      `${LOGS}?actor_id=${closed.owner.id}`,
    ];
    for (const path of everywhere) {
      const body = await read(moderator, path);
      expect(body).toContain('CHAT_BAN');
      expect(body).not.toContain('Secret circle');
      expect(body).not.toContain(`"chat_id":${closed.id}`);
      expect(await read(admin, path)).toContain('Secret circle');
    }
    for (const path of [`${LOGS}?entity_id=${closed.id}&entity_type=chat`, `${LOGS}?entity_id=${closed.id}`])
      expect(
        JSON.parse(await read(moderator, path)).items.filter(
          (one: { entity_type: string }) => one.entity_type === 'chat',
        ),
      ).toEqual([]);
    expect(JSON.parse(await read(moderator, `${LOGS}?entity_id=${open.id}&entity_type=chat`)).total).toBe(2);
    expect(await read(moderator, LOGS)).toContain('Town square');
    expect(await read(moderator, `${LOGS}?event_type=USER_WARN`)).toContain('Be kind');
    const { actions } = JSON.parse(await read(moderator, '/v1/admin/moderation?action_type=CHAT_MUTE'));
    expect(actions).toMatchObject([
      { chat_id: open.id, reason: 'In Town square', user: { username: 'eve' } },
      { chat_id: null, reason: null, user: { username: 'eve' } },
    ]);
  });
});
