import { describe, expect, test } from 'bun:test';
import { MINUTE_MS, SECOND_MS } from '../../src/core/durations.ts';
import { findKeyState } from '../../src/modules/chats/keys/keys.repository.ts';
import { type TestPortal, testPortal } from '../support/portal.ts';
import { sealed } from '../support/sealed.ts';

const KEYS = '/v1/portal/keys';
const messagesOf = (chat: { id: number }) => `/v1/portal/chats/${chat.id}/messages`;
const historyOf = (chat: { id: number }) => `/v1/portal/chats/${chat.id}/history`;
const NOT_FOUND = { status: 404, body: { code: 'ERR_NOT_FOUND' } };

/** Base64 of 32 bytes that are a usable key. */
function publicKey(fill = 9): string {
  return Buffer.alloc(32, fill).toString('base64');
}

/** A chat with its owner in the room, holding the key. */
async function spokenIn(options: Parameters<typeof testPortal>[0] = {}) {
  const portal = await testPortal(options);
  const chat = await portal.given.chat();
  await portal.given.speaker(chat, chat.owner);
  return { portal, chat, ada: portal.as(chat.owner) };
}

async function rotate(portal: TestPortal, chat: { id: number }): Promise<void> {
  await portal.database.units.run('rotate', (unit) => portal.modules.e2ee.rotate(unit, chat.id, 'kick'));
}

describe('a session’s key', () => {
  test('is registered once, and then unchanged', async () => {
    await using portal = await testPortal();
    const ada = portal.as(await portal.given.person());
    expect(await ada.post(KEYS, { public_key: publicKey() })).toMatchObject({
      status: 200,
      body: { status: 'registered' },
    });
    expect((await ada.post(KEYS, { public_key: publicKey() })).body).toEqual({ status: 'unchanged' });
    expect((await ada.post(KEYS, { public_key: publicKey(8) })).body).toEqual({ status: 'registered' });
  });

  test('is there for strangers too', async () => {
    await using portal = await testPortal();
    const answer = await portal.as(await portal.given.stranger()).post(KEYS, { public_key: publicKey() });
    expect(answer).toMatchObject({ status: 200, body: { status: 'registered' } });
  });

  const form = 'must be base64 of exactly 32 bytes';
  test.each([
    [{}, 'is required'],
    [{ public_key: null }, 'must be a string'],
    [{ public_key: 5 }, 'must be a string'],
    [{ public_key: '' }, 'must be at least 44 characters'],
    [{ public_key: Buffer.alloc(31, 9).toString('base64') }, form],
    [{ public_key: Buffer.alloc(33, 9).toString('base64') }, form],
    [{ public_key: Buffer.alloc(64, 9).toString('base64') }, 'must be at most 44 characters'],
    [{ public_key: `${publicKey().slice(0, 43)}` }, 'must be at least 44 characters'],
    [{ public_key: `${'_-'.repeat(21)}A=` }, form],
    [{ public_key: `${'A'.repeat(42)}B=` }, form],
    [{ public_key: `${'A'.repeat(43)}\n` }, form],
    [{ public_key: Buffer.alloc(32, 0).toString('base64') }, 'is not a usable X25519 key'],
    [{ public_key: Buffer.from(`01${'00'.repeat(31)}`, 'hex').toString('base64') }, 'is not a usable X25519 key'],
  ])('%j is refused with 400', async (body, says) => {
    await using portal = await testPortal();
    const answer = await portal.as(await portal.given.person()).post(KEYS, body);
    expect(answer).toMatchObject({
      status: 400,
      body: { code: 'ERR_VALIDATION', field: 'public_key', error: `public_key ${says}` },
    });
  });
});

