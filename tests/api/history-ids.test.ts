import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { NO_CHAT, pathOf } from '../support/chat-moderation.ts';
import type { Chat, Person } from '../support/given.ts';
import { fill } from '../support/long-chat.ts';
import { type TestPortal, testPortal } from '../support/portal.ts';
import { sealed } from '../support/sealed.ts';

let portal: TestPortal;
beforeAll(async () => {
  portal = await testPortal();
});
afterAll(() => portal.close());

async function idsOf(chat: { id: number }, who: { token: string }, query = ''): Promise<string[]> {
  const { status, body } = await portal.as(who).get(pathOf(chat, `/history/ids${query}`));
  expect({ query, status }).toEqual({ query, status: 200 });
  return body.ids;
}

/** Says things, three within a millisecond. */
async function say(chat: Chat, who: Person, count: number): Promise<string[]> {
  await portal.given.speaker(chat, who);
  const ids: string[] = [];
  for (let sent = 0; sent < count; sent++) {
    ids.push((await portal.as(who).post(pathOf(chat, '/messages'), sealed())).body.id);
    if (sent % 3 === 2) await portal.timers.advance(1);
  }
  return ids;
}

describe('the ids of the history', () => {
  test('are those of a range, both ends included, oldest first', async () => {
    const chat = await portal.given.chat();
    const ids = await say(chat, chat.owner, 7);
    expect(await idsOf(chat, chat.owner)).toEqual(ids);
    for (let from = 0; from < ids.length; from++) {
      expect(await idsOf(chat, chat.owner, `?from=${ids[from]}`)).toEqual(ids.slice(from));
      expect(await idsOf(chat, chat.owner, `?to=${ids[from]}`)).toEqual(ids.slice(0, from + 1));
      for (let to = from; to < ids.length; to++)
        expect(await idsOf(chat, chat.owner, `?from=${ids[from]}&to=${ids[to]}`)).toEqual(ids.slice(from, to + 1));
    }
    expect(await idsOf(chat, chat.owner, `?from=${ids[3]}&to=${ids[1]}`)).toEqual([]);
    expect(await idsOf(chat, chat.owner, '?from=0-0&to=999999999999999-9999999999')).toEqual(ids);
    expect(await idsOf(chat, chat.owner, '?from=999999999999999-9999999999')).toEqual([]);
  });

  test('lack what was deleted, also where the range begins or ends with it, and what was cleared', async () => {
    const chat = await portal.given.chat();
    const [first, second, third, fourth] = (await say(chat, chat.owner, 4)) as [string, string, string, string];
    await portal.as(chat.owner).post(pathOf(chat, '/messages/delete'), { ids: [first, third] });
    expect(await idsOf(chat, chat.owner, `?from=${first}&to=${third}`)).toEqual([second]);
    expect(await idsOf(chat, chat.owner, `?from=${third}`)).toEqual([fourth]);
    await portal.as(chat.owner).post(pathOf(chat, '/clear'));
    const history = (await portal.as(chat.owner).get(pathOf(chat, '/history'))).body;
    expect(await idsOf(chat, chat.owner)).toEqual(history.map(({ id }: { id: string }) => id));
    expect(await idsOf(chat, chat.owner)).not.toContain(fourth);
  });

  test('lack what somebody wrote whose account is deleted, as the history does', async () => {
    const chat = await portal.given.chat();
    const eve = await portal.given.member(chat);
    const before = await say(chat, chat.owner, 2);
    const theirs = await say(chat, eve, 2);
    expect(await idsOf(chat, chat.owner)).toEqual(expect.arrayContaining([...before, ...theirs]));
    await portal.as(await portal.given.owner()).post(`/v1/admin/users/${eve.id}/delete`);
    const left = await idsOf(chat, chat.owner);
    expect(left.filter((id) => theirs.includes(id))).toEqual([]);
    const history = (await portal.as(chat.owner).get(pathOf(chat, '/history'))).body;
    expect(left).toEqual(history.map(({ id }: { id: string }) => id));
  });

  test('are 5,000 at most, and continue from the last one', async () => {
    const chat = await portal.given.chat();
    const last = await fill(portal, chat, { by: chat.owner, count: 5001 });
    const first = await idsOf(chat, chat.owner);
    expect(first).toHaveLength(5000);
    expect(new Set(first).size).toBe(5000);
    expect(await idsOf(chat, chat.owner, `?from=${first.at(-1)}`)).toEqual([first.at(-1) as string, last]);
  });

  test('lack what was said before one joined, where the history is closed', async () => {
    const chat = await portal.given.chat();
    const old = await say(chat, chat.owner, 2);
    await portal.as(chat.owner).post(pathOf(chat, '/config/update'), { history_visible: false });
    const { code } = (await portal.as(chat.owner).post(pathOf(chat, '/invites'), {})).body;
    const bob = await portal.given.person();
    await portal.as(bob).post(`/v1/portal/resolve/${code}`);
    const seen = (await portal.as(bob).get(pathOf(chat, '/history'))).body.map(({ id }: { id: string }) => id);
    expect(await idsOf(chat, bob, '?from=0-0')).toEqual(seen);
    expect(await idsOf(chat, bob, `?from=${old[0]}&to=${old[1]}`)).toEqual([]);
    expect(await idsOf(chat, chat.owner)).toEqual(expect.arrayContaining(old));
  });
});

test('whoever may not read the history does not learn the ids either', async () => {
  const { given } = portal;
  const chat = await given.chat();
  const ids = (who: { token: string }, of: { id: number }) => portal.as(who).get(pathOf(of, '/history/ids'));
  for (const who of [await given.person(), await given.moderator()])
    expect(await ids(who, chat)).toMatchObject(NO_CHAT);
  for (const who of [await given.member(chat), await given.admin(), await given.owner()])
    expect((await ids(who, chat)).status).toBe(200);
  const open = await given.chat({ visibility: 'public' });
  const eve = await given.person();
  expect((await ids(eve, open)).status).toBe(200);
  await given.chatBan(open, eve);
  expect(await ids(eve, open)).toMatchObject({ status: 403, body: { code: 'ERR_CHAT_BANNED' } });
  expect(await ids(await given.stranger(), open)).toMatchObject({
    status: 403,
    body: { code: 'ERR_ACCOUNT_REQUIRED' },
  });
});

test('the two of a direct chat have its ids, an account or not; nobody else has', async () => {
  const [one, stranger] = [await portal.given.person(), await portal.given.stranger()];
  const direct = await portal.given.direct(one, stranger);
  const ids = await idsOf(direct, one);
  expect(ids).toHaveLength(1);
  expect(await idsOf(direct, stranger)).toEqual(ids);
  for (const other of [await portal.given.stranger(), await portal.given.owner()])
    expect(await portal.as(other).get(pathOf(direct, '/history/ids'))).toMatchObject(NO_CHAT);
});

test.each(['from=1', 'from=x-1', 'to=1-', 'to=-1-0', 'from=1-0&to=', 'after=1-0'])(
  'a range is not given by %s',
  async (query) => {
    const chat = await portal.given.chat();
    expect(await portal.as(chat.owner).get(pathOf(chat, `/history/ids?${query}`))).toMatchObject({
      status: 400,
      body: { code: 'ERR_VALIDATION', field: expect.stringMatching(/^(from|to|after)$/) },
    });
  },
);
