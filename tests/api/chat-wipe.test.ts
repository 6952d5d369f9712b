import { describe, expect, test } from 'bun:test';
import { eq } from 'drizzle-orm';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../src/core/durations.ts';
import { chats } from '../../src/modules/chats/chats/chats.tables.ts';
import { findKeyState } from '../../src/modules/chats/keys/keys.repository.ts';
import { auditLog } from '../../src/modules/people/audit/audit.tables.ts';
import { type TestPortal, testPortal } from '../support/portal.ts';
import { sealed } from '../support/sealed.ts';
import { atRest } from '../support/waiting.ts';

type Chat = { id: number; owner: { token: string } };
const at = (chat: { id: number }, path: string) => `/v1/portal/chats/${chat.id}/${path}`;
const WIPED = 'The chat was wiped';

/** Not on the minute, so that no job of the scheduler happens to look just then. */
const BEGUN_MS = 7 * SECOND_MS;

/** A chat with its owner in it, and a wipe timer. */
async function timed(preset: string | null = '1m') {
  const portal = await testPortal();
  const chat = await portal.given.chat();
  await portal.timers.advance(BEGUN_MS);
  const ada = portal.as(chat.owner);
  await set(portal, chat, preset);
  await speak(portal, chat);
  return { portal, chat, ada };
}

async function set(portal: TestPortal, chat: Chat, wipe_preset: string | null): Promise<void> {
  expect((await portal.as(chat.owner).post(at(chat, 'config/update'), { wipe_preset })).status).toBe(200);
}

/** The owner says something under the chat's present key. */
async function speak(portal: TestPortal, chat: Chat): Promise<string> {
  await portal.given.speaker(chat, chat.owner as Parameters<typeof portal.given.speaker>[1]);
  const { epoch = 1 } = (await findKeyState(portal.database.read, chat.id)) ?? {};
  const answer = await portal.as(chat.owner).post(at(chat, 'messages'), sealed({ epoch }));
  expect(answer.status).toBe(200);
  return answer.body.id;
}

async function lines(portal: TestPortal, chat: Chat): Promise<string[]> {
  const { body } = await portal.as(chat.owner).get(at(chat, 'history?limit=500'));
  return body.map(({ type, content }: { type: string; content: string }) => (type === 'system' ? content : '…'));
}

async function pass(portal: TestPortal, ms: number): Promise<void> {
  await portal.timers.advance(ms);
  await atRest(portal);
}

async function wipeAt(portal: TestPortal, chat: Chat): Promise<number | null | undefined> {
  const [row] = await portal.database.read.select().from(chats).where(eq(chats.id, chat.id));
  return row?.wipeAt;
}

