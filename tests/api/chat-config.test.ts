import { describe, expect, test } from 'bun:test';
import { eq } from 'drizzle-orm';
import { DAY_MS } from '../../src/core/durations.ts';
import { auditLog } from '../../src/modules/people/audit/audit.tables.ts';
import { users } from '../../src/modules/people/users/users.tables.ts';
import type { Chat, Person } from '../support/given.ts';
import { type TestPortal, testPortal } from '../support/portal.ts';

const CHATS = '/v1/portal/chats';
const configOf = (chat: { id: number }) => `${CHATS}/${chat.id}/config/update`;
const DONE = { status: 200, body: { message: 'Room config updated' } };
const NOT_FOUND = { status: 404, body: { code: 'ERR_NOT_FOUND', error: 'No such chat' } };
const FORBIDDEN = { status: 403, body: { code: 'ERR_FORBIDDEN' } };
const ACCOUNT_REQUIRED = { status: 403, body: { code: 'ERR_ACCOUNT_REQUIRED' } };

async function details(portal: TestPortal, chat: Chat) {
  return (await portal.as(chat.owner).get(`${CHATS}/${chat.id}`)).body;
}

function changesOf(portal: TestPortal) {
  return portal.database.read.select().from(auditLog).where(eq(auditLog.eventType, 'CHAT_UPDATE'));
}

/** The person's subscription has run out. */
async function lapse(portal: TestPortal, who: Person): Promise<void> {
  const change = { subscriptionTier: 2, subscriptionExpiresAt: portal.timers.now() - DAY_MS };
  await portal.database.units.run('lapse', ({ db }) =>
    db.update(users).set(change).where(eq(users.id, who.id)).returning(),
  );
}

