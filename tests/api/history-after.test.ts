import { describe, expect, test } from 'bun:test';
import { SECOND_MS } from '../../src/core/durations.ts';
import type { Chat } from '../support/given.ts';
import { fill } from '../support/long-chat.ts';
import { type TestPortal, testPortal } from '../support/portal.ts';
import { sealed } from '../support/sealed.ts';

const at = (chat: { id: number }, path: string) => `/v1/portal/chats/${chat.id}/${path}`;

type Entry = { id: string; prev_id: string | null; type: string };

const idsOf = (page: Entry[]) => page.map(({ id }) => id);

async function page(portal: TestPortal, chat: Chat, query: string, who: { token: string } = chat.owner) {
  const { status, body } = await portal.as(who).get(at(chat, `history?${query}`));
  expect({ query, status }).toEqual({ query, status: 200 });
  return body as Entry[];
}

/** A chat in which its owner has said `count` things, in bursts of three within a millisecond. */
async function talked(count: number) {
  const portal = await testPortal({ env: { PORTAL_LIMITS: 'off' } });
  const chat = await portal.given.chat();
  await portal.given.speaker(chat, chat.owner);
  const ids: string[] = [];
  for (let sent = 0; sent < count; sent++) {
    ids.push(await speak(portal, chat));
    if (sent % 3 === 2) await portal.timers.advance(1);
  }
  return { portal, chat, ids };
}

async function speak(portal: TestPortal, chat: Chat): Promise<string> {
  return (await portal.as(chat.owner).post(at(chat, 'messages'), sealed())).body.id;
}

describe('the history after a message', () => {
  test('begins with the next one, oldest first, and names its predecessor', async () => {
    const { portal, chat, ids } = await talked(7);
    for (const [index, after] of ids.entries()) {
      const found = await page(portal, chat, `after=${after}&limit=2`);
      expect(idsOf(found)).toEqual(ids.slice(index + 1, index + 3));
      expect(found.map(({ prev_id }) => prev_id)).toEqual(ids.slice(index, index + found.length));
    }
    await portal.close();
  });

  test('is empty after the newest one, after ids of the future, and in an empty chat', async () => {
    const { portal, chat, ids } = await talked(4);
    for (const after of [ids.at(-1), '9007199254740-0', '999999999999999-9999999999'])
      expect(await page(portal, chat, `after=${after}`)).toEqual([]);
    expect(await page(portal, await portal.given.chat(), 'after=0-0')).toEqual([]);
    await portal.close();
  });

  test('begins with the oldest that is kept when the id is older', async () => {
    const { portal, chat, ids } = await talked(4);
    for (const after of ['0-0', '1-0', '1710000000000-9999999999']) {
      const found = await page(portal, chat, `after=${after}&limit=3`);
      expect([idsOf(found), found[0]?.prev_id]).toEqual([ids.slice(0, 3), null]);
    }
    await portal.close();
  });

  test('goes on after an id whose message is deleted, and names the one before it that lives', async () => {
    const { portal, chat, ids } = await talked(6);
    await portal.as(chat.owner).post(at(chat, 'messages/delete'), { ids: [ids[2], ids[4]] });
    const found = await page(portal, chat, `after=${ids[2]}`);
    expect([idsOf(found), found.map(({ prev_id }) => prev_id)]).toEqual([
      [ids[3], ids[5]],
      [ids[1], ids[3]],
    ] as [string[], string[]]);
    await portal.close();
  });

  test('says how many there are in all, as every page does', async () => {
    const { portal, chat, ids } = await talked(5);
    const { headers } = await portal.as(chat.owner).get(at(chat, `history?after=${ids[3]}&limit=1`));
    expect(headers.get('x-total-count')).toBe('5');
    await portal.close();
  });

  test('is read to its end by pages while new messages arrive: none is lost or doubled', async () => {
    const { portal, chat, ids } = await talked(10);
    const read: string[] = [];
    for (let after = '0-0'; ; ) {
      const isLast = ids.length === 22;
      const [found] = await Promise.all([
        page(portal, chat, `after=${after}&limit=3`),
        isLast || speak(portal, chat).then((id) => ids.push(id)),
      ]);
      read.push(...idsOf(found));
      if (found.length < 3 && isLast) break;
      after = read.at(-1) ?? after;
    }
    expect(read).toEqual(ids);
    await portal.close();
  });

  test('lacks the messages of a deleted account, and its pages are full all the same', async () => {
    const { portal, chat, ids } = await talked(2);
    const bob = await portal.given.member(chat);
    await fill(portal, chat, { by: bob, count: 1200 });
    await portal.timers.advance(SECOND_MS);
    ids.push(await speak(portal, chat));
    const admin = await portal.given.owner();
    const full = idsOf(await page(portal, chat, `after=${ids[0]}&limit=5`));
    expect([full.length, full[0]]).toEqual([5, ids[1] as string]);
    await portal.as(admin).post(`/v1/admin/users/${bob.id}/delete`);
    expect(idsOf((await page(portal, chat, `after=${ids[0]}&limit=5`)).filter(({ type }) => type === 'user'))).toEqual(
      ids.slice(1),
    );
    await portal.close();
  });
});

