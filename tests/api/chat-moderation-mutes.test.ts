import { describe, expect, test } from 'bun:test';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../src/core/durations.ts';
import { mutes } from '../../src/modules/people/sanctions/sanctions.tables.ts';
import { act, epochOf, inviteTo, logged, OK, pathOf, recordOf, say } from '../support/chat-moderation.ts';
import type { Person } from '../support/given.ts';
import { type TestPortal, testPortal } from '../support/portal.ts';

describe('a mute', () => {
  test('of five minutes by default lets someone read and not speak, here alone; it ends by itself', async () => {
    await using portal = await testPortal();
    const [chat, other] = [await portal.given.chat(), await portal.given.chat()];
    const eve = await portal.given.person({ username: 'eve' });
    for (const one of [chat, other]) await portal.given.speaker(one, await portal.given.member(one, eve));

    expect(await act(portal, chat.owner, 'mute', chat, eve, { reason: 'Shouting' })).toMatchObject(OK);

    expect(await say(portal, eve, chat)).toMatchObject({ status: 403, body: { code: 'ERR_MUTED', ttl: 300 } });
    expect((await say(portal, eve, other)).status).toBe(200);
    expect((await portal.as(eve).get(pathOf(chat, '/history'))).status).toBe(200);
    expect(await epochOf(portal, chat)).toBe(1);
    expect(await recordOf(portal, eve)).toMatchObject([
      { action_type: 'CHAT_MUTE', reason: 'Shouting', expires_at: '2026-01-01T00:05:00.000Z', is_lifted: false },
    ]);
    expect(await logged(portal, 'CHAT_MUTE')).toMatchObject([
      { entityId: String(chat.id), actorId: chat.owner.id, eventMetadata: { user_id: eve.id, reason: 'Shouting' } },
    ]);
    portal.timers.jump(5 * MINUTE_MS - 1);
    expect(await say(portal, eve, chat)).toMatchObject({ body: { code: 'ERR_MUTED', ttl: 1 } });
    portal.timers.jump(1);
    expect((await say(portal, eve, chat)).status).toBe(200);
    await portal.timers.advance(3 * SECOND_MS);
    expect(await recordOf(portal, eve)).toMatchObject([{ is_lifted: true }]);
    expect(await logged(portal, 'CHAT_UNMUTE')).toMatchObject([
      { entityId: String(chat.id), actorId: null, eventMetadata: { actor: 'system', expired: true, username: 'eve' } },
    ]);
    expect(await portal.database.read.select().from(mutes)).toEqual([]);
  });

  test('of duration 0 has no end but an unmute, which may be asked for again', async () => {
    await using portal = await testPortal();
    const chat = await portal.given.chat();
    const eve = await portal.given.member(chat);
    await portal.given.speaker(chat, eve);
    await act(portal, chat.owner, 'mute', chat, eve, { duration: 0 });
    await portal.timers.leap(HOUR_MS);
    expect(await say(portal, eve, chat)).toMatchObject({ body: { code: 'ERR_MUTED', ttl: 0 } });
    for (let times = 0; times < 2; times++)
      expect(await act(portal, chat.owner, 'unmute', chat, eve)).toMatchObject(OK);
    expect((await say(portal, eve, chat)).status).toBe(200);
    expect(await logged(portal, 'CHAT_UNMUTE')).toMatchObject([{ actorId: chat.owner.id }]);
    expect(await recordOf(portal, eve)).toMatchObject([{ is_lifted: true }]);
  });

  test('takes the place of the one before, also of a longer one', async () => {
    await using portal = await testPortal();
    const chat = await portal.given.chat();
    const eve = await portal.given.member(chat);
    await portal.given.speaker(chat, eve);
    await act(portal, chat.owner, 'mute', chat, eve, { duration: 0 });
    await act(portal, chat.owner, 'mute', chat, eve, { duration: 60 });
    expect(await say(portal, eve, chat)).toMatchObject({ body: { ttl: 60 } });
    expect(await recordOf(portal, eve)).toMatchObject([{ is_lifted: false }, { is_lifted: true }]);
  });

  test('lasts over a way out and in: leaving and joining again is no remedy', async () => {
    await using portal = await testPortal();
    const chat = await portal.given.chat();
    const eve = await portal.given.member(chat);
    await act(portal, chat.owner, 'mute', chat, eve);
    await portal.as(eve).post(pathOf(chat, '/leave'));
    await portal.as(eve).post(`/v1/portal/resolve/${await inviteTo(portal, chat)}`);
    await portal.given.speaker(chat, eve);
    expect(await say(portal, eve, chat)).toMatchObject({ body: { code: 'ERR_MUTED' } });
  });
});

