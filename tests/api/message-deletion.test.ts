import { describe, expect, test } from 'bun:test';
import { eq } from 'drizzle-orm';
import { chats } from '../../src/modules/chats/chats/chats.tables.ts';
import { messages } from '../../src/modules/chats/messages/messages.tables.ts';
import { auditLog } from '../../src/modules/people/audit/audit.tables.ts';
import { fill, turnsOfOthers } from '../support/long-chat.ts';
import { testPortal } from '../support/portal.ts';
import { sealed } from '../support/sealed.ts';

type Chat = { id: number };
const at = (chat: Chat, path: string) => `/v1/portal/chats/${chat.id}/${path}`;
const NOT_FOUND = { status: 404, body: { code: 'ERR_NOT_FOUND', error: 'No such chat' } };
const FORBIDDEN = { status: 403, body: { code: 'ERR_FORBIDDEN' } };
const ACCOUNT_REQUIRED = { status: 403, body: { code: 'ERR_ACCOUNT_REQUIRED' } };

/** A chat in which its owner and a member have said three things each, by turns. */
async function talk(visibility?: 'public' | 'official') {
  const portal = await testPortal();
  const chat = await portal.given.chat(visibility ? { visibility } : {});
  const bob = await portal.given.member(chat);
  await portal.given.speaker(chat, chat.owner);
  await portal.given.speaker(chat, bob);
  const [ada, bobs] = [portal.as(chat.owner), portal.as(bob)];
  const ids: string[] = [];
  for (let turn = 0; turn < 6; turn++)
    ids.push((await (turn % 2 ? bobs : ada).post(at(chat, 'messages'), sealed())).body.id);
  const history = async (): Promise<{ id: string; prev_id: string | null }[]> =>
    (await ada.get(at(chat, 'history?limit=500'))).body;
  const here = async () => (await history()).map(({ id }) => id);
  return { portal, chat, bob, ada, bobs, ids, history, here };
}

const REMOVALS = [
  ['messages/delete', { ids: ['1-0'] }],
  ['messages/delete-last', { count: 1 }],
] as const;

describe('deleting by ids', () => {
  test('takes away those that are there, and gives their number', async () => {
    const { portal, chat, ada, ids, here, history } = await talk();
    const [first, second, third, ...rest] = ids as [string, string, string, ...string[]];
    const body = { ids: [second, third, third, '1-0', '9007199254740-5'] };
    expect(await ada.post(at(chat, 'messages/delete'), body)).toMatchObject({ status: 200, body: { deleted: 2 } });
    expect(await here()).toEqual([first, ...rest]);
    expect((await history())[1]).toMatchObject({ prev_id: first });
    expect((await ada.post(at(chat, 'messages/delete'), body)).body).toEqual({ deleted: 0 });
    await portal.close();
  });

  test('reaches no message of another chat', async () => {
    const { portal, chat, ada, ids, here } = await talk();
    const other = await portal.given.chat();
    const answer = await portal.as(other.owner).post(at(other, 'messages/delete'), { ids });
    expect(answer.body).toEqual({ deleted: 0 });
    expect(await here()).toEqual(ids);
    expect((await ada.post(at(chat, 'messages/delete'), { ids })).body).toEqual({ deleted: 6 });
    expect(await here()).toEqual([]);
    await portal.close();
  });

  test('of what the server itself said works too', async () => {
    const { portal, chat, ada, history } = await talk();
    await ada.post(at(chat, 'config/update'), { wipe_preset: '1h' });
    const line = (await history()).at(-1) as { id: string };
    expect((await ada.post(at(chat, 'messages/delete'), { ids: [line.id] })).body).toEqual({ deleted: 1 });
    expect(await history()).toHaveLength(6);
    await portal.close();
  });

  test.each([
    [{}, 'ids', 'is required'],
    [{ ids: null }, 'ids', 'must be an array'],
    [{ ids: '1-0' }, 'ids', 'must be an array'],
    [{ ids: [] }, 'ids', 'must have at least 1 entry'],
    [{ ids: Array(101).fill('1-0') }, 'ids', 'must have at most 100 entries'],
    [{ ids: ['1-0', 5] }, 'ids[1]', 'must be a string'],
    [{ ids: ['x'] }, 'ids[0]', 'must be a message id such as 1710000000000-0'],
    [{ ids: ['1-0\n'] }, 'ids[0]', 'must be a message id such as 1710000000000-0'],
  ])('%j is refused with 400 that names the field', async (body, field, says) => {
    const { portal, chat, ada, ids, here } = await talk();
    const answer = await ada.post(at(chat, 'messages/delete'), body);
    expect(answer).toMatchObject({ status: 400, body: { code: 'ERR_VALIDATION', field, error: `${field} ${says}` } });
    expect(await here()).toEqual(ids);
    await portal.close();
  });
});

