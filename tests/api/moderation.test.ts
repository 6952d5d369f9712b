import { describe, expect, test } from 'bun:test';
import { desc } from 'drizzle-orm';
import { findKeyState } from '../../src/modules/chats/keys/keys.repository.ts';
import { auditLog } from '../../src/modules/people/audit/audit.tables.ts';
import { punishments } from '../../src/modules/people/sanctions/sanctions.tables.ts';
import type { Chat, Person } from '../support/given.ts';
import { type TestPortal, testPortal } from '../support/portal.ts';
import { sealed } from '../support/sealed.ts';

const pathOf = (chat: { id: number }, what = '') => `/v1/portal/chats/${chat.id}${what}`;
const kick = (portal: TestPortal, by: { token: string }, chat: { id: number }, who: { id: number }, reason?: string) =>
  portal.as(by).post(pathOf(chat, '/kick'), { user_id: who.id, ...(reason === undefined ? {} : { reason }) });

const FORBIDDEN = { status: 403, body: { code: 'ERR_FORBIDDEN' } };
const NOT_FOUND = { status: 404, body: { code: 'ERR_NOT_FOUND' } };

async function epochOf(portal: TestPortal, chat: Chat): Promise<number | undefined> {
  return (await findKeyState(portal.database.read, chat.id))?.epoch;
}

async function expectUntouched(portal: TestPortal, chat: Chat, member: Person): Promise<void> {
  expect((await portal.as(member).get(pathOf(chat))).status).toBe(200);
  expect(await epochOf(portal, chat)).toBe(1);
  expect(await portal.database.read.select().from(punishments)).toEqual([]);
}

describe('a kick', () => {
  test('ends membership, changes the key, and is written down', async () => {
    await using portal = await testPortal();
    const chat = await portal.given.chat();
    const eve = await portal.given.member(chat, await portal.given.person({ username: 'eve' }));
    await portal.given.speaker(chat, eve);

    const answer = await kick(portal, chat.owner, chat, eve, 'Spoilers\nagain');

    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ ok: true });
    expect(await portal.as(eve).get(pathOf(chat))).toMatchObject(NOT_FOUND);
    expect((await portal.as(eve).post(pathOf(chat, '/messages'), sealed())).status).not.toBe(200);
    expect(await epochOf(portal, chat)).toBe(2);
    const history = await portal.as(chat.owner).get(pathOf(chat, '/history'));
    expect(history.body).toMatchObject([{ type: 'system', content: 'eve was kicked from the chat' }]);
    expect(await portal.database.read.select().from(punishments)).toMatchObject([
      {
        userId: eve.id,
        chatId: chat.id,
        actionType: 'CHAT_KICK',
        reason: 'Spoilers\nagain',
        issuedBy: chat.owner.id,
        isLifted: false,
      },
    ]);
    const [entry] = await portal.database.read.select().from(auditLog).orderBy(desc(auditLog.id)).limit(1);
    expect(entry).toMatchObject({ eventType: 'CHAT_KICK', entityId: String(chat.id), actorId: chat.owner.id });
  });

  test('works on members who are offline, and on who is in a public room without being a member', async () => {
    await using portal = await testPortal();
    const chat = await portal.given.chat({ visibility: 'public' });
    const [offline, visitor] = [await portal.given.member(chat), await portal.given.person()];
    await portal.given.speaker(chat, visitor);
    expect((await kick(portal, chat.owner, chat, offline)).status).toBe(200);
    expect((await kick(portal, chat.owner, chat, visitor)).status).toBe(200);
  });

  test('lets a member of a private chat back in only by a new invite', async () => {
    await using portal = await testPortal();
    const chat = await portal.given.chat();
    const eve = await portal.given.member(chat);
    await kick(portal, chat.owner, chat, eve);
    const invite = await portal.as(chat.owner).post(pathOf(chat, '/invites'), {});
    expect(await portal.as(eve).get(pathOf(chat))).toMatchObject(NOT_FOUND);
    expect((await portal.as(eve).post(`/v1/portal/resolve/${invite.body.code}`)).body.joined).toBe(true);
  });

  test('of many at once on one person happens once', async () => {
    await using portal = await testPortal();
    const chat = await portal.given.chat();
    const eve = await portal.given.member(chat);
    const answers = await Promise.all([1, 2, 3].map(() => kick(portal, chat.owner, chat, eve)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 404, 404]);
    expect(await epochOf(portal, chat)).toBe(2);
    expect(await portal.database.read.select().from(punishments)).toHaveLength(1);
  });
});

