import { describe, expect, test } from 'bun:test';
import { eq } from 'drizzle-orm';
import { DATABASE_FILE } from '../../src/db/sqlite/files.ts';
import { chats } from '../../src/modules/chats/chats/chats.tables.ts';
import { messages } from '../../src/modules/chats/messages/messages.tables.ts';
import { auditLog } from '../../src/modules/people/audit/audit.tables.ts';
import { fill, turnsOfOthers } from '../support/long-chat.ts';
import { type TestPortal, testPortal } from '../support/portal.ts';
import { sealed } from '../support/sealed.ts';
import { eventually } from '../support/waiting.ts';

type Chat = { id: number };
const at = (chat: Chat, path: string) => `/v1/portal/chats/${chat.id}/${path}`;
const FORBIDDEN = { status: 403, body: { code: 'ERR_FORBIDDEN' } };
const ACCOUNT_REQUIRED = { status: 403, body: { code: 'ERR_ACCOUNT_REQUIRED' } };

/** A chat with its owner in the room, who has sent `count` messages. */
async function monologue(count: number, visibility?: 'public' | 'official') {
  const portal = await testPortal();
  const chat = await portal.given.chat(visibility ? { visibility } : {});
  await portal.given.speaker(chat, chat.owner);
  const ada = portal.as(chat.owner);
  for (let said = 0; said < count; said++) await ada.post(at(chat, 'messages'), sealed());
  return { portal, chat, ada };
}

async function lines(portal: TestPortal, chat: Chat & { owner: { token: string } }) {
  const { body } = await portal.as(chat.owner).get(at(chat, 'history?limit=500'));
  return body.map(({ type, content }: { type: string; content: string }) => (type === 'system' ? content : '…'));
}

const rowsOf = (portal: TestPortal, chat: Chat) =>
  portal.database.read.select().from(messages).where(eq(messages.chatId, chat.id));