describe('each setting', () => {
  test.each([
    [{ name: '  Film club  ' }, { name: 'Film club' }],
    [{ description: 'Fridays\nat eight' }, { description: 'Fridays\nat eight' }],
    [{ wipe_preset: '15m' }, { wipe_preset: '15m' }],
    [{ history_visible: false }, { history_visible: false }],
    [{ allow_control_requests: true }, { allow_control_requests: true }],
    [{ locked_controls: true }, { locked_controls: true }],
    [{ implicit_hosting: true }, { implicit_hosting: true }],
    [{ inactive_cursors: true }, { inactive_cursors: true }],
    [{ slug: 'film-club-9' }, { slug: 'film-club-9', visibility: 'public' }],
    [
      { browser_config: { kiosk: true } },
      { browser_config: { browser: 'chromium', start_url: null, kiosk: true, preview: false } },
    ],
  ])('%j is kept, and nothing else is touched', async (body, expected) => {
    await using portal = await testPortal();
    const chat = await portal.given.chat();
    const before = await details(portal, chat);
    expect(await portal.as(chat.owner).post(configOf(chat), body)).toMatchObject(DONE);
    expect(await details(portal, chat)).toEqual({ ...before, ...expected });
    expect((await changesOf(portal)).map(({ actorId, eventMetadata }) => [actorId, eventMetadata])).toEqual([
      [chat.owner.id, { name: chat.name, changes: expected }],
    ]);
  });

  test('may come with others, and be taken back', async () => {
    await using portal = await testPortal();
    const chat = await portal.given.chat();
    const before = await details(portal, chat);
    const ada = portal.as(chat.owner);
    const browser = { browser: 'tor', start_url: 'https://example.com/', kiosk: true, preview: false };
    await ada.post(configOf(chat), { description: 'x', wipe_preset: '1h', slug: 'ab', browser_config: browser });
    await ada.post(configOf(chat), { browser_config: { start_url: null } });
    expect(await details(portal, chat)).toMatchObject({
      slug: 'ab',
      browser_config: { browser: 'tor', start_url: null, kiosk: true, preview: false },
    });
    const back = { browser: 'chromium', kiosk: false };
    const none = { description: null, wipe_preset: null, slug: null, browser_config: back };
    expect(await ada.post(configOf(chat), none)).toMatchObject(DONE);
    expect(await details(portal, chat)).toEqual(before);
  });

  test('that is as it was changes nothing, and is not on record', async () => {
    await using portal = await testPortal();
    const chat = await portal.given.chat();
    const same = { name: chat.name, history_visible: true, wipe_preset: null, slug: null, browser_config: {} };
    expect(await portal.as(chat.owner).post(configOf(chat), same)).toMatchObject(DONE);
    expect(await changesOf(portal)).toEqual([]);
    expect((await portal.as(chat.owner).get(`${CHATS}/${chat.id}/history`)).body).toEqual([]);
  });

  test('that is not known is passed over; where none is known, that is said', async () => {
    await using portal = await testPortal();
    const chat = await portal.given.chat();
    const ada = portal.as(chat.owner);
    expect(await ada.post(configOf(chat), { name: 'Film club', colour: 'red', owner_id: 5 })).toMatchObject(DONE);
    for (const body of [undefined, {}, { colour: 'red' }, { visibility: 'public', owner_id: 7 }])
      expect(await ada.post(configOf(chat), body)).toMatchObject({
        status: 400,
        body: { code: 'ERR_BAD_REQUEST', error: 'Name at least one field that can be changed here' },
      });
    const extra = { browser_config: { kiosk: true, secret: 1 } };
    await ada.post(configOf(chat), extra);
    const kept = { browser: 'chromium', start_url: null, kiosk: true, preview: false };
    expect(await details(portal, chat)).toMatchObject({
      name: 'Film club',
      visibility: 'private',
      browser_config: kept,
    });
  });

  test.each([
    [{ name: null }, 'name'],
    [{ name: 5 }, 'name'],
    [{ name: 'x' }, 'name'],
    [{ name: ' x ' }, 'name'],
    [{ name: 'x'.repeat(65) }, 'name'],
    [{ name: 'two\nlines' }, 'name'],
    [{ description: 'x'.repeat(501) }, 'description'],
    [{ description: 5 }, 'description'],
    [{ description: 'nul\u0000' }, 'description'],
    [{ wipe_preset: '5m' }, 'wipe_preset'],
    [{ wipe_preset: '' }, 'wipe_preset'],
    [{ wipe_preset: 60 }, 'wipe_preset'],
    [{ wipe_preset: 'constructor' }, 'wipe_preset'],
    [{ history_visible: null }, 'history_visible'],
    [{ history_visible: 'true' }, 'history_visible'],
    [{ allow_control_requests: 1 }, 'allow_control_requests'],
    [{ locked_controls: 'no' }, 'locked_controls'],
    [{ implicit_hosting: {} }, 'implicit_hosting'],
    [{ inactive_cursors: [] }, 'inactive_cursors'],
    [{ slug: 'x' }, 'slug'],
    [{ slug: 'x'.repeat(33) }, 'slug'],
    [{ slug: 'Film' }, 'slug'],
    [{ slug: 'film club' }, 'slug'],
    [{ slug: 'film\n' }, 'slug'],
    [{ slug: 'fílm' }, 'slug'],
    [{ slug: 7 }, 'slug'],
    [{ browser_config: null }, 'browser_config'],
    [{ browser_config: 'tor' }, 'browser_config'],
    [{ browser_config: { browser: 'netscape' } }, 'browser_config.browser'],
    [{ browser_config: { start_url: 'javascript:alert(1)' } }, 'browser_config.start_url'],
    [{ browser_config: { start_url: `https://e.com/${'x'.repeat(2048)}` } }, 'browser_config.start_url'],
    [{ browser_config: { kiosk: 'yes' } }, 'browser_config.kiosk'],
    [{ browser_config: { preview: 'yes' } }, 'browser_config.preview'],
    [{ browser_config: { preview: null } }, 'browser_config.preview'],
    [{ browser_config: { browser: 'netscape' } }, 'browser_config.browser'],
    [{ browser_config: { start_url: 'https://ada:secret@example.com/' } }, 'browser_config.start_url'],
    [{ browser_config: [] }, 'browser_config'],
  ])('%j is refused with 400 that names the field, and nothing is changed', async (body, field) => {
    await using portal = await testPortal();
    const chat = await portal.given.chat();
    const before = await details(portal, chat);
    const answer = await portal.as(chat.owner).post(configOf(chat), { locked_controls: true, ...body });
    expect(answer).toMatchObject({ status: 400, body: { code: 'ERR_VALIDATION', field } });
    expect(answer.body.error).toStartWith(`${field} `);
    expect(await details(portal, chat)).toEqual(before);
  });
});

