import { Database } from 'bun:sqlite';
import { describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { MINUTE_MS, SECOND_MS } from '../../src/core/durations.ts';
import { DATABASE_FILE } from '../../src/db/sqlite/files.ts';
import { findKeyState } from '../../src/modules/chats/keys/keys.repository.ts';
import type { Chat, Person } from '../support/given.ts';
import { fill } from '../support/long-chat.ts';
import { type TestPortal, testPortal } from '../support/portal.ts';
import { sealed } from '../support/sealed.ts';

const at = (chat: { id: number }, path: string) => `/v1/portal/chats/${chat.id}/${path}`;

/** A chat whose history is closed, with so much said by its owner. */
async function closed(count: number, visibility?: 'public' | 'official') {
  const portal = await testPortal();
  const owner = visibility === 'official' ? { owner: await portal.given.owner() } : {};
  const chat = await portal.given.chat(visibility ? { visibility, ...owner } : {});
  await portal.as(chat.owner).post(at(chat, 'config/update'), { history_visible: false });
  await portal.given.speaker(chat, chat.owner);
  for (let said = 0; said < count; said++) await speak(portal, chat);
  return { portal, chat };
}

async function speak(portal: TestPortal, chat: Chat): Promise<string> {
  await portal.given.speaker(chat, chat.owner);
  const { epoch = 1 } = (await findKeyState(portal.database.read, chat.id)) ?? {};
  return (await portal.as(chat.owner).post(at(chat, 'messages'), sealed({ epoch }))).body.id;
}

async function seen(portal: TestPortal, chat: Chat, who: { token: string }, query = 'limit=500') {
  const { status, body } = await portal.as(who).get(at(chat, `history?${query}`));
  expect(status).toBe(200);
  return body as { id: string; prev_id: string | null; type: string; content: string }[];
}

/** Joins by an invite, as people do. */
async function invited(portal: TestPortal, chat: Chat, who?: Person): Promise<Person> {
  const newcomer = who ?? (await portal.given.person());
  const { code } = (await portal.as(chat.owner).post(at(chat, 'invites'), {})).body;
  expect((await portal.as(newcomer).post(`/v1/portal/resolve/${code}`)).body.joined).toBe(true);
  return newcomer;
}

describe('in a chat with a closed history', () => {
  test('a newcomer sees what is said after they joined, from their own arrival on', async () => {
    const { portal, chat } = await closed(3);
    const bob = await invited(portal, chat);
    const id = await speak(portal, chat);
    const found = await seen(portal, chat, bob);
    expect(found.map(({ content, type }) => (type === 'system' ? content : '…'))).toEqual([
      `${bob.username} joined the chat`,
      '…',
    ]);
    expect(found.map(({ prev_id }) => prev_id)).toEqual([null, found[0]?.id as string]);
    expect(found[1]?.id).toBe(id);
    await portal.close();
  });

  test('no page leads further back, whatever id it is asked for', async () => {
    const { portal, chat } = await closed(3);
    const first = (await seen(portal, chat, chat.owner))[0]?.id as string;
    const bob = await invited(portal, chat);
    await speak(portal, chat);
    const [own] = await seen(portal, chat, bob);
    for (const before of [own?.id, first, '1-0', '0-0', '9007199254740-0']) {
      const page = await seen(portal, chat, bob, `limit=500&before=${before}`);
      for (const { id } of page) expect([own?.id, page.at(-1)?.id]).toContain(id);
      if (before !== '9007199254740-0') expect(page).toEqual([]);
    }
    await portal.close();
  });

  test('the owner sees all; in a public one so does staff above the owner', async () => {
    const { portal, chat } = await closed(3);
    expect(await seen(portal, chat, chat.owner)).toHaveLength(3);
    const { portal: other, chat: open } = await closed(3, 'public');
    for (const who of [open.owner, await other.given.moderator(), await other.given.admin()])
      expect(await seen(other, open, who)).toHaveLength(3);
    await portal.close();
    await other.close();
  });

  test('staff who cannot manage it see no more than others who come then', async () => {
    const { portal, chat } = await closed(3);
    const [admin, owner] = [await portal.given.admin(), await portal.given.owner()];
    for (const who of [admin, owner]) expect(await seen(portal, chat, who)).toEqual([]);
    expect(await portal.as(await portal.given.moderator()).get(at(chat, 'history'))).toMatchObject({ status: 404 });
    await invited(portal, chat, admin);
    expect(await seen(portal, chat, admin)).toHaveLength(1);
    const { portal: other, chat: official } = await closed(3, 'official');
    for (const who of [await other.given.moderator(), await other.given.admin()])
      expect(await seen(other, official, who)).toEqual([]);
    await portal.close();
    await other.close();
  });

  test('of a public one somebody who never came in sees nothing', async () => {
    const { portal, chat } = await closed(3, 'public');
    const bob = await portal.given.person();
    expect(await seen(portal, chat, bob)).toEqual([]);
    await portal.as(bob).post('/v1/portal/resolve/slug-1');
    expect(await seen(portal, chat, bob)).toHaveLength(1);
    await portal.close();
  });

  test('a member who has not been in the room sees what came after they were let in', async () => {
    const { portal, chat } = await closed(3);
    const bob = await portal.given.member(chat);
    expect(await seen(portal, chat, bob)).toEqual([]);
    await portal.timers.advance(SECOND_MS);
    await speak(portal, chat);
    expect(await seen(portal, chat, bob)).toHaveLength(1);
    await portal.close();
  });

  test('who was put out and comes again begins again', async () => {
    const { portal, chat } = await closed(1);
    const bob = await invited(portal, chat);
    await speak(portal, chat);
    expect(await seen(portal, chat, bob)).toHaveLength(2);
    await portal.as(chat.owner).post(at(chat, 'kick'), { user_id: bob.id });
    await speak(portal, chat);
    expect((await portal.as(bob).get(at(chat, 'history'))).status).toBe(404);
    await portal.timers.advance(MINUTE_MS);
    await invited(portal, chat, bob);
    expect((await seen(portal, chat, bob)).map(({ type }) => type)).toEqual(['system']);
    await portal.close();
  });

  test('who left and comes again begins again', async () => {
    const { portal, chat } = await closed(1);
    const bob = await invited(portal, chat);
    await portal.as(bob).post(at(chat, 'leave'));
    await speak(portal, chat);
    await portal.timers.advance(MINUTE_MS);
    await invited(portal, chat, bob);
    expect(await seen(portal, chat, bob)).toHaveLength(1);
    await portal.close();
  });

  test('a newcomer gets no key of the time before: it is another epoch, and the old keys are gone', async () => {
    const { portal, chat } = await closed(2);
    const epochOf = async () => (await findKeyState(portal.database.read, chat.id))?.epoch;
    expect(await epochOf()).toBe(1);
    const bob = await invited(portal, chat);
    expect(await epochOf()).toBe(2);
    const { e2ee, holdsKey } = portal.modules;
    expect(await e2ee.keyFor(chat.id, bob.sessionId)).toEqual({ epoch: 2, key: null });
    expect(await holdsKey(portal.database.read, chat.id, 1, chat.owner.sessionId)).toBe(false);
    await portal.close();
  });

  test('clearing is for newcomers and old hands alike', async () => {
    const { portal, chat } = await closed(2);
    const bob = await invited(portal, chat);
    await portal.as(chat.owner).post(at(chat, 'clear'));
    for (const who of [chat.owner, bob]) expect(await seen(portal, chat, who)).toHaveLength(1);
    await portal.close();
  });
});

describe('opening and closing the history', () => {
  test('counts at once, for what was said before as well', async () => {
    const { portal, chat } = await closed(3);
    const bob = await invited(portal, chat);
    const set = (history_visible: boolean) =>
      portal.as(chat.owner).post(at(chat, 'config/update'), { history_visible });
    expect(await seen(portal, chat, bob)).toHaveLength(1);
    await set(true);
    expect(await seen(portal, chat, bob)).toHaveLength(4);
    await set(false);
    expect(await seen(portal, chat, bob)).toHaveLength(1);
    await portal.close();
  });
});

describe('a page out of 200,000 messages', () => {
  test('is found without looking at the others, by the index alone', async () => {
    await using portal = await testPortal();
    const chat = await portal.given.chat();
    await fill(portal, chat, { by: chat.owner, count: 200_000 });
    await portal.as(chat.owner).post(at(chat, 'config/update'), { history_visible: false });
    const bob = await invited(portal, chat);
    for (const [who, length] of [
      [chat.owner, 500],
      [bob, 1],
    ] as const)
      expect(await seen(portal, chat, who)).toHaveLength(length);

    using connection = new Database(join(portal.dataDir, DATABASE_FILE), { readonly: true });
    for (const order of ['ms desc, seq desc', 'ms, seq']) {
      const plan = connection
        .prepare(
          `explain query plan select * from messages where chat_id = ? and (ms, seq) < (?, ?) and (ms, seq) > (?, ?) order by ${order} limit ?`,
        )
        .all() as { detail: string }[];
      expect(plan.map(({ detail }) => detail)).toEqual([
        'SEARCH messages USING INDEX messages_id (chat_id=? AND (ms,seq)>(?,?) AND (ms,seq)<(?,?))',
      ]);
    }
  });
});