describe('clearing', () => {
  test('takes all there was, gives its number, leaves a line and changes the key', async () => {
    const { portal, chat, ada } = await monologue(3);
    const answer = await ada.post(at(chat, 'clear'));
    expect(answer).toMatchObject({ status: 200, body: { ok: true, cleared: 3 } });
    const { body } = await ada.get(at(chat, 'history'));
    expect(body).toMatchObject([
      { type: 'system', content: `${chat.owner.username} cleared the chat`, sender: null, prev_id: null },
    ]);
    expect((await portal.modules.e2ee.keyFor(chat.id, chat.owner.sessionId)).epoch).toBe(2);
    expect(await portal.modules.holdsKey(portal.database.read, chat.id, 1, chat.owner.sessionId)).toBe(false);
    expect(await ada.post(at(chat, 'messages'), sealed())).toMatchObject({
      status: 403,
      body: { code: 'ERR_EPOCH_MISMATCH', epoch: 2 },
    });
    await portal.close();
  });

  test('counts the lines of the server, and once only what an earlier clearing took', async () => {
    const { portal, chat, ada } = await monologue(2);
    const cleared = async () => (await ada.post(at(chat, 'clear'))).body.cleared;
    expect([await cleared(), await cleared(), await cleared()]).toEqual([2, 1, 1]);
    const both = await Promise.all([cleared(), cleared()]);
    expect(both).toEqual([1, 1]);
    await portal.close();
  });

  test('of a chat in which nothing was ever said gives 0', async () => {
    const { portal, chat, ada } = await monologue(0);
    expect((await ada.post(at(chat, 'clear'))).body).toEqual({ ok: true, cleared: 0 });
    expect((await ada.get(at(chat, 'history'))).body).toHaveLength(1);
    await portal.close();
  });

  test('leaves what is said after it, with ids that go on and a beginning of its own', async () => {
    const { portal, chat, ada } = await monologue(3);
    await ada.post(at(chat, 'clear'));
    await portal.given.speaker(chat, chat.owner);
    const { id } = (await ada.post(at(chat, 'messages'), sealed({ epoch: 2 }))).body;
    const { body } = await ada.get(at(chat, 'history'));
    expect(body.map((one: { id: string }) => one.id)).toEqual(['1767225600000-3', '1767225600000-4']);
    expect(body[1]).toMatchObject({ id, prev_id: '1767225600000-3' });
    expect((await ada.get(at(chat, 'history?before=1767225600000-3'))).body).toEqual([]);
    await portal.close();
  });

  test('takes the messages from the disk as well, soon', async () => {
    const { portal, chat, ada } = await monologue(5);
    await ada.post(at(chat, 'clear'));
    await eventually(async () => (await rowsOf(portal, chat)).length === 1);
    const [row] = await portal.database.read.select().from(chats).where(eq(chats.id, chat.id));
    expect(row?.isClearing).toBe(false);
    await portal.close();
  });

  test('reaches nothing that a moderator could still delete', async () => {
    const { portal, chat, ada } = await monologue(0);
    const last = await fill(portal, chat, { by: chat.owner, count: 20 });
    // What is cleared stays on the disk for now.
    portal.modules.clearing.purgeCleared = async () => {};
    await portal.database.units.run('cut', ({ db }) =>
      db
        .update(chats)
        .set({ clearedMs: Number(last.split('-')[0]), clearedSeq: 0, tailMs: 0, tailSeq: 0 })
        .where(eq(chats.id, chat.id))
        .returning(),
    );
    expect((await ada.get(at(chat, 'history'))).body).toEqual([]);
    expect((await ada.post(at(chat, 'messages/delete'), { ids: [last] })).body).toEqual({ deleted: 0 });
    expect((await ada.post(at(chat, 'messages/delete-last'), { count: 5 })).body).toEqual({ deleted: 0 });
    expect((await ada.post(at(chat, 'messages/delete-mine'))).body).toEqual({ deleted: 0 });
    expect((await ada.post(at(chat, 'clear'))).body).toEqual({ ok: true, cleared: 0 });
    await portal.close();
  });

  test('is on record, by whom', async () => {
    const { portal, chat } = await monologue(1);
    const admin = await portal.given.admin();
    await portal.as(admin).post(at(chat, 'clear'));
    const log = await portal.database.read.select().from(auditLog).where(eq(auditLog.eventType, 'CHAT_CLEAR'));
    expect(log).toMatchObject([
      { actorId: admin.id, entityType: 'chat', entityId: String(chat.id), eventMetadata: { name: chat.name } },
    ]);
    await portal.close();
  });

  test('in a private chat is for its owner, and for Admins and above', async () => {
    const { portal, chat } = await monologue(1);
    const path = at(chat, 'clear');
    expect(await portal.as(await portal.given.member(chat)).post(path)).toMatchObject(FORBIDDEN);
    for (const who of [await portal.given.person(), await portal.given.moderator()])
      expect(await portal.as(who).post(path)).toMatchObject({ status: 404, body: { error: 'No such chat' } });
    expect(await portal.as(await portal.given.stranger()).post(path)).toMatchObject(ACCOUNT_REQUIRED);
    expect((await portal.nobody.post(path)).status).toBe(401);
    expect(await lines(portal, chat)).toEqual(['…']);
    for (const who of [chat.owner, await portal.given.admin(), await portal.given.owner()])
      expect((await portal.as(who).post(path)).status).toBe(200);
    await portal.close();
  });

  test.each(['public', 'official'] as const)('in a %s chat is not for Moderators either', async (visibility) => {
    const { portal, chat } = await monologue(1, visibility);
    const path = at(chat, 'clear');
    for (const who of [await portal.given.person(), await portal.given.moderator()])
      expect(await portal.as(who).post(path)).toMatchObject(FORBIDDEN);
    const banned = await portal.given.person();
    await portal.given.chatBan(chat, banned);
    expect(await portal.as(banned).post(path)).toMatchObject({ status: 403, body: { code: 'ERR_CHAT_BANNED' } });
    expect(await lines(portal, chat)).toEqual(['…']);
    expect((await portal.as(await portal.given.admin()).post(path)).status).toBe(200);
    await portal.close();
  });

  test.each(['public', 'official'] as const)(
    'in a %s chat is for no Admin whom the owner equals',
    async (visibility) => {
      await using portal = await testPortal();
      for (const owner of [await portal.given.owner(), await portal.given.admin()]) {
        const chat = await portal.given.chat({ owner, visibility });
        expect(await portal.as(await portal.given.admin()).post(at(chat, 'clear'))).toMatchObject(FORBIDDEN);
        expect((await portal.as(await portal.given.owner()).post(at(chat, 'clear'))).status).toBe(200);
      }
    },
  );
});