describe('a slug', () => {
  const publish = (portal: TestPortal, chat: Chat, slug: string | null, who: { token: string } = chat.owner) =>
    portal.as(who).post(configOf(chat), { slug });

  test('opens the chat to everybody; without one it is private again', async () => {
    await using portal = await testPortal();
    const chat = await portal.given.chat();
    const bob = portal.as(await portal.given.person());
    expect(await publish(portal, chat, 'film-club')).toMatchObject(DONE);
    expect((await bob.get(`${CHATS}/${chat.id}`)).status).toBe(200);
    expect((await bob.post('/v1/portal/resolve/FILM-club')).body).toMatchObject({ method: 'vanity', joined: true });
    const carol = portal.as(await portal.given.person());
    expect(await publish(portal, chat, null)).toMatchObject(DONE);
    expect(await carol.get(`${CHATS}/${chat.id}`)).toMatchObject(NOT_FOUND);
    expect((await carol.post('/v1/portal/resolve/film-club')).status).toBe(404);
    // Who has joined stays a member.
    expect((await bob.get(`${CHATS}/${chat.id}`)).status).toBe(200);
    // It matters for what one says there, so it stands in the chat as well.
    const { body: history } = await portal.as(chat.owner).get(`${CHATS}/${chat.id}/history`);
    const lines = history.map(({ content }: { content: string }) => content);
    expect(lines.filter((line: string) => line.startsWith('This chat'))).toEqual([
      'This chat is public now: anyone can join',
      'This chat is private now',
    ]);
  });

  test('of another chat is refused, whoever is first; it is free once that has none', async () => {
    await using portal = await testPortal();
    const rivals = [await portal.given.chat(), await portal.given.chat(), await portal.given.chat()] as const;
    const answers = await Promise.all(rivals.map((chat) => publish(portal, chat, 'film-club')));
    const refused = { status: 409, body: { code: 'ERR_SLUG_TAKEN', field: 'slug' } };
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    for (const answer of answers.filter(({ status }) => status !== 200)) expect(answer).toMatchObject(refused);
    const winner = rivals[answers.findIndex(({ status }) => status === 200)] as Chat;
    const loser = rivals.find((chat) => chat !== winner) as Chat;
    expect((await details(portal, loser)).visibility).toBe('private');
    expect(await publish(portal, winner, 'film-club')).toMatchObject(DONE);
    await publish(portal, winner, 'theatre');
    expect(await publish(portal, loser, 'film-club')).toMatchObject(DONE);
    await portal.as(winner.owner).post(`${CHATS}/${winner.id}/delete`);
    expect(
      await publish(portal, rivals.find((chat) => ![winner, loser].includes(chat)) as Chat, 'theatre'),
    ).toMatchObject(DONE);
  });

  test('needs an owner with premium now, or of Admin level, whoever sets it', async () => {
    await using portal = await testPortal();
    const chat = await portal.given.chat();
    await publish(portal, chat, 'film-club');
    await lapse(portal, chat.owner);
    const refused = { status: 403, body: { code: 'ERR_PREMIUM_REQUIRED' } };
    expect(await publish(portal, chat, 'theatre')).toMatchObject(refused);
    expect(await publish(portal, chat, 'theatre', await portal.given.admin())).toMatchObject(refused);
    expect((await details(portal, chat)).slug).toBe('film-club');
    // What is there stays, and may be taken back.
    const same = { slug: 'film-club', name: 'Film club' };
    expect(await portal.as(chat.owner).post(configOf(chat), same)).toMatchObject(DONE);
    expect(await publish(portal, chat, null)).toMatchObject(DONE);
    expect(await publish(portal, chat, 'film-club')).toMatchObject(refused);
    const admins = await portal.given.chat({ owner: await portal.given.admin() });
    expect(await publish(portal, admins, 'film-club')).toMatchObject(DONE);
  });

  test('of an official chat cannot be changed here', async () => {
    await using portal = await testPortal();
    const chat = await portal.given.chat({
      owner: await portal.given.owner(),
      visibility: 'official',
      slug: 'general',
    });
    for (const slug of [null, 'other'])
      expect(await publish(portal, chat, slug)).toMatchObject({ status: 409, body: { code: 'ERR_CONFLICT' } });
    expect(await portal.as(chat.owner).post(configOf(chat), { slug: 'general', name: 'All' })).toMatchObject(DONE);
    expect(await details(portal, chat)).toMatchObject({ visibility: 'official', slug: 'general', name: 'All' });
  });

  test('of the letters of an invite leads to the invite', async () => {
    await using portal = await testPortal();
    const [chat, other] = [await portal.given.chat(), await portal.given.chat()];
    const { code } = (await portal.as(chat.owner).post(`${CHATS}/${chat.id}/invites`, {})).body;
    expect(await publish(portal, other, code)).toMatchObject(DONE);
    const { body } = await portal.as(await portal.given.person()).post(`/v1/portal/resolve/${code}`);
    expect(body).toMatchObject({ method: 'invite', chat: { id: chat.id } });
  });
});

