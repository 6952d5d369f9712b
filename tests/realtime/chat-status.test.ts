import { describe, expect, test } from 'bun:test';
import { SECOND_MS } from '../../src/core/durations.ts';
import { eventually } from '../support/waiting.ts';
import { type House, openHouse, openWire, type Visitor } from './house.ts';

const statusOf = (visitor: Visitor, chatId: number, viewers: number) =>
  visitor.heard('chat:status', (told) => told.chat_id === chatId && told.viewer_count === viewers);

async function idsOf(visitor: Visitor): Promise<number[]> {
  const list = (await visitor.heard('chat:list')) as unknown as { chat_id: number }[];
  return list.map(({ chat_id }) => chat_id);
}

async function online(house: House): Promise<{ online: number; ids: number[] }> {
  const { body } = await house.as(await house.given.person()).get('/v1/portal/status');
  return { online: body.online, ids: body.users.map(({ user }: { user: { id: number } }) => user.id) };
}

describe('chat:list', () => {
  test('names the chats that one can see, on connecting, with who is in them now', async () => {
    await using house = await openHouse();
    const { given } = house;
    const [ada, owner] = [await given.person(), await given.owner()];
    const open = await given.chat({ visibility: 'public' });
    const { body: official } = await house.as(owner).post('/v1/admin/chats', { name: 'General', slug: 'general' });
    const [joined, hidden] = [await given.chat(), await given.chat()];
    await given.member(joined, ada);
    await (await house.dial(open.owner)).join(open.id);

    const [adas, others] = [await house.dial(ada), await house.dial(await given.person())];

    const quiet = (chat_id: number) => ({ chat_id, running: false, viewer_count: 0 });
    const list = await adas.heard('chat:list');
    expect(list).toHaveLength(3);
    expect(list).toEqual(
      expect.arrayContaining([quiet(official.chat_id), quiet(joined.id), { ...quiet(open.id), viewer_count: 1 }]),
    );
    expect(new Set(await idsOf(others))).toEqual(new Set([open.id, official.chat_id]));
    expect(await idsOf(await house.dial(hidden.owner))).toContain(hidden.id);
  });
});

describe('chat:status', () => {
  test('of a public chat reaches everybody, and the directory says the same', async () => {
    await using house = await openHouse({ realTime: false });
    const chat = await house.given.chat({ visibility: 'public' });
    const bystander = await house.dial(await house.given.person());
    const guest = await house.dial(await house.given.person());
    await guest.join(chat.id);
    expect(await house.passUntil(statusOf(bystander, chat.id, 1))).toEqual({
      chat_id: chat.id,
      running: false,
      viewer_count: 1,
    });
    expect((await house.as(chat.owner).get('/v1/portal/directory')).body.chats).toMatchObject([{ viewer_count: 1 }]);
    guest.socket.disconnect();
    await house.passUntil(statusOf(bystander, chat.id, 0));
  });

  test('of a private chat reaches its owner and members, and nobody else, Admins included', async () => {
    await using house = await openHouse({ realTime: false });
    const chat = await house.given.chat();
    const member = await house.given.member(chat);
    const [owners, members] = [await house.dial(chat.owner), await house.dial(member)];
    const others = [await house.dial(await house.given.person()), await house.dial(await house.given.admin())];
    await members.join(chat.id);
    await house.passUntil(statusOf(owners, chat.id, 1));
    await statusOf(members, chat.id, 1);
    for (const other of others) {
      await other.settled();
      expect(other.all('chat:status')).toEqual([]);
    }
  });

  test('comes at most once a second, and the last one is right', async () => {
    await using house = await openHouse({ realTime: false });
    const chat = await house.given.chat({ visibility: 'public' });
    const watcher = await house.dial(await house.given.person());
    const guests = await Promise.all(Array.from({ length: 8 }, async () => house.dial(await house.given.person())));
    for (const guest of guests) await guest.join(chat.id);
    for (const guest of guests.slice(0, 3)) guest.socket.disconnect();
    await eventually(async () => (await house.adapters.presence.countPeople(chat.id)) === 5);
    await house.timers.advance(SECOND_MS - 1);
    await watcher.settled();
    expect(watcher.all('chat:status')).toEqual([]);
    await house.timers.advance(1);
    await watcher.heard('chat:status');
    await house.timers.advance(5 * SECOND_MS);
    await watcher.settled();
    expect(watcher.all('chat:status').map(({ viewer_count }) => viewer_count)).toEqual([5]);
  });

  test('tells everybody of a chat that opens or is new, and nobody outside of one that has closed', async () => {
    await using house = await openHouse({ realTime: false });
    const owner = await house.given.owner();
    const chat = await house.given.chat();
    const guest = await house.dial(await house.given.person());
    const { body: official } = await house.as(owner).post('/v1/admin/chats', { name: 'General', slug: 'general' });
    await house.passUntil(statusOf(guest, official.chat_id, 0));
    const change = (body: object) => house.as(owner).post(`/v1/admin/chats/${chat.id}/update`, body);
    expect((await change({ slug: 'open' })).body.visibility).toBe('public');
    await house.passUntil(statusOf(guest, chat.id, 0));
    expect((await change({ slug: null })).body.visibility).toBe('private');
    const owners = await house.dial(chat.owner);
    guest.forget();
    await house.passUntil(statusOf(owners, chat.id, 0));
    await guest.settled();
    expect(guest.all('chat:status')).toEqual([]);
  });
});

describe('who is online', () => {
  test('is whoever has a socket open, once, and no longer when the last has closed', async () => {
    await using house = await openHouse();
    const [ada, bob] = [await house.given.person(), await house.given.person()];
    const tabs = [await house.dial(ada), await house.dial(ada), await house.dial(await house.given.session(ada))];
    await house.dial(bob);
    expect(await online(house)).toEqual({ online: 2, ids: [ada.id, bob.id] });
    for (const tab of tabs) {
      expect((await online(house)).ids).toContain(ada.id);
      tab.socket.disconnect();
    }
    await eventually(async () => (await online(house)).online === 1);
    expect((await online(house)).ids).toEqual([bob.id]);
  });

  test('is not who was cut off, banned or signed out, nor who never got in', async () => {
    await using house = await openHouse();
    using wire = await openWire(house.url);
    const people = [await house.given.person(), await house.given.person(), await house.given.person()];
    const [cut, banned, out] = people as [never, never, never];
    await house.client(cut, { url: wire.url });
    await house.dial(banned);
    await house.dial(out);
    await house.knock({ token: 'wrong' }).heard('connect_error');
    expect((await online(house)).online).toBe(3);
    wire.cut();
    await house.as(await house.given.admin()).post(`/v1/admin/users/${people[1]?.id}/ban`, { reason: 'Spam' });
    await house.as(out).post('/v1/authentication/logout');
    await eventually(async () => (await online(house)).online === 0);
  });
});
