import { describe, expect, test } from 'bun:test';
import { MINUTE_MS } from '../../src/core/durations.ts';
import { CONSOLE } from '../../src/core/principal.ts';
import { invites } from '../../src/modules/chats/invites/invites.tables.ts';
import { type TestPortal, testPortal } from '../support/portal.ts';

const INVALID = { status: 404, body: { code: 'ERR_INVITE_INVALID' } };

const invitesOf = (chat: { id: number }) => `/v1/portal/chats/${chat.id}/invites`;
const resolve = (portal: TestPortal, who: { token: string }, code: string) =>
  portal.as(who).post(`/v1/portal/resolve/${code}`);

async function given(options: object) {
  const portal = await testPortal();
  const chat = await portal.given.chat();
  const invite = await portal.as(chat.owner).post(invitesOf(chat), options);
  return { portal, chat, code: invite.body.code as string };
}

describe('joining', () => {
  test('again by an invite that is used up or has expired changes nothing and counts no use', async () => {
    const { portal, chat, code } = await given({ max_uses: 1, expires_at: '2026-01-01T00:01:00Z' });
    const [bob, eve] = [await portal.given.person(), await portal.given.person()];
    expect((await resolve(portal, bob, code)).body.joined).toBe(true);
    const again = async () => {
      for (const who of [bob, chat.owner])
        expect(await resolve(portal, who, code)).toMatchObject({
          status: 200,
          body: { chat: { id: chat.id }, method: 'invite', joined: false },
        });
      expect(await resolve(portal, eve, code)).toMatchObject(INVALID);
    };
    await again();
    await portal.timers.advance(MINUTE_MS);
    await again();
    expect(await portal.database.read.select().from(invites)).toMatchObject([{ uses: 1 }]);
    expect((await portal.as(bob).get(`/v1/portal/chats/${chat.id}/history`)).body).toHaveLength(1);
    await portal.as(bob).post(`/v1/portal/chats/${chat.id}/leave`);
    expect(await resolve(portal, bob, code)).toMatchObject(INVALID);
    await portal.close();
  });

  test('by one person twice at once, with the last use, lets them in and fails neither', async () => {
    const { portal, code } = await given({ max_uses: 1 });
    const bob = await portal.given.person();
    const answers = await Promise.all([1, 2, 3, 4].map(() => resolve(portal, bob, code)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(answers.filter(({ body }) => body.joined)).toHaveLength(1);
    await portal.close();
  });

  test('by a dead invite that reads like a slug leads members to its chat, and others to the slug', async () => {
    const { portal, chat, code } = await given({ max_uses: 1 });
    const [bob, eve] = [await portal.given.person(), await portal.given.person()];
    await resolve(portal, bob, code);
    const open = await portal.given.chat({ visibility: 'public', slug: code });
    expect((await resolve(portal, bob, code)).body).toMatchObject({ chat: { id: chat.id }, joined: false });
    expect((await resolve(portal, eve, code)).body).toMatchObject({ chat: { id: open.id }, method: 'vanity' });
    await portal.close();
  });
});

describe('an invite whose creator’s account is deleted', () => {
  test('stays in the list without a creator, works, and is void once the chat turns private', async () => {
    await using portal = await testPortal();
    const owner = await portal.given.premium();
    const chat = await portal.given.chat({ owner, visibility: 'public', slug: 'open' });
    const moderator = await portal.given.moderator();
    const { code } = (await portal.as(moderator).post(invitesOf(chat), {})).body;
    const listed = async () => (await portal.as(owner).get(invitesOf(chat))).body.invites;
    expect(await listed()).toMatchObject([{ code, created_by_id: moderator.id }]);
    await portal.modules.accountDeletion.delete(CONSOLE, moderator.id);
    expect(await listed()).toMatchObject([{ code, created_by_id: null }]);
    await portal.modules.accountDeletion.clearDeleted();
    expect(await listed()).toMatchObject([{ code, created_by_id: null, uses: 0 }]);
    expect((await resolve(portal, await portal.given.person(), code)).body.joined).toBe(true);
    await portal.as(owner).post(`/v1/portal/chats/${chat.id}/config/update`, { slug: null });
    expect(await listed()).toEqual([]);
    expect(await resolve(portal, await portal.given.person(), code)).toMatchObject(INVALID);
  });
});
