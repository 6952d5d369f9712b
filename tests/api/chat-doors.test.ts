import { describe, expect, test } from 'bun:test';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../src/core/durations.ts';
import { personOfUser } from '../../src/core/principal.ts';
import { closeVisit } from '../../src/modules/chats/chats/members.repository.ts';
import { keyBlobs } from '../../src/modules/chats/keys/keys.tables.ts';
import { act, epochOf, inviteTo, NO_CHAT, OK, pathOf, said, say } from '../support/chat-moderation.ts';
import type { Chat, Person } from '../support/given.ts';
import { type TestPortal, testPortal } from '../support/portal.ts';

const INVALID = { status: 404, body: { code: 'ERR_INVITE_INVALID' } };
const resolve = (portal: TestPortal, who: Person, code: string) => portal.as(who).post(`/v1/portal/resolve/${code}`);
const configure = (portal: TestPortal, chat: Chat, body: object) =>
  portal.as(chat.owner).post(pathOf(chat, '/config/update'), body);

/** The person goes out of the room; who belongs to the chat still does. */
async function goAway(portal: TestPortal, chat: Chat, who: Person): Promise<void> {
  await portal.timers.advance(SECOND_MS);
  await portal.database.units.run('go away', ({ db }) => closeVisit(db, chat.id, who.id, portal.timers.now()));
  await portal.adapters.presence.remove(chat.id, personOfUser(who.id));
}

describe('a chat that turns private', () => {
  test('takes the key from guests who are away too, and shows them nothing of before should they be invited', async () => {
    await using portal = await testPortal();
    const chat = await portal.given.chat({ visibility: 'public' });
    await configure(portal, chat, { history_visible: false });
    const bob = await portal.given.person();
    await portal.given.speaker(chat, bob);
    await goAway(portal, chat, bob);

    await configure(portal, chat, { slug: null });
    expect(await epochOf(portal, chat)).toBe(2);
    expect(await portal.database.read.select().from(keyBlobs)).toEqual([]);
    await portal.given.speaker(chat, chat.owner);
    expect((await say(portal, chat.owner, chat, 2)).status).toBe(200);

    await portal.timers.leap(HOUR_MS);
    expect((await resolve(portal, bob, await inviteTo(portal, chat))).body.joined).toBe(true);
    expect(await epochOf(portal, chat)).toBe(3);
    expect(await said(portal, chat, bob)).toEqual([`${bob.username} joined the chat`]);
  });

  test('keeps its key while nobody but members has been there', async () => {
    await using portal = await testPortal();
    const chat = await portal.given.chat({ visibility: 'public' });
    const bob = await portal.given.member(chat);
    for (const who of [chat.owner, bob]) {
      await portal.given.speaker(chat, who);
      await goAway(portal, chat, who);
    }
    await configure(portal, chat, { slug: null });
    expect(await epochOf(portal, chat)).toBe(1);
  });

  test('is closed to invites that staff made while it was open; those of its owner still count', async () => {
    await using portal = await testPortal();
    const chat = await portal.given.chat({ visibility: 'public' });
    const moderator = await portal.given.moderator();
    const theirs = (await portal.as(moderator).post(pathOf(chat, '/invites'), {})).body.code;
    const own = await inviteTo(portal, chat);
    await configure(portal, chat, { slug: null });
    expect(await resolve(portal, moderator, theirs)).toMatchObject(INVALID);
    expect(await portal.as(moderator).get(pathOf(chat))).toMatchObject(NO_CHAT);
    expect((await resolve(portal, await portal.given.person(), own)).body.joined).toBe(true);
  });
});

describe('whoever is kicked from a private chat', () => {
  test('needs a new invite: the one that they came by lets others in, and them no more', async () => {
    await using portal = await testPortal();
    const chat = await portal.given.chat();
    const [bob, carol] = [await portal.given.person(), await portal.given.person()];
    const code = await inviteTo(portal, chat);
    await resolve(portal, bob, code);
    await portal.timers.advance(MINUTE_MS);
    expect(await act(portal, chat.owner, 'kick', chat, bob)).toMatchObject(OK);
    expect(await resolve(portal, bob, code)).toMatchObject(INVALID);
    expect(await portal.as(bob).get(pathOf(chat))).toMatchObject(NO_CHAT);
    expect((await resolve(portal, carol, code)).body.joined).toBe(true);
    await portal.timers.advance(MINUTE_MS);
    expect((await resolve(portal, bob, await inviteTo(portal, chat))).body.joined).toBe(true);
  });

  test('of a public one comes back by its slug', async () => {
    await using portal = await testPortal();
    const chat = await portal.given.chat({ visibility: 'public', slug: 'open-house' });
    const bob = await portal.given.person();
    await resolve(portal, bob, 'open-house');
    await portal.timers.advance(MINUTE_MS);
    await act(portal, chat.owner, 'kick', chat, bob);
    expect((await resolve(portal, bob, 'open-house')).body.joined).toBe(true);
  });
});

describe('an owner whom staff have banned from their own chat', () => {
  test('is no member when it is given to somebody else, nor once the ban is lifted', async () => {
    await using portal = await testPortal();
    const chat = await portal.given.chat();
    const [owner, bob] = [await portal.given.owner(), await portal.given.person()];
    await act(portal, owner, 'ban', chat, chat.owner);
    const path = `/v1/admin/chats/${chat.id}/transfer`;
    expect((await portal.as(owner).post(path, { new_owner_id: bob.id })).status).toBe(200);
    const theirs = portal.as(chat.owner);
    expect((await theirs.get('/v1/portal/chats')).body).toEqual([]);
    expect(await theirs.get(pathOf(chat))).toMatchObject(NO_CHAT);
    expect(await act(portal, bob, 'unban', chat, chat.owner)).toMatchObject(OK);
    expect(await theirs.get(pathOf(chat))).toMatchObject(NO_CHAT);
  });
});

describe('whoever joins and leaves again and again', () => {
  test('is stopped before the chat is full of lines and has a new key each time', async () => {
    await using portal = await testPortal({ env: { PORTAL_LIMITS: 'on' } });
    const chat = await portal.given.chat({ visibility: 'public', slug: 'open-house' });
    const eve = await portal.given.person();
    const statuses: number[] = [];
    for (let round = 0; round < 7; round++) {
      statuses.push((await resolve(portal, eve, 'open-house')).status);
      await portal.as(eve).post(pathOf(chat, '/leave'));
    }
    expect(statuses).toEqual([...Array(5).fill(200), 429, 429]);
    const refused = await resolve(portal, eve, 'open-house');
    expect(refused.body).toMatchObject({ code: 'ERR_RATE_LIMITED', retry_after: expect.any(Number) });
    expect(await said(portal, chat)).toHaveLength(10);
    expect((await resolve(portal, await portal.given.person(), 'open-house')).status).toBe(200);
    await portal.timers.leap(10 * MINUTE_MS);
    expect((await resolve(portal, eve, 'open-house')).status).toBe(200);
  });

  test('while asking again once inside costs nothing', async () => {
    await using portal = await testPortal({ env: { PORTAL_LIMITS: 'on' } });
    await portal.given.chat({ visibility: 'public', slug: 'open-house' });
    const eve = await portal.given.person();
    for (let round = 0; round < 20; round++)
      expect((await resolve(portal, eve, 'open-house')).body.joined).toBe(round === 0);
  });
});
