import { describe, expect, test } from 'bun:test';
import { HOUR_MS, MINUTE_MS } from '../../src/core/durations.ts';
import { type TestPortal, testPortal } from '../support/portal.ts';

const INVALID = { status: 404, body: { code: 'ERR_INVITE_INVALID' } };
const NOT_FOUND = { status: 404, body: { code: 'ERR_NOT_FOUND' } };

const invitesOf = (chat: { id: number }) => `/v1/portal/chats/${chat.id}/invites`;
const resolve = (portal: TestPortal, who: { token: string }, code: string) =>
  portal.as(who).post(`/v1/portal/resolve/${code}`);

async function given(options: object = {}) {
  const portal = await testPortal();
  const chat = await portal.given.chat();
  const invite = await portal.as(chat.owner).post(invitesOf(chat), options);
  return { portal, chat, code: invite.body.code as string, invite };
}

describe('an invite', () => {
  test('is made with a random code, and says what it allows', async () => {
    const { portal, chat, invite } = await given({ expires_at: '2026-01-02T01:00:00+01:00', max_uses: 3 });
    expect(invite.status).toBe(200);
    expect(invite.body).toEqual({
      code: expect.stringMatching(/^[a-z0-9]{16}$/),
      chat_id: chat.id,
      created_by_id: chat.owner.id,
      created_at: '2026-01-01T00:00:00.000Z',
      expires_at: '2026-01-02T00:00:00.000Z',
      uses: 0,
      max_uses: 3,
    });
    await portal.close();
  });

  test('needs no body, and is then without end and limit', async () => {
    const { portal, chat, invite } = await given({ expires_at: null, max_uses: null });
    expect(invite.body).toMatchObject({ expires_at: null, max_uses: null });
    for (const body of [undefined, '', {}])
      expect(await portal.as(chat.owner).post(invitesOf(chat), body)).toMatchObject({
        status: 200,
        body: { expires_at: null, max_uses: null },
      });
    await portal.close();
  });

  test('may be made, seen and revoked by who can manage the chat alone', async () => {
    const { portal, chat, code } = await given();
    const member = await portal.given.member(chat);
    const forbidden = { status: 403, body: { code: 'ERR_FORBIDDEN' } };
    // An Admin may enter a private chat, so that abuse can be reached, but not manage it.
    for (const [who, refusal] of [
      [member, forbidden],
      [await portal.given.admin(), forbidden],
      [await portal.given.owner(), forbidden],
      [await portal.given.moderator(), NOT_FOUND],
      [await portal.given.person(), NOT_FOUND],
    ] as const) {
      expect(await portal.as(who).post(invitesOf(chat), {})).toMatchObject(refusal);
      expect(await portal.as(who).get(invitesOf(chat))).toMatchObject(refusal);
      expect(await portal.as(who).post(`${invitesOf(chat)}/${code}/delete`)).toMatchObject(refusal);
    }
    expect((await portal.as(chat.owner).get(invitesOf(chat))).body.invites).toHaveLength(1);
    await portal.close();
  });

  test('in a public chat may be made by staff above the owner', async () => {
    await using portal = await testPortal();
    const chat = await portal.given.chat({ visibility: 'public' });
    expect((await portal.as(await portal.given.moderator()).post(invitesOf(chat), {})).status).toBe(200);
    expect((await portal.as(await portal.given.person()).post(invitesOf(chat), {})).status).toBe(403);
  });

  test('is one of 20 live ones at most; revoked, used up and expired ones leave room', async () => {
    await using portal = await testPortal();
    const chat = await portal.given.chat();
    const make = (body: object = {}) => portal.as(chat.owner).post(invitesOf(chat), body);
    const codes: string[] = [];
    for (let made = 0; made < 18; made++) codes.push((await make()).body.code);
    const once = (await make({ max_uses: 1 })).body.code;
    await make({ expires_at: '2026-01-01T01:00:00Z' });

    const full = await make();

    expect(full).toMatchObject({ status: 409, body: { code: 'ERR_INVITE_QUOTA' } });
    expect((await portal.as(chat.owner).get(invitesOf(chat))).body.invites).toHaveLength(20);
    await portal.as(chat.owner).post(`${invitesOf(chat)}/${codes[0]}/delete`);
    expect((await make()).status).toBe(200);
    expect((await make()).status).toBe(409);
    await resolve(portal, await portal.given.person(), once);
    expect((await make()).status).toBe(200);
    expect((await make()).status).toBe(409);
    await portal.timers.leap(HOUR_MS);
    expect((await make()).status).toBe(200);
    expect((await make()).status).toBe(409);
  });

  test('quota is not passed by many made at once', async () => {
    await using portal = await testPortal();
    const chat = await portal.given.chat();
    const answers = await Promise.all(
      Array.from({ length: 25 }, () => portal.as(chat.owner).post(invitesOf(chat), {})),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(20);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(5);
  });

  test('is in the list only while it is live', async () => {
    const { portal, chat, code } = await given({ max_uses: 1 });
    await portal.as(chat.owner).post(invitesOf(chat), { expires_at: '2026-01-01T00:01:00Z' });
    const lasting = await portal.as(chat.owner).post(invitesOf(chat), {});
    await resolve(portal, await portal.given.person(), code);
    await portal.timers.advance(MINUTE_MS);
    expect((await portal.as(chat.owner).get(invitesOf(chat))).body).toEqual({ invites: [lasting.body] });
    await portal.close();
  });

  const time = 'must be an ISO 8601 time';
  test.each([
    [{ expires_at: 5 }, 'expires_at', 'must be a string or null'],
    [{ expires_at: '' }, 'expires_at', time],
    [{ expires_at: 'tomorrow' }, 'expires_at', time],
    [{ expires_at: '2030' }, 'expires_at', time],
    [{ expires_at: '2030-01-01' }, 'expires_at', time],
    [{ expires_at: '2030-01-01T00:00:00' }, 'expires_at', time],
    [{ expires_at: '2030-13-41T00:00:00Z' }, 'expires_at', time],
    [{ expires_at: '2030-02-31T00:00:00Z' }, 'expires_at', time],
    [{ expires_at: '2030-01-01T24:00:00Z' }, 'expires_at', time],
    [{ expires_at: '275760-09-13T00:00:00.000Z' }, 'expires_at', time],
    [{ expires_at: 'Fri Jan 01 2100' }, 'expires_at', time],
    [{ expires_at: '2026-01-01T00:00:00Z' }, 'expires_at', 'must be in the future'],
    [{ expires_at: '2025-12-31T23:59:59Z' }, 'expires_at', 'must be in the future'],
    [{ max_uses: 0 }, 'max_uses', 'must be at least 1'],
    [{ max_uses: -1 }, 'max_uses', 'must be at least 1'],
    [{ max_uses: 1.5 }, 'max_uses', 'must be an integer or null'],
    [{ max_uses: '1' }, 'max_uses', 'must be an integer or null'],
    [{ max_uses: true }, 'max_uses', 'must be an integer or null'],
    [{ max_uses: 1e300 }, 'max_uses', 'must be at most 9007199254740991'],
  ])('%j is refused with 400 that names the field, and nothing is made', async (body, field, says) => {
    await using portal = await testPortal();
    const chat = await portal.given.chat();
    const answer = await portal.as(chat.owner).post(invitesOf(chat), body);
    expect(answer).toMatchObject({ status: 400, body: { code: 'ERR_VALIDATION', field, error: `${field} ${says}` } });
    expect((await portal.as(chat.owner).get(invitesOf(chat))).body.invites).toEqual([]);
  });
});

describe('revoking', () => {
  test('makes the code worthless and says so', async () => {
    const { portal, chat, code } = await given();
    const answer = await portal.as(chat.owner).post(`${invitesOf(chat)}/${code}/delete`);
    expect(answer).toMatchObject({ status: 200, body: { message: `Invite '${code}' revoked` } });
    expect(await resolve(portal, await portal.given.person(), code)).toMatchObject(INVALID);
    expect(await portal.as(chat.owner).post(`${invitesOf(chat)}/${code}/delete`)).toMatchObject(NOT_FOUND);
    await portal.close();
  });

  test('of another chat’s invite is 404, and that invite still works', async () => {
    const { portal, code } = await given();
    const other = await portal.given.chat();
    const answer = await portal.as(other.owner).post(`${invitesOf(other)}/${code}/delete`);
    expect(answer).toMatchObject(NOT_FOUND);
    expect((await resolve(portal, await portal.given.person(), code)).status).toBe(200);
    await portal.close();
  });
});

describe('joining', () => {
  test('by an invite makes a member, counts one use, and says so in the chat', async () => {
    const { portal, chat, code } = await given({ max_uses: 2 });
    const bob = await portal.given.person({ username: 'bob' });

    const answer = await resolve(portal, bob, code);

    expect(answer).toMatchObject({
      status: 200,
      body: { chat: { id: chat.id, name: chat.name, visibility: 'private' }, method: 'invite', joined: true },
    });
    expect((await portal.as(bob).get(`/v1/portal/chats/${chat.id}`)).status).toBe(200);
    expect((await portal.as(chat.owner).get(invitesOf(chat))).body.invites[0].uses).toBe(1);
    const history = await portal.as(bob).get(`/v1/portal/chats/${chat.id}/history`);
    expect(history.body).toMatchObject([{ type: 'system', sender: null, content: 'bob joined the chat' }]);
    await portal.close();
  });

  test('again, or as the owner, changes nothing and counts no use', async () => {
    const { portal, chat, code } = await given({ max_uses: 2 });
    const bob = await portal.given.person();
    await resolve(portal, bob, code);
    for (const who of [bob, chat.owner])
      expect((await resolve(portal, who, code)).body).toMatchObject({ method: 'invite', joined: false });
    expect((await portal.as(chat.owner).get(invitesOf(chat))).body.invites[0].uses).toBe(1);
    expect((await portal.as(bob).get(`/v1/portal/chats/${chat.id}/history`)).body).toHaveLength(1);
    await portal.close();
  });

  test('by the last use is for exactly one of many at once', async () => {
    const { portal, chat, code } = await given({ max_uses: 1 });
    const people = await Promise.all(Array.from({ length: 8 }, () => portal.given.person()));

    const answers = await Promise.all(people.map((person) => resolve(portal, person, code)));

    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    for (const answer of answers.filter(({ status }) => status !== 200)) expect(answer).toMatchObject(INVALID);
    const inside = await Promise.all(people.map((person) => portal.as(person).get(`/v1/portal/chats/${chat.id}`)));
    expect(inside.filter(({ status }) => status === 200)).toHaveLength(1);
    await portal.close();
  });

  test('by one invite many times at once counts one use a person', async () => {
    const { portal, chat, code } = await given({ max_uses: 5 });
    const bob = await portal.given.person();
    const answers = await Promise.all([1, 2, 3, 4].map(() => resolve(portal, bob, code)));
    expect(answers.filter(({ body }) => body.joined)).toHaveLength(1);
    expect((await portal.as(chat.owner).get(invitesOf(chat))).body.invites[0].uses).toBe(1);
    await portal.close();
  });

  test('by an invite that has run out, is used up or unknown is one and the same 404', async () => {
    const { portal, chat, code } = await given({ expires_at: '2026-01-01T00:01:00Z' });
    const used = await portal.as(chat.owner).post(invitesOf(chat), { max_uses: 1 });
    await resolve(portal, await portal.given.person(), used.body.code);
    await portal.timers.advance(MINUTE_MS);
    const eve = await portal.given.person();
    const answers = await Promise.all(
      [code, used.body.code, 'unknown', code.toUpperCase(), '%00', '__proto__', '..%2fchats', '%F0%9F%98%80'].map(
        (tried) => resolve(portal, eve, tried),
      ),
    );
    for (const answer of answers) {
      expect(answer).toMatchObject(INVALID);
      expect(answer.body.error).toBe(answers[0]?.body.error);
    }
    expect((await portal.as(eve).get(`/v1/portal/chats/${chat.id}`)).status).toBe(404);
    await portal.close();
  });

  test('is refused to whom the chat bans, and no use is counted', async () => {
    const { portal, chat, code } = await given();
    const eve = await portal.given.person();
    await portal.given.chatBan(chat, eve, MINUTE_MS);
    expect(await resolve(portal, eve, code)).toMatchObject({ status: 403, body: { code: 'ERR_CHAT_BANNED' } });
    expect((await portal.as(chat.owner).get(invitesOf(chat))).body.invites[0].uses).toBe(0);
    await portal.timers.advance(MINUTE_MS);
    expect((await resolve(portal, eve, code)).status).toBe(200);
    await portal.close();
  });

  test('by a public chat’s slug works without regard to case; a private chat’s former slug does not', async () => {
    await using portal = await testPortal();
    const chat = await portal.given.chat({ visibility: 'public', slug: 'movie-night' });
    const bob = await portal.given.person();
    const answer = await resolve(portal, bob, 'Movie-NIGHT');
    expect(answer).toMatchObject({ status: 200, body: { chat: { id: chat.id }, method: 'vanity', joined: true } });
    expect((await resolve(portal, bob, 'movie-night')).body).toMatchObject({ method: 'vanity', joined: false });
    expect(await resolve(portal, bob, 'movie')).toMatchObject(INVALID);
  });

  test('by a code that is no text or too long is 400', async () => {
    await using portal = await testPortal();
    const bob = await portal.given.person();
    for (const code of ['%E0%A4%A', '%', 'a'.repeat(65)])
      expect(await resolve(portal, bob, code)).toMatchObject({
        status: 400,
        body: { code: 'ERR_VALIDATION', field: 'code' },
      });
    expect((await resolve(portal, bob, '')).status).toBe(404);
  });
});