describe('deleting the last ones', () => {
  test('takes so many from the end, and no more than there are', async () => {
    const { portal, chat, ada, ids, here } = await talk();
    expect((await ada.post(at(chat, 'messages/delete-last'), { count: 2 })).body).toEqual({ deleted: 2 });
    expect(await here()).toEqual(ids.slice(0, 4));
    expect((await ada.post(at(chat, 'messages/delete-last'), { count: 100 })).body).toEqual({ deleted: 4 });
    expect((await ada.post(at(chat, 'messages/delete-last'), { count: 1 })).body).toEqual({ deleted: 0 });
    await portal.close();
  });

  test.each([
    [{}, 'is required'],
    [{ count: null }, 'must be an integer'],
    [{ count: '5' }, 'must be an integer'],
    [{ count: 0 }, 'must be at least 1'],
    [{ count: 101 }, 'must be at most 100'],
    [{ count: 1.5 }, 'must be an integer'],
  ])('%j is refused with 400', async (body, says) => {
    const { portal, chat, ada, ids, here } = await talk();
    const answer = await ada.post(at(chat, 'messages/delete-last'), body);
    expect(answer).toMatchObject({ status: 400, body: { field: 'count', error: `count ${says}` } });
    expect(await here()).toEqual(ids);
    await portal.close();
  });
});

describe('whoever deletes what others said', () => {
  test.each(REMOVALS)('%s: in a private chat is its owner, or an Admin or above', async (path, body) => {
    const { portal, chat, bobs, ids, here } = await talk();
    expect(await bobs.post(at(chat, path), body)).toMatchObject(FORBIDDEN);
    for (const who of [await portal.given.person(), await portal.given.moderator()])
      expect(await portal.as(who).post(at(chat, path), body)).toMatchObject(NOT_FOUND);
    expect(await here()).toEqual(ids);
    for (const who of [chat.owner, await portal.given.admin(), await portal.given.owner()])
      expect((await portal.as(who).post(at(chat, path), body)).status).toBe(200);
    await portal.close();
  });

  test.each(REMOVALS)('%s: in a public chat is its owner, or staff above them', async (path, body) => {
    const { portal, chat, bobs, ids, here } = await talk('public');
    expect(await bobs.post(at(chat, path), body)).toMatchObject(FORBIDDEN);
    expect(await portal.as(await portal.given.person()).post(at(chat, path), body)).toMatchObject(FORBIDDEN);
    const banned = await portal.given.moderator();
    await portal.given.chatBan(chat, banned);
    expect(await portal.as(banned).post(at(chat, path), body)).toMatchObject({ body: { code: 'ERR_CHAT_BANNED' } });
    expect(await here()).toEqual(ids);
    expect((await portal.as(await portal.given.moderator()).post(at(chat, path), body)).status).toBe(200);
    await portal.close();
  });

  test.each(REMOVALS)('%s: in a public chat of an Admin is no Moderator and no other Admin', async (path, body) => {
    await using portal = await testPortal();
    const chat = await portal.given.chat({ owner: await portal.given.admin(), visibility: 'public' });
    for (const who of [await portal.given.moderator(), await portal.given.admin()])
      expect(await portal.as(who).post(at(chat, path), body)).toMatchObject(FORBIDDEN);
    expect((await portal.as(await portal.given.owner()).post(at(chat, path), body)).status).toBe(200);
  });

  test('leaves a note in the audit log, and none when there was nothing to delete', async () => {
    const { portal, chat, ada, bobs } = await talk();
    await ada.post(at(chat, 'messages/delete'), { ids: ['1-0'] });
    await bobs.post(at(chat, 'messages/delete-mine'));
    await ada.post(at(chat, 'messages/delete-last'), { count: 2 });
    const log = await portal.database.read.select().from(auditLog).where(eq(auditLog.eventType, 'CHAT_CLEAR'));
    expect(log).toMatchObject([
      { actorId: chat.owner.id, entityId: String(chat.id), eventMetadata: { name: chat.name, deleted: 2 } },
    ]);
    await portal.close();
  });
});