describe('a mute in every chat', () => {
  const hard = (portal: TestPortal, by: Person, what: 'mute' | 'unmute', on: Person, more = {}) =>
    portal.as(by).post(`/v1/portal/hard-${what}`, { user_id: on.id, ...more });

  test('holds in every chat, is written down, and ends by itself', async () => {
    await using portal = await testPortal();
    const admin = await portal.given.admin();
    const eve = await portal.given.person({ username: 'eve' });
    const rooms = [await portal.given.chat(), await portal.given.chat({ owner: await portal.given.owner() })];
    for (const chat of rooms) await portal.given.speaker(chat, await portal.given.member(chat, eve));

    const answer = await hard(portal, admin, 'mute', eve, { duration: 60, reason: 'Everywhere' });

    expect(answer.body).toEqual({ ok: true });
    for (const chat of rooms)
      expect(await say(portal, eve, chat)).toMatchObject({ status: 403, body: { code: 'ERR_MUTED', ttl: 60 } });
    expect(await portal.modules.mutes.hard(portal.database.read, eve.id)).toEqual({ ttl: 60, reason: 'Everywhere' });
    expect(await recordOf(portal, eve)).toMatchObject([{ action_type: 'CHAT_MUTE', reason: 'Everywhere' }]);
    expect(await logged(portal, 'USER_HARD_MUTE')).toMatchObject([
      { entityType: 'user', entityId: String(eve.id), actorId: admin.id, eventMetadata: { reason: 'Everywhere' } },
    ]);
    portal.timers.jump(MINUTE_MS);
    for (const chat of rooms) expect((await say(portal, eve, chat)).status).toBe(200);
    expect(await portal.modules.mutes.hard(portal.database.read, eve.id)).toBe(null);
    await portal.timers.advance(3 * SECOND_MS);
    expect(await recordOf(portal, eve)).toMatchObject([{ is_lifted: true }]);
    expect(await logged(portal, 'USER_HARD_UNMUTE')).toMatchObject([
      {
        entityType: 'user',
        entityId: String(eve.id),
        actorId: null,
        eventMetadata: { actor: 'system', expired: true },
      },
    ]);
  });

  test('and one in a single chat leave each other alone; what lasts longer is told', async () => {
    await using portal = await testPortal();
    const admin = await portal.given.admin();
    const chat = await portal.given.chat();
    const eve = await portal.given.member(chat);
    await portal.given.speaker(chat, eve);
    await hard(portal, admin, 'mute', eve, { duration: 600 });
    await act(portal, chat.owner, 'mute', chat, eve, { duration: 60 });
    expect(await say(portal, eve, chat)).toMatchObject({ body: { ttl: 600 } });
    await act(portal, chat.owner, 'unmute', chat, eve);
    expect(await say(portal, eve, chat)).toMatchObject({ body: { code: 'ERR_MUTED', ttl: 600 } });
    expect(await recordOf(portal, eve)).toMatchObject([{ is_lifted: true }, { is_lifted: false }]);
    await act(portal, chat.owner, 'mute', chat, eve, { duration: 0 });
    await hard(portal, admin, 'unmute', eve);
    expect(await say(portal, eve, chat)).toMatchObject({ body: { code: 'ERR_MUTED', ttl: 0 } });
    expect(await logged(portal, 'USER_HARD_UNMUTE')).toMatchObject([{ actorId: admin.id }]);
  });
});

test('of two mutes the one that lasts longer counts, with its reason', async () => {
  await using portal = await testPortal();
  const [admin, chat] = [await portal.given.admin(), await portal.given.chat()];
  const eve = await portal.given.member(chat);
  const hard = ({ id: user_id }: { id: number }, body: object) =>
    portal.as(admin).post('/v1/portal/hard-mute', { user_id, ...body });
  const found = () => portal.modules.mutes.find(portal.database.read, eve.id, chat.id);
  await act(portal, chat.owner, 'mute', chat, eve, { duration: 600, reason: 'Here' });
  await hard(eve, { duration: 60, reason: 'Everywhere' });
  expect(await found()).toEqual({ ttl: 600, reason: 'Here' });
  await hard(eve, { duration: 0 });
  expect(await found()).toEqual({ ttl: 0, reason: null });
  await act(portal, chat.owner, 'mute', chat, eve, { duration: 0, reason: 'Here' });
  await hard(eve, { duration: 60, reason: 'Everywhere' });
  expect(await found()).toEqual({ ttl: 0, reason: 'Here' });
});