describe('whose history it is', () => {
  test('a closed history begins with one’s own join, whatever id is asked for', async () => {
    const { portal, chat, ids } = await talked(3);
    await portal.as(chat.owner).post(at(chat, 'config/update'), { history_visible: false });
    await portal.timers.advance(SECOND_MS);
    const bob = await portal.given.member(chat);
    expect(await page(portal, chat, 'after=0-0', bob)).toEqual([]);
    await portal.timers.advance(SECOND_MS);
    const later = await speak(portal, chat);
    for (const after of ['0-0', ids[0], ids[2]]) {
      const found = await page(portal, chat, `after=${after}`, bob);
      expect([idsOf(found), found[0]?.prev_id]).toEqual([[later], null]);
    }
    expect(idsOf(await page(portal, chat, 'after=0-0'))).toEqual([...ids, later]);
    await portal.close();
  });

  test('what was cleared does not come back', async () => {
    const { portal, chat, ids } = await talked(3);
    await portal.as(chat.owner).post(at(chat, 'clear'));
    for (const after of ['0-0', ids[0]]) {
      const found = await page(portal, chat, `after=${after}`);
      expect(found.map(({ type, prev_id }) => [type, prev_id])).toEqual([['system', null]]);
    }
    await portal.close();
  });

  test('is refused as every page is: to outsiders, the banned, strangers, and after a kick', async () => {
    const { portal, chat, ids } = await talked(2);
    const query = `history?after=${ids[0]}`;
    const bob = await portal.given.member(chat);
    expect((await portal.as(bob).get(at(chat, query))).body).toHaveLength(1);
    await portal.as(chat.owner).post(at(chat, 'kick'), { user_id: bob.id });
    for (const who of [bob, await portal.given.person(), await portal.given.moderator()])
      expect(await portal.as(who).get(at(chat, query))).toMatchObject({ status: 404, body: { code: 'ERR_NOT_FOUND' } });
    const stranger = await portal.given.stranger();
    expect(await portal.as(stranger).get(at(chat, query))).toMatchObject({ status: 403 });
    const open = await portal.given.chat({ visibility: 'public' });
    const eve = await portal.given.person();
    await portal.as(open.owner).post(at(open, 'ban'), { user_id: eve.id });
    expect(await portal.as(eve).get(at(open, 'history?after=0-0'))).toMatchObject({
      status: 403,
      body: { code: 'ERR_CHAT_BANNED' },
    });
    await portal.close();
  });
});

describe('a request for it', () => {
  const form = 'after must be a message id such as 1710000000000-0';
  test.each([
    ['after=x', form],
    ['after=', form],
    ['after', form],
    ['after=1710000000000', form],
    ['after=01-0', form],
    ['after=-1-0', form],
    ['after=1-01', form],
    ['after=1-0-0', form],
    ['after=%201-0', form],
    ['after=1-0%00', form],
    ['after=1e3-0', form],
    ['after=9999999999999999-0', form],
    ['after=1-99999999999', form],
    ['after=null', form],
    ['after=1-0&before=2-0', 'after cannot be combined with before'],
    ['before=2-0&after=1-0', 'after cannot be combined with before'],
    ['before=1-0&after=1-0&limit=1', 'after cannot be combined with before'],
  ])('with ?%s is 400 that names the field', async (query, error) => {
    await using portal = await testPortal();
    const chat = await portal.given.chat();
    expect(await portal.as(chat.owner).get(at(chat, `history?${query}`))).toMatchObject({
      status: 400,
      body: { code: 'ERR_VALIDATION', field: 'after', error },
    });
  });
});

test.each(['limit=1&limit=2', 'after=1-0&after=2-0', 'limit=1&%6Cimit=1'])(
  'a query parameter that is given twice is refused, since one would be ignored: %s',
  async (query) => {
    const portal = await testPortal();
    const chat = await portal.given.chat();
    const [field = ''] = query.split('=', 1);
    expect(await portal.as(chat.owner).get(at(chat, `history?${query}`))).toMatchObject({
      status: 400,
      body: { code: 'ERR_VALIDATION', field, error: `${field} may be given only once` },
    });
    await portal.close();
  },
);
