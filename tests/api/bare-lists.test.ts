import { describe, expect, test } from 'bun:test';
import { pathOf } from '../support/chat-moderation.ts';
import { testPortal } from '../support/portal.ts';
import { sealed } from '../support/sealed.ts';

const total = ({ headers }: { headers: Headers }) => headers.get('x-total-count');

describe('a list that is a bare array says how many entries there are in all', () => {
  test('bots and chats of the staff, a page at a time', async () => {
    await using portal = await testPortal();
    const owner = await portal.given.owner();
    for (let count = 0; count < 3; count++) await portal.given.bot();
    const [first] = [await portal.given.chat(), await portal.given.chat({ visibility: 'public' })];
    for (const path of ['/v1/admin/bots', '/v1/bots']) {
      const page = await portal.as(owner).get(`${path}?limit=1`);
      expect({ path, shown: page.body.length, total: total(page) }).toEqual({ path, shown: 1, total: '3' });
    }
    const chats = await portal.as(owner).get('/v1/admin/chats?limit=1');
    expect([chats.body.length, total(chats)]).toEqual([1, '2']);
    await portal.as(owner).post(`/v1/admin/chats/${first.id}/delete`);
    expect(total(await portal.as(owner).get('/v1/admin/chats'))).toBe('1');
  });

  test('the chats that one can enter, whole and by pages', async () => {
    await using portal = await testPortal();
    const ada = await portal.given.person();
    await portal.given.chat();
    for (let count = 0; count < 3; count++) await portal.given.chat({ visibility: 'public' });
    await portal.given.chat({ visibility: 'official' });
    const whole = await portal.as(ada).get('/v1/portal/chats');
    expect([whole.body.length, total(whole)]).toEqual([4, '4']);
    const page = await portal.as(ada).get('/v1/portal/chats?offset=1&limit=2');
    expect([page.body.length, total(page)]).toEqual([2, '4']);
    const own = await portal.as(await portal.given.person()).get('/v1/users/me/chats');
    expect([own.body.length, total(own)]).toEqual([0, '0']);
  });

  test('what was done to oneself, and what everybody is told', async () => {
    await using portal = await testPortal();
    const [owner, eve] = [await portal.given.owner(), await portal.given.person()];
    for (const reason of ['one', 'two', 'three'])
      await portal.as(owner).post(`/v1/admin/users/${eve.id}/warn`, { reason });
    const page = await portal.as(eve).get('/v1/users/me/punishments?limit=2');
    expect([page.body.length, total(page)]).toEqual([2, '3']);
    await portal.as(owner).post('/v1/admin/announcements', { title: 'Hello', body: 'there' });
    expect(total(await portal.client.get('/v1/announcements'))).toBe('1');
  });

  test('the history, however many of it are shown', async () => {
    await using portal = await testPortal();
    const chat = await portal.given.chat();
    await portal.given.speaker(chat, chat.owner);
    const history = (query = '') => portal.as(chat.owner).get(pathOf(chat, `/history${query}`));
    for (let count = 0; count < 3; count++) await portal.as(chat.owner).post(pathOf(chat, '/messages'), sealed());
    const all = await history();
    expect(total(all)).toBe(String(all.body.length));
    const last = await history('?limit=1');
    expect([last.body.length, total(last)]).toEqual([1, total(all)]);
    expect(total(await history(`?limit=1&before=${last.body[0].id}`))).toBe(total(all));
  });

  test('and other pages may read it', async () => {
    await using portal = await testPortal({ env: { PORTAL_ALLOWED_ORIGINS: 'https://friend.example' } });
    const { headers } = await portal.client.get('/v1/bots', { origin: 'https://friend.example' });
    expect(headers.get('access-control-expose-headers')).toContain('X-Total-Count');
  });
});