describe('who may kick whom', () => {
  test('nobody oneself', async () => {
    await using portal = await testPortal();
    const chat = await portal.given.chat();
    expect(await kick(portal, chat.owner, chat, chat.owner)).toMatchObject({
      status: 400,
      body: { code: 'ERR_SELF_ACTION' },
    });
    expect(await epochOf(portal, chat)).toBe(1);
  });

  test('in a private chat the owner and Admins; not members, and to others it does not exist', async () => {
    await using portal = await testPortal();
    const chat = await portal.given.chat();
    const [eve, member] = [await portal.given.member(chat), await portal.given.member(chat)];
    expect(await kick(portal, member, chat, eve)).toMatchObject(FORBIDDEN);
    for (const outsider of [await portal.given.person(), await portal.given.moderator()])
      expect(await kick(portal, outsider, chat, eve)).toMatchObject(NOT_FOUND);
    await expectUntouched(portal, chat, eve);
    expect((await kick(portal, await portal.given.admin(), chat, eve)).status).toBe(200);
  });

  test('in a public chat of a User also a moderator; in an official one of an Owner no moderator and no Admin', async () => {
    await using portal = await testPortal();
    const moderator = await portal.given.moderator();
    const open = await portal.given.chat({ visibility: 'public' });
    expect((await kick(portal, moderator, open, await portal.given.member(open))).status).toBe(200);
    const official = await portal.given.chat({ owner: await portal.given.owner(), visibility: 'official' });
    const eve = await portal.given.member(official);
    for (const who of [moderator, await portal.given.admin(), await portal.given.person()])
      expect(await kick(portal, who, official, eve)).toMatchObject(FORBIDDEN);
    expect((await portal.as(official.owner).get(pathOf(official, '/history'))).body).toEqual([]);
    expect((await kick(portal, await portal.given.owner(), official, eve)).status).toBe(200);
  });

  test('a chat’s owner: those of no higher level, not the staff above', async () => {
    await using portal = await testPortal();
    const chat = await portal.given.chat();
    for (const staff of [await portal.given.moderator(), await portal.given.admin(), await portal.given.owner()]) {
      await portal.given.member(chat, staff);
      expect(await kick(portal, chat.owner, chat, staff)).toMatchObject(FORBIDDEN);
      await expectUntouched(portal, chat, staff);
    }
    expect((await kick(portal, chat.owner, chat, await portal.given.member(chat))).status).toBe(200);
  });

  test('the chat’s owner: only who ranks above', async () => {
    await using portal = await testPortal();
    const admin = await portal.given.admin();
    const chat = await portal.given.chat({ owner: admin });
    await portal.given.speaker(chat, admin);
    expect(await kick(portal, await portal.given.admin(), chat, admin)).toMatchObject(FORBIDDEN);
    expect((await kick(portal, await portal.given.owner(), chat, admin)).status).toBe(200);
  });
});

describe('bad input to a kick', () => {
  test('an unknown person, one who is not there, and an unknown chat are 404', async () => {
    await using portal = await testPortal();
    const chat = await portal.given.chat();
    const member = await portal.given.member(chat);
    expect(await kick(portal, chat.owner, chat, { id: 4711 })).toMatchObject(NOT_FOUND);
    expect(await kick(portal, chat.owner, chat, await portal.given.person())).toMatchObject(NOT_FOUND);
    expect(await kick(portal, chat.owner, { id: 4711 }, member)).toMatchObject(NOT_FOUND);
    await expectUntouched(portal, chat, member);
  });

  test.each([
    [{}, 'user_id', 'is required'],
    [{ user_id: null }, 'user_id', 'must be an integer'],
    [{ user_id: '5' }, 'user_id', 'must be an integer'],
    [{ user_id: 1.5 }, 'user_id', 'must be an integer'],
    [{ user_id: 0 }, 'user_id', 'must be at least 1'],
    [{ user_id: -1 }, 'user_id', 'must be at least 1'],
    [{ user_id: 1e300 }, 'user_id', 'must be at most 9007199254740991'],
    [{ user_id: [5] }, 'user_id', 'must be an integer'],
    [{ user_id: 5, reason: 5 }, 'reason', 'must be a string'],
    [{ user_id: 5, reason: null }, 'reason', 'must be a string'],
    [{ user_id: 5, reason: 'x'.repeat(501) }, 'reason', 'must be at most 500 characters'],
    [{ user_id: 5, reason: 'NUL\u0000' }, 'reason', 'must be text without control characters'],
    [{ user_id: 5, reason: 'half \ud83d' }, 'reason', 'must be text without control characters'],
  ])('%j is refused with 400 that names the field', async (body, field, says) => {
    await using portal = await testPortal();
    const chat = await portal.given.chat();
    const answer = await portal.as(chat.owner).post(pathOf(chat, '/kick'), body);
    expect(answer).toMatchObject({ status: 400, body: { code: 'ERR_VALIDATION', field, error: `${field} ${says}` } });
    expect(await epochOf(portal, chat)).toBe(1);
  });
});