describe('a message', () => {
  test('is kept as it came, with its place in the chat', async () => {
    const { portal, chat, ada } = await spokenIn();
    const first = await ada.post(messagesOf(chat), sealed());
    const second = await ada.post(messagesOf(chat), sealed({ bytes: 100 }));

    expect(first.status).toBe(200);
    expect(first.body).toEqual({ id: '1767225600000-0' });
    expect(second.body).toEqual({ id: '1767225600000-1' });
    const { body } = await ada.get(historyOf(chat));
    expect(body[0]).toEqual({
      chat_id: chat.id,
      chat_name: chat.name,
      id: '1767225600000-0',
      prev_id: null,
      sender: { id: chat.owner.id, username: chat.owner.username, avatar_url: null },
      permission_level: 0,
      content: sealed().content,
      type: 'user',
      epoch: '0000000000000001',
      timestamp: '2026-01-01T00:00:00.000Z',
    });
    expect(body[1]).toMatchObject({ prev_id: '1767225600000-0', content: sealed({ bytes: 100 }).content });
    await portal.close();
  });

  test('has an id above the last one also when the clock steps back', async () => {
    const { portal, chat, ada } = await spokenIn();
    await ada.post(messagesOf(chat), sealed());
    portal.timers.jump(-MINUTE_MS);
    expect((await ada.post(messagesOf(chat), sealed())).body.id).toBe('1767225600000-1');
    await portal.close();
  });

  test('of many sent at once gets an id of its own each, without a gap', async () => {
    const { portal, chat, ada } = await spokenIn();
    const answers = await Promise.all(Array.from({ length: 50 }, () => ada.post(messagesOf(chat), sealed())));
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(50);
    const { body } = await ada.get(historyOf(chat));
    for (const [index, entry] of body.entries()) expect(entry.prev_id).toBe(index === 0 ? null : body[index - 1].id);
    await portal.close();
  });

  test('needs the sender in the room; who may not know of the chat hears 404', async () => {
    await using portal = await testPortal();
    const chat = await portal.given.chat();
    const notJoined = { status: 403, body: { code: 'ERR_NOT_JOINED' } };
    expect(await portal.as(chat.owner).post(messagesOf(chat), sealed())).toMatchObject(notJoined);
    const eve = await portal.given.person();
    expect(await portal.as(eve).post(messagesOf(chat), sealed())).toMatchObject(NOT_FOUND);
    expect(await portal.as(eve).post(messagesOf({ id: 4711 }), sealed())).toMatchObject(NOT_FOUND);
    const open = await portal.given.chat({ visibility: 'public' });
    expect(await portal.as(eve).post(messagesOf(open), sealed())).toMatchObject(notJoined);
    await portal.given.chatBan(open, eve);
    expect((await portal.as(eve).post(messagesOf(open), sealed())).body.code).toBe('ERR_CHAT_BANNED');
    expect((await portal.as(chat.owner).get(historyOf(chat))).body).toEqual([]);
  });

  test('needs this very session in the room, not another one of the person', async () => {
    const { portal, chat } = await spokenIn();
    const other = await portal.given.session(chat.owner);
    const answer = await portal.as(other).post(messagesOf(chat), sealed());
    expect(answer).toMatchObject({ status: 403, body: { code: 'ERR_NOT_JOINED' } });
    await portal.close();
  });

  test('sealed with an old key is refused with the new epoch, and nothing is kept', async () => {
    const { portal, chat, ada } = await spokenIn();
    await rotate(portal, chat);
    for (const epoch of [1, 3]) {
      const answer = await ada.post(messagesOf(chat), sealed({ epoch }));
      expect(answer).toMatchObject({ status: 403, body: { code: 'ERR_EPOCH_MISMATCH', epoch: 2 } });
    }
    expect((await ada.get(historyOf(chat))).body).toEqual([]);
    await portal.close();
  });

  test('from a session without the key is refused, and takes no id', async () => {
    const { portal, chat, ada } = await spokenIn();
    await rotate(portal, chat);
    const answer = await ada.post(messagesOf(chat), sealed({ epoch: 2 }));
    expect(answer).toMatchObject({ status: 403, body: { code: 'ERR_NO_ROOM_KEY' } });
    await portal.given.speaker(chat, chat.owner);
    expect((await ada.post(messagesOf(chat), sealed({ epoch: 2 }))).body.id).toBe('1767225600000-0');
    await portal.close();
  });

  test('of who was banned from the chat while in the room is refused', async () => {
    const { portal, chat } = await spokenIn();
    const eve = await portal.given.member(chat);
    await portal.given.speaker(chat, eve);
    await portal.given.chatBan(chat, eve);
    expect(await portal.as(eve).post(messagesOf(chat), sealed())).toMatchObject(NOT_FOUND);
    await portal.close();
  });

  const ct = (bytes: number) => Buffer.alloc(bytes, 7).toString('base64');
  test.each([
    [''],
    ['hello'],
    ['null'],
    ['[]'],
    ['"x"'],
    ['{}'],
    [JSON.stringify({ v: 1, epoch: 1, ct: ct(41) })],
    [JSON.stringify({ v: '2', epoch: 1, ct: ct(41) })],
    [JSON.stringify({ v: 2, epoch: 0, ct: ct(41) })],
    [JSON.stringify({ v: 2, epoch: 1.5, ct: ct(41) })],
    [JSON.stringify({ v: 2, epoch: '1', ct: ct(41) })],
    [JSON.stringify({ v: 2, epoch: 2 ** 53, ct: ct(41) })],
    [JSON.stringify({ v: 2, epoch: 1 })],
    [JSON.stringify({ v: 2, epoch: 1, ct: ct(40) })],
    [JSON.stringify({ v: 2, epoch: 1, ct: ct(41).replace('=', '') })],
    [JSON.stringify({ v: 2, epoch: 1, ct: ct(41).replaceAll('B', '-') })],
    [JSON.stringify({ v: 2, epoch: 1, ct: ` ${ct(41)}` })],
    [JSON.stringify({ v: 2, epoch: 1, ct: [ct(41)] })],
    [JSON.stringify({ v: 2, epoch: 1, ct: ct(41), x: 1 })],
    ['{"v":2,"epoch":1,"ct":"'.concat(ct(41), '","__proto__":1}')],
    [JSON.stringify({ v: 2, epoch: 1, ct: ct(3060) })],
  ])('%j is no envelope: 422', async (content) => {
    const { portal, chat, ada } = await spokenIn();
    const answer = await ada.post(messagesOf(chat), { content });
    expect(answer).toMatchObject({ status: 422, body: { code: 'ERR_INVALID_ENVELOPE' } });
    expect((await ada.get(historyOf(chat))).body).toEqual([]);
    await portal.close();
  });

  test('may be 4096 characters long, and not one more', async () => {
    const { portal, chat, ada } = await spokenIn();
    const frame = JSON.stringify({ v: 2, epoch: 1, ct: '' });
    const ct4 = 'A'.repeat(Math.floor((4096 - frame.length) / 4) * 4);
    const content = JSON.stringify({ v: 2, epoch: 1, ct: ct4 }).padEnd(4096);
    expect(content).toHaveLength(4096);
    expect((await ada.post(messagesOf(chat), { content })).status).toBe(200);
    expect((await ada.post(messagesOf(chat), { content: `${content} ` })).status).toBe(422);
    await portal.close();
  });

  test.each([
    [{}, 'is required'],
    [{ content: null }, 'must be a string'],
    [{ content: {} }, 'must be a string'],
  ])('%j is refused with 400 that names the field', async (body, says) => {
    const { portal, chat, ada } = await spokenIn();
    expect(await ada.post(messagesOf(chat), body)).toMatchObject({
      status: 400,
      body: { code: 'ERR_VALIDATION', field: 'content', error: `content ${says}` },
    });
    await portal.close();
  });
});