describe('a wipe timer', () => {
  test.each([
    ['1m', MINUTE_MS, 'every minute'],
    ['15m', 15 * MINUTE_MS, 'every 15 minutes'],
    ['1h', HOUR_MS, 'every hour'],
    ['4h', 4 * HOUR_MS, 'every 4 hours'],
    ['24h', 24 * HOUR_MS, 'every 24 hours'],
  ])('of %s wipes to the very moment, and says so', async (preset, period, words) => {
    const { portal, chat } = await timed(preset);
    expect(await lines(portal, chat)).toEqual([`Messages will be wiped ${words}`, '…']);
    portal.timers.jump(period - 20 * SECOND_MS);
    await pass(portal, 20 * SECOND_MS - 1);
    expect(await lines(portal, chat)).toHaveLength(2);
    await pass(portal, 1);
    expect(await lines(portal, chat)).toEqual([WIPED]);
    expect(await wipeAt(portal, chat)).toBe(portal.timers.now() + period);
    expect((await findKeyState(portal.database.read, chat.id))?.epoch).toBe(2);
    await portal.close();
  });

  test('goes on: each period once, on time, also what was said in the last moment', async () => {
    const { portal, chat } = await timed();
    for (let period = 1; period <= 3; period++) {
      await pass(portal, MINUTE_MS - 1);
      await speak(portal, chat);
      expect((await lines(portal, chat)).at(-1)).toBe('…');
      await pass(portal, 1);
      expect(await lines(portal, chat)).toEqual([WIPED]);
      expect((await findKeyState(portal.database.read, chat.id))?.epoch).toBe(1 + period);
    }
    await portal.close();
  });

  test('makes no noise where nobody has said anything since, and begins again with the next word', async () => {
    const { portal, chat, ada } = await timed();
    await pass(portal, MINUTE_MS);
    const [line] = (await ada.get(at(chat, 'history'))).body;
    for (let period = 0; period < 5; period++) await pass(portal, MINUTE_MS);
    expect((await ada.get(at(chat, 'history'))).body).toEqual([line]);
    expect((await findKeyState(portal.database.read, chat.id))?.epoch).toBe(2);
    expect(await wipeAt(portal, chat)).toBe(portal.timers.now() + MINUTE_MS);
    await speak(portal, chat);
    await pass(portal, MINUTE_MS);
    expect((await ada.get(at(chat, 'history'))).body).toMatchObject([{ content: WIPED }]);
    expect((await findKeyState(portal.database.read, chat.id))?.epoch).toBe(3);
    await portal.close();
  });

  test('wipes also who joined, for that was there to be read', async () => {
    const { portal, chat, ada } = await timed();
    await pass(portal, MINUTE_MS);
    const { code } = (await ada.post(at(chat, 'invites'), {})).body;
    await portal.as(await portal.given.person()).post(`/v1/portal/resolve/${code}`);
    expect(await lines(portal, chat)).toHaveLength(2);
    await pass(portal, MINUTE_MS);
    expect(await lines(portal, chat)).toEqual([WIPED]);
    await portal.close();
  });

  test('begins anew when it is set to another time, and not when it is set to the same', async () => {
    const { portal, chat } = await timed('1m');
    await pass(portal, 50 * SECOND_MS);
    await set(portal, chat, '1m');
    expect(await lines(portal, chat)).toEqual(['Messages will be wiped every minute', '…']);
    await set(portal, chat, '15m');
    await pass(portal, 15 * MINUTE_MS - 1);
    expect(await lines(portal, chat)).toEqual([
      'Messages will be wiped every minute',
      '…',
      'Messages will be wiped every 15 minutes',
    ]);
    await set(portal, chat, '1m');
    await pass(portal, MINUTE_MS - 1);
    expect(await lines(portal, chat)).toHaveLength(4);
    await pass(portal, 1);
    expect(await lines(portal, chat)).toEqual([WIPED]);
    await portal.close();
  });

  test('begins anew when somebody clears the chat', async () => {
    const { portal, chat, ada } = await timed();
    await pass(portal, 50 * SECOND_MS);
    await ada.post(at(chat, 'clear'));
    await speak(portal, chat);
    await pass(portal, MINUTE_MS - 1);
    expect(await lines(portal, chat)).toEqual([
      `${(chat.owner as { username: string }).username} cleared the chat`,
      '…',
    ]);
    await pass(portal, 1);
    expect(await lines(portal, chat)).toEqual([WIPED]);
    await portal.close();
  });

  test('that is turned off wipes nothing any more', async () => {
    const { portal, chat } = await timed();
    await pass(portal, 50 * SECOND_MS);
    await set(portal, chat, null);
    await portal.timers.leap(HOUR_MS);
    expect(await lines(portal, chat)).toEqual([
      'Messages will be wiped every minute',
      '…',
      'Messages are kept from now on',
    ]);
    expect(await wipeAt(portal, chat)).toBeNull();
    await portal.close();
  });

  test('of one chat leaves the others alone, and each has its own time', async () => {
    const { portal, chat } = await timed('15m');
    const [other, kept] = [await portal.given.chat(), await portal.given.chat()];
    await pass(portal, MINUTE_MS);
    await set(portal, other, '1m');
    for (const one of [other, kept]) await speak(portal, one);
    await pass(portal, MINUTE_MS);
    expect(await lines(portal, other)).toEqual([WIPED]);
    expect(await lines(portal, chat)).toHaveLength(2);
    await pass(portal, 13 * MINUTE_MS);
    expect(await lines(portal, chat)).toEqual([WIPED]);
    expect(await lines(portal, kept)).toEqual(['…']);
    await portal.close();
  });

  test('of a chat that is deleted troubles nobody', async () => {
    const { portal, chat, ada } = await timed();
    const other = await portal.given.chat();
    await set(portal, other, '1m');
    await speak(portal, other);
    await ada.post(at(chat, 'delete'));
    await pass(portal, MINUTE_MS);
    expect(await lines(portal, other)).toEqual([WIPED]);
    await portal.close();
  });

  test('writes nothing into the audit log but its setting', async () => {
    const { portal, chat } = await timed();
    await pass(portal, MINUTE_MS);
    const log = await portal.database.read
      .select()
      .from(auditLog)
      .where(eq(auditLog.entityId, String(chat.id)));
    const about = log.filter(({ entityType }) => entityType === 'chat');
    expect(about.map(({ eventType }) => eventType)).toEqual(['CHAT_CREATE', 'CHAT_UPDATE']);
    expect(about[1]?.eventMetadata).toMatchObject({ changes: { wipe_preset: '1m' } });
    await portal.close();
  });
});