describe('a chat of 200,000 messages', () => {
  test('is empty at once, is counted to the last, and holds nobody up', async () => {
    await using portal = await testPortal({ realTime: true });
    const chat = await portal.given.chat();
    const ada = portal.as(chat.owner);
    await fill(portal, chat, { by: chat.owner, count: 200_000 });
    let cleared: unknown;
    const turns = await turnsOfOthers(portal, async () => {
      cleared = (await ada.post(at(chat, 'clear'))).body;
      expect((await ada.get(at(chat, 'history?limit=500'))).body).toHaveLength(1);
      // Cleared again before it is gone from the disk: of the first 200,000 nothing is counted twice.
      expect((await ada.post(at(chat, 'clear'))).body).toEqual({ ok: true, cleared: 1 });
      await portal.modules.clearing.purgeCleared();
    });
    expect(cleared).toEqual({ ok: true, cleared: 200_000 });
    // It goes in steps of 1,000.
    expect(turns).toBeGreaterThan(150);
    expect(await rowsOf(portal, chat)).toHaveLength(1);
  }, 120_000);

  test('that was being cleared when the program ended is cleared after the next start', async () => {
    const before = await testPortal();
    const chat = await before.given.chat();
    await fill(before, chat, { by: chat.owner, count: 5000 });
    const { units } = before.database;
    const run = units.run.bind(units);
    units.run = (name, work) => (name === 'purge cleared' ? Promise.reject(new Error('killed')) : run(name, work));
    expect((await before.as(chat.owner).post(at(chat, 'clear'))).body.cleared).toBe(5000);
    await before.close({ keep: true });

    await using after = await testPortal({ dataDir: before.dataDir });
    expect(await rowsOf(after, chat)).toHaveLength(5001);
    expect((await after.as(chat.owner).get(at(chat, 'history?limit=500'))).body).toHaveLength(1);
    await after.timers.advance(10_000);
    await eventually(async () => (await rowsOf(after, chat)).length === 1);
  });
});

test('what is wiped is overwritten in the file, not only forgotten', async () => {
  const portal = await testPortal();
  const chat = await portal.given.chat();
  await fill(portal, chat, { by: chat.owner, count: 3000 });
  await portal.as(chat.owner).post(at(chat, 'clear'));
  await portal.modules.clearing.purgeCleared();
  await portal.close({ keep: true });
  const bytes = Buffer.from(await Bun.file(`${portal.dataDir}/${DATABASE_FILE}`).arrayBuffer());
  const sealedText = sealed().content;
  const pages = new Set<number>();
  for (let place = bytes.indexOf(sealedText); place >= 0; place = bytes.indexOf(sealedText, place + 1))
    pages.add(Math.floor(place / 4096));
  // SQLite overwrites a page when it is freed; the table's first one is in use for ever. Without that it would be a hundred.
  expect(pages.size).toBeLessThan(2);
  expect(bytes.length / 4096).toBeGreaterThan(100);
  await (await testPortal({ dataDir: portal.dataDir })).close();
});