describe('who may configure a chat', () => {
  test('that is private: its owner alone', async () => {
    await using portal = await testPortal();
    const chat = await portal.given.chat();
    const member = await portal.given.member(chat);
    for (const [who, refusal] of [
      [member, FORBIDDEN],
      [await portal.given.admin(), FORBIDDEN],
      [await portal.given.owner(), FORBIDDEN],
      [await portal.given.moderator(), NOT_FOUND],
      [await portal.given.person(), NOT_FOUND],
      [await portal.given.stranger(), ACCOUNT_REQUIRED],
    ] as const)
      for (const body of [{ name: 'Mine now' }, {}])
        expect(await portal.as(who).post(configOf(chat), body)).toMatchObject(refusal);
    expect((await portal.nobody.post(configOf(chat), { name: 'Mine now' })).status).toBe(401);
    expect((await details(portal, chat)).name).toBe(chat.name);
    expect(await portal.as(chat.owner).post(configOf({ id: 4711 }), { name: 'No such' })).toMatchObject(NOT_FOUND);
  });

  test('that is public: its owner, and staff above them', async () => {
    await using portal = await testPortal();
    const chat = await portal.given.chat({ visibility: 'public' });
    const admins = await portal.given.chat({ owner: await portal.given.admin(), visibility: 'public' });
    const moderator = await portal.given.moderator();
    for (const [where, who] of [
      [chat, await portal.given.person()],
      [chat, await portal.given.member(chat)],
      [admins, moderator],
      [admins, await portal.given.admin()],
    ] as const)
      expect(await portal.as(who).post(configOf(where), { name: 'Mine now' })).toMatchObject(FORBIDDEN);
    const banned = await portal.given.moderator();
    await portal.given.chatBan(chat, banned);
    expect(await portal.as(banned).post(configOf(chat), { name: 'Mine now' })).toMatchObject({
      status: 403,
      body: { code: 'ERR_CHAT_BANNED' },
    });
    expect((await details(portal, chat)).name).toBe(chat.name);
    expect(await portal.as(moderator).post(configOf(chat), { name: 'Tidied' })).toMatchObject(DONE);
    expect(await portal.as(await portal.given.owner()).post(configOf(admins), { name: 'Tidied' })).toMatchObject(DONE);
    const log = await changesOf(portal);
    expect(log.map(({ actorId }) => actorId)[0]).toBe(moderator.id);
  });

  test('that is direct: nobody', async () => {
    await using portal = await testPortal();
    const peer = await portal.given.admin();
    const chat = await portal.given.direct(peer, await portal.given.person());
    for (const path of ['config/update', 'clear'])
      expect(await portal.as(peer).post(`${CHATS}/${chat.id}/${path}`, { name: 'x y' })).toMatchObject({
        status: 409,
        body: { code: 'ERR_DIRECT_CHAT' },
      });
    expect(await portal.as(await portal.given.owner()).post(configOf(chat), { name: 'x y' })).toMatchObject(NOT_FOUND);
  });
});