describe('a wipe happens once', () => {
  test('however many see that it is due', async () => {
    const { portal, chat } = await timed();
    portal.timers.jump(MINUTE_MS);
    const { clearing } = portal.modules;
    await Promise.all(Array.from({ length: 5 }, () => clearing.wipeDue()));
    await pass(portal, 1);
    expect(await lines(portal, chat)).toEqual([WIPED]);
    expect((await findKeyState(portal.database.read, chat.id))?.epoch).toBe(2);
    await portal.close();
  });

  test('and another chat’s failure does not keep it from happening', async () => {
    const { portal, chat } = await timed();
    const other = await portal.given.chat();
    await set(portal, other, '1m');
    await speak(portal, other);
    const { units } = portal.database;
    const run = units.run.bind(units);
    let failures = 0;
    units.run = (name, work) =>
      name === 'wipe chat' && failures++ === 0 ? Promise.reject(new Error('no luck')) : run(name, work);
    await pass(portal, MINUTE_MS);
    expect(await lines(portal, chat)).toHaveLength(2);
    expect(await lines(portal, other)).toEqual([WIPED]);
    await pass(portal, SECOND_MS);
    expect(await lines(portal, chat)).toEqual([WIPED]);
    await portal.close();
  });
});

describe('a restart', () => {
  test('keeps the timer as it was', async () => {
    const { portal: before, chat } = await timed();
    const due = await wipeAt(before, chat);
    await before.close({ keep: true });
    await using after = await testPortal({ dataDir: before.dataDir });
    after.timers.jump((due as number) - after.timers.now() - 5);
    await pass(after, 4);
    expect(await lines(after, chat)).toHaveLength(2);
    await pass(after, 1);
    expect(await lines(after, chat)).toEqual([WIPED]);
  });

  test('makes up for what was missed by one wipe, and goes on in the old rhythm', async () => {
    const { portal: before, chat } = await timed();
    const due = (await wipeAt(before, chat)) as number;
    await before.close({ keep: true });
    await using after = await testPortal({ dataDir: before.dataDir });
    after.timers.jump(due - after.timers.now() + 10 * MINUTE_MS + 3 * SECOND_MS);
    await pass(after, 1);
    expect(await lines(after, chat)).toEqual([WIPED]);
    expect((await findKeyState(after.database.read, chat.id))?.epoch).toBe(2);
    expect(await wipeAt(after, chat)).toBe(due + 11 * MINUTE_MS);
  });

  test('after the time wipes at once, without waiting for anything', async () => {
    const { portal: before, chat } = await timed();
    const overdue = { wipeAt: Date.UTC(2025, 11, 31) };
    await before.database.units.run('overdue', ({ db }) =>
      db.update(chats).set(overdue).where(eq(chats.id, chat.id)).returning(),
    );
    await before.close({ keep: true });
    await using after = await testPortal({ dataDir: before.dataDir });
    await pass(after, 0);
    expect(await lines(after, chat)).toEqual([WIPED]);
    expect(await wipeAt(after, chat)).toBe(Date.UTC(2026, 0, 1) + MINUTE_MS);
  });
});