describe('how fast one may speak', () => {
  const tiersAway = { PORTAL_LIMITS: 'on', PORTAL_LIMIT_AUTH: '1000000' };

  test('is ten messages in ten seconds in one chat; another person and another chat are not touched', async () => {
    const { portal, chat, ada } = await spokenIn({ env: tiersAway });
    const bob = await portal.given.member(chat);
    await portal.given.speaker(chat, bob);
    for (let sent = 0; sent < 10; sent++) expect((await ada.post(messagesOf(chat), sealed())).status).toBe(200);

    const eleventh = await ada.post(messagesOf(chat), sealed());

    expect(eleventh).toMatchObject({ status: 429, body: { code: 'ERR_MESSAGE_RATE', retry_after: 10 } });
    expect(eleventh.headers.get('retry-after')).toBe('10');
    expect((await portal.as(bob).post(messagesOf(chat), sealed())).status).toBe(200);
    expect((await ada.get(historyOf(chat))).body).toHaveLength(11);
    await portal.timers.advance(10 * SECOND_MS);
    expect((await ada.post(messagesOf(chat), sealed())).status).toBe(200);
    await portal.close();
  });

  test('is twenty in ten seconds over all chats', async () => {
    const { portal, chat, ada } = await spokenIn({ env: tiersAway });
    const others = [await portal.given.chat(), await portal.given.chat()];
    for (const other of others) {
      await portal.given.member(other, chat.owner);
      await portal.given.speaker(other, chat.owner);
    }
    for (const where of [chat, ...others.slice(0, 1)])
      for (let sent = 0; sent < 10; sent++) expect((await ada.post(messagesOf(where), sealed())).status).toBe(200);
    const last = await ada.post(messagesOf(others[1] as { id: number }), sealed());
    expect(last).toMatchObject({ status: 429, body: { code: 'ERR_MESSAGE_RATE' } });
    await portal.close();
  });

  test('is not used up by what is no envelope', async () => {
    const { portal, chat, ada } = await spokenIn({ env: tiersAway });
    for (let sent = 0; sent < 30; sent++) await ada.post(messagesOf(chat), { content: 'rubbish' });
    expect((await ada.post(messagesOf(chat), sealed())).status).toBe(200);
    await portal.close();
  });
});

