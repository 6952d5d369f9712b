import { describe, expect, test } from 'bun:test';
import { eventually } from '../support/waiting.ts';
import { type House, openHouse, type Payload } from './house.ts';

const configOf = (chat: { id: number }) => `/v1/portal/chats/${chat.id}/config/update`;

/** A chat with its owner and a member in the room, and one person outside. */
async function room(house: House) {
  const chat = await house.given.chat();
  const bob = await house.given.member(chat);
  const visitors = [];
  for (const who of [chat.owner, bob]) {
    const visitor = await house.dial(who);
    await visitor.join(chat.id);
    visitors.push(visitor);
  }
  const outsider = await house.dial(await house.given.person());
  const [ada, bobs] = visitors as [typeof outsider, typeof outsider];
  const set = (body: object) => house.as(chat.owner).post(configOf(chat), body);
  return { chat, bob, ada, bobs, outsider, set };
}

const updates = (visitor: { all(event: string): Payload[] }) => visitor.all('room:updated');

describe('the room hears of its new configuration', () => {
  test.each([
    [{ name: ' Film club ' }, { name: 'Film club' }],
    [{ description: 'Fridays' }, { description: 'Fridays' }],
    [{ history_visible: false }, { history_visible: false }],
    [{ allow_control_requests: true }, { allow_control_requests: true }],
    [{ locked_controls: true, implicit_hosting: false }, { locked_controls: true }],
    [{ implicit_hosting: true }, { implicit_hosting: true }],
    [{ inactive_cursors: true }, { inactive_cursors: true }],
    [{ slug: 'film-club' }, { slug: 'film-club', visibility: 'public' }],
    [
      { browser_config: { kiosk: true } },
      { browser_config: { browser: 'chromium', start_url: null, kiosk: true, preview: false } },
    ],
    [{ wipe_preset: '4h', name: 'Movie night' }, { wipe_preset: '4h' }],
  ])('%j: exactly what has changed', async (body, expected) => {
    await using house = await openHouse();
    const { chat, ada, bobs, outsider, set } = await room(house);
    await set(body);
    for (const visitor of [ada, bobs]) {
      await visitor.settled();
      expect(updates(visitor)).toEqual([{ chat_id: chat.id, ...expected }]);
    }
    await outsider.settled();
    expect(updates(outsider)).toEqual([]);
  });

  test('and of nothing when all is as it was, or nothing was allowed', async () => {
    await using house = await openHouse();
    const { chat, bob, bobs, set } = await room(house);
    await set({ name: chat.name, wipe_preset: null });
    await set({ name: 'x' });
    await house.as(bob).post(configOf(chat), { name: 'Mine now' });
    await bobs.settled();
    expect(updates(bobs)).toEqual([]);
  });

  test('with a line about the wipe timer, after the news itself', async () => {
    await using house = await openHouse();
    const { bobs, set } = await room(house);
    await bobs.settled();
    bobs.forget();
    await set({ wipe_preset: '15m' });
    await set({ wipe_preset: null });
    await bobs.settled();
    const told = bobs.told.filter(({ event }) => ['room:updated', 'message:new'].includes(event));
    expect(told.map(({ event, payload }) => (event === 'message:new' ? payload.content : payload.wipe_preset))).toEqual(
      ['15m', 'Messages will be wiped every 15 minutes', null, 'Messages are kept from now on'],
    );
  });
});

test('a chat that turns private again keeps its members, and puts out whoever only looked in', async () => {
  await using house = await openHouse();
  const { chat, bobs, outsider, set } = await room(house);
  await set({ slug: 'film-club' });
  expect(await outsider.join(chat.id)).toMatchObject({ ok: true });
  await set({ slug: null });
  expect(await outsider.heard('room:kicked')).toMatchObject({ chat_id: chat.id, banned: false });
  await bobs.heard('room:epoch_changed', ({ reason }) => reason === 'kick');
  await bobs.settled();
  expect(bobs.all('room:kicked')).toEqual([]);
  expect(await outsider.join(chat.id)).toMatchObject({ ok: false, code: 'ERR_NOT_FOUND' });
});

describe('with the client library', () => {
  test('a page hears what has changed', async () => {
    await using house = await openHouse();
    const chat = await house.given.chat();
    const client = await house.client(chat.owner);
    const room = await client.join(chat.id);
    const heard = room.next('updated');
    expect(await client.rest.chats.update(chat.id, { locked_controls: true })).toEqual({
      message: 'Room config updated',
    });
    expect(await heard).toEqual({ changes: { locked_controls: true } });
  });

  test('a newcomer to a closed history reads on from their arrival, and can open nothing from before', async () => {
    await using house = await openHouse();
    const chat = await house.given.chat();
    const ada = await house.client(chat.owner);
    const adas = await ada.join(chat.id);
    await ada.rest.chats.update(chat.id, { history_visible: false });
    const secret = await adas.send('among ourselves');
    const { code } = await ada.rest.invites.create(chat.id);
    for (const newcomer of [await house.given.person(), await house.given.admin()]) {
      const client = await house.client(newcomer);
      await client.rest.invites.resolve(code);
      const room = await client.join(chat.id);
      if (!room.hasKey) await room.next('key');
      const id = await adas.send(`welcome ${newcomer.username}`);
      await eventually(() => room.messages.some((message) => message.id === id));
      expect(room.messages.map(({ body }) => body)).toEqual([
        `${newcomer.username} joined the chat`,
        `welcome ${newcomer.username}`,
      ]);
      expect(await room.loadOlder(500)).toEqual([]);
      expect((await client.rest.messages.history(chat.id, { limit: 500 })).map((entry) => entry.id)).not.toContain(
        secret,
      );
      expect(room.epoch).toBeGreaterThan(1);
      const theirs = (await house.blobs()).filter(({ sessionId }) => sessionId === room.sessionId);
      expect(theirs.length).toBeGreaterThan(0);
      expect(theirs.every(({ epoch }) => epoch > 1)).toBe(true);
    }
    expect((await ada.rest.messages.history(chat.id, { limit: 500 })).map(({ id }) => id)).toContain(secret);
  });

  test('many join a closed history while somebody speaks: each sees whole what came after them, nobody waits in vain', async () => {
    await using house = await openHouse();
    const chat = await house.given.chat();
    const ada = await house.client(chat.owner);
    const adas = await ada.join(chat.id);
    await ada.rest.chats.update(chat.id, { history_visible: false });
    await adas.send('before');
    const sends: Promise<string>[] = [];
    const rooms = [];
    for (let number = 0; number < 4; number++) {
      const member = await house.given.member(chat);
      sends.push(adas.send(`number ${number}`));
      rooms.push(await (await house.client(member)).join(chat.id));
    }
    await Promise.all(sends);
    const last = await adas.send('the last');
    for (const room of rooms) {
      await eventually(() => room.messages.some(({ id, sealed }) => id === last && !sealed));
      const all = adas.messages.map(({ id }) => id);
      const from = all.indexOf(room.messages[0]?.id as string);
      expect(from).toBeGreaterThan(0);
      expect(room.messages.map(({ id }) => id)).toEqual(all.slice(from));
    }
  });
});