describe('deleting one’s own', () => {
  test('takes all that the caller said in this chat, and nothing of others', async () => {
    const { portal, chat, bob, bobs, ids, here } = await talk();
    const other = await portal.given.chat();
    await portal.given.member(other, bob);
    await portal.given.speaker(other, bob);
    await bobs.post(at(other, 'messages'), sealed());
    expect(await bobs.post(at(chat, 'messages/delete-mine'))).toMatchObject({ status: 200, body: { deleted: 3 } });
    expect(await here()).toEqual(ids.filter((_, index) => index % 2 === 0));
    expect((await bobs.get(at(other, 'history'))).body).toHaveLength(1);
    expect((await bobs.post(at(chat, 'messages/delete-mine'))).body).toEqual({ deleted: 0 });
    await portal.close();
  });

  test('is for who may enter the chat', async () => {
    const { portal, chat, bob, ids, here } = await talk();
    const path = at(chat, 'messages/delete-mine');
    expect(await portal.as(await portal.given.person()).post(path)).toMatchObject(NOT_FOUND);
    expect(await portal.as(await portal.given.stranger()).post(path)).toMatchObject(ACCOUNT_REQUIRED);
    expect(await portal.nobody.post(path)).toMatchObject({ status: 401 });
    await portal.given.chatBan(chat, bob);
    expect(await portal.as(bob).post(path)).toMatchObject(NOT_FOUND);
    const open = await portal.given.chat({ visibility: 'public' });
    await portal.given.chatBan(open, bob);
    expect(await portal.as(bob).post(at(open, 'messages/delete-mine'))).toMatchObject({
      status: 403,
      body: { code: 'ERR_CHAT_BANNED' },
    });
    expect(await here()).toEqual(ids);
    await portal.close();
  });

  test('works for an Admin who has spoken in a private chat', async () => {
    const { portal, chat, ids, here } = await talk();
    const admin = await portal.given.admin();
    await portal.given.speaker(chat, admin);
    await portal.as(admin).post(at(chat, 'messages'), sealed());
    expect((await portal.as(admin).post(at(chat, 'messages/delete-mine'))).body).toEqual({ deleted: 1 });
    expect(await here()).toEqual(ids);
    await portal.close();
  });

  test('of 20,000 messages holds nobody up, and leaves nothing', async () => {
    await using portal = await testPortal({ realTime: true });
    const chat = await portal.given.chat();
    const bob = await portal.given.member(chat);
    await fill(portal, chat, { by: bob, count: 20_000 });
    let answer: unknown;
    const turns = await turnsOfOthers(portal, async () => {
      answer = (await portal.as(bob).post(at(chat, 'messages/delete-mine'))).body;
    });
    expect(answer).toEqual({ deleted: 20_000 });
    expect(await portal.database.read.select().from(messages)).toEqual([]);
    // It goes in steps of 500.
    expect(turns).toBeGreaterThan(30);
  });
});

describe('the message that comes after a deletion names one that is there', () => {
  const byPath: [string, object, number][] = [
    ['messages/delete-last', { count: 2 }, 3],
    ['messages/delete-mine', {}, 4],
    ['messages/delete-last', { count: 100 }, -1],
  ];
  test.each(byPath)('%s %j', async (path, body, expected) => {
    const { portal, chat, ada, bobs, ids, history } = await talk();
    await (path.endsWith('mine') ? bobs : ada).post(at(chat, path), body);
    const { id } = (await ada.post(at(chat, 'messages'), sealed())).body;
    const [row] = await portal.database.read.select().from(chats).where(eq(chats.id, chat.id));
    expect(`${row?.prevMs}-${row?.prevSeq}`).toBe(ids[expected] ?? '0-0');
    expect((await history()).at(-1)).toMatchObject({ id, prev_id: ids[expected] ?? null });
    await portal.close();
  });

  test('also when the author of the last one is deleted', async () => {
    const { portal, chat, bob, ada, ids, history } = await talk();
    const owner = await portal.given.owner();
    expect((await portal.as(owner).post(`/v1/admin/users/${bob.id}/delete`)).status).toBe(200);
    await portal.modules.accountDeletion.clearDeleted();
    const [row] = await portal.database.read.select().from(chats).where(eq(chats.id, chat.id));
    expect(`${row?.tailMs}-${row?.tailSeq}`).toBe(ids[4] as string);
    await portal.given.speaker(chat, chat.owner);
    const { id } = (await ada.post(at(chat, 'messages'), sealed({ epoch: 2 }))).body;
    expect((await history()).at(-1)).toMatchObject({ id, prev_id: ids[4] });
    await portal.close();
  });
});

test('the note of who deleted is for Moderators to read', async () => {
  const { portal, chat, ada } = await talk('public');
  await ada.post(at(chat, 'messages/delete-last'), { count: 1 });
  const moderator = await portal.given.moderator();
  const { body } = await portal.as(moderator).get('/v1/admin/audit/logs?event_type=CHAT_CLEAR');
  expect(body.items).toMatchObject([{ entity_id: String(chat.id), event_metadata: { deleted: 1 } }]);
  await portal.close();
});