describe('history', () => {
  async function withMessages(count: number) {
    const scene = await spokenIn();
    const ids: string[] = [];
    for (let sent = 0; sent < count; sent++) {
      ids.push((await scene.ada.post(messagesOf(scene.chat), sealed())).body.id);
      await scene.portal.timers.advance(1);
    }
    return { ...scene, ids };
  }

  test('is the last of what was said, oldest first, page by page', async () => {
    const { portal, chat, ada, ids } = await withMessages(7);
    const idsOf = (body: { id: string }[]) => body.map(({ id }) => id);
    expect(idsOf((await ada.get(historyOf(chat))).body)).toEqual(ids);
    const last = await ada.get(`${historyOf(chat)}?limit=3`);
    expect(idsOf(last.body)).toEqual(ids.slice(4));
    expect(last.body[0].prev_id).toBe(ids[3]);
    const before = await ada.get(`${historyOf(chat)}?limit=3&before=${ids[4]}`);
    expect(idsOf(before.body)).toEqual(ids.slice(1, 4));
    expect(idsOf((await ada.get(`${historyOf(chat)}?before=${ids[0]}`)).body)).toEqual([]);
    expect(idsOf((await ada.get(`${historyOf(chat)}?before=9007199254740-0&limit=500`)).body)).toEqual(ids);
    await portal.close();
  });

  test('gives 100 without being told, 500 at most', async () => {
    const { portal, chat, ada } = await withMessages(0);
    await Promise.all(Array.from({ length: 120 }, () => ada.post(messagesOf(chat), sealed())));
    expect((await ada.get(historyOf(chat))).body).toHaveLength(100);
    expect((await ada.get(`${historyOf(chat)}?limit=500`)).body).toHaveLength(120);
    expect((await ada.get(`${historyOf(chat)}?limit=1`)).body).toHaveLength(1);
    await portal.close();
  });

  test('is for who may enter the chat', async () => {
    const { portal, chat } = await withMessages(1);
    const member = await portal.given.member(chat);
    expect((await portal.as(member).get(historyOf(chat))).body).toHaveLength(1);
    expect((await portal.as(await portal.given.admin()).get(historyOf(chat))).body).toHaveLength(1);
    for (const who of [await portal.given.person(), await portal.given.moderator()])
      expect(await portal.as(who).get(historyOf(chat))).toMatchObject(NOT_FOUND);
    const stranger = await portal.as(await portal.given.stranger()).get(historyOf(chat));
    expect(stranger).toMatchObject({ status: 403, body: { code: 'ERR_ACCOUNT_REQUIRED' } });
    await portal.close();
  });

  test('keeps the sender’s level of the time of sending, and the name of today', async () => {
    const { portal, chat } = await withMessages(0);
    const admin = await portal.given.admin();
    await portal.given.speaker(chat, admin);
    await portal.as(admin).post(messagesOf(chat), sealed());
    await portal.as(admin).post('/v1/users/me/update', { username: 'renamed' });
    const { body } = await portal.as(chat.owner).get(historyOf(chat));
    expect(body[0]).toMatchObject({ permission_level: 2, sender: { username: 'renamed' } });
    await portal.close();
  });

  test('shows a system message with an epoch of zeros', async () => {
    const { portal, chat, ada } = await withMessages(0);
    const invite = await ada.post(`/v1/portal/chats/${chat.id}/invites`, {});
    await portal.as(await portal.given.person()).post(`/v1/portal/resolve/${invite.body.code}`);
    expect((await ada.get(historyOf(chat))).body[0]).toMatchObject({
      type: 'system',
      sender: null,
      permission_level: null,
      epoch: '0000000000000000',
    });
    await portal.close();
  });

  const form = 'must be a message id such as 1710000000000-0';
  test.each([
    ['limit=5000', 'limit', 'must be at most 500'],
    ['limit=501', 'limit', 'must be at most 500'],
    ['limit=0', 'limit', 'must be at least 1'],
    ['limit=-5', 'limit', 'must be at least 1'],
    ['limit=abc', 'limit', 'must be an integer'],
    ['limit=1.5', 'limit', 'must be an integer'],
    ['limit=1e1', 'limit', 'must be an integer'],
    ['limit=0x10', 'limit', 'must be an integer'],
    ['limit=', 'limit', 'must be an integer'],
    ['limit', 'limit', 'must be an integer'],
    ['limit=null', 'limit', 'must be an integer'],
    ['limit=%00', 'limit', 'must be an integer'],
    ['limit=%E0%A4%A', 'limit', 'must be an integer'],
    ['limit=1&limit=501', 'limit', 'may be given only once'],
    ['before=x', 'before', form],
    ['before=', 'before', form],
    ['before=1710000000000', 'before', form],
    ['before=01-0', 'before', form],
    ['before=-1-0', 'before', form],
    ['before=9999999999999999-0', 'before', form],
    ['before=1-0%00', 'before', form],
  ])('?%s is refused with 400 that names the field', async (query, field, says) => {
    const { portal, chat, ada } = await withMessages(0);
    const answer = await ada.get(`${historyOf(chat)}?${query}`);
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual({
      code: 'ERR_VALIDATION',
      field,
      error: `${field} ${says}`,
      correlation_id: expect.any(String),
    });
    await portal.close();
  });

  test('refuses what it does not know in the query, by its name', async () => {
    const { portal, chat, ada } = await withMessages(1);
    for (const field of ['unknown', '__proto__', 'constructor', 'limit[x]', '%', '', 'Limit'])
      expect(await ada.get(`${historyOf(chat)}?limit=1&${encodeURIComponent(field)}=1`)).toMatchObject({
        status: 400,
        body: { code: 'ERR_VALIDATION', field },
      });
    for (const query of ['', '&&&', 'limit=1&'])
      expect((await ada.get(`${historyOf(chat)}?${query}`)).status).toBe(200);
    await portal.close();
  });
});

test('the epoch begins at 1 and rises by one with each rotation', async () => {
  await using portal = await testPortal();
  const chat = await portal.given.chat();
  await rotate(portal, chat);
  await rotate(portal, chat);
  expect((await findKeyState(portal.database.read, chat.id))?.epoch).toBe(3);
});
