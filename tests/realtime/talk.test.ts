import { expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ChatRoom, RoomMessage } from '../../src/client/index.ts';
import { chatRoom } from '../../src/modules/chats/voice/voice.ts';
import { eventually } from '../support/waiting.ts';
import { type House, openHouse, openWire } from './house.ts';

const bodies = (messages: readonly RoomMessage[]) => messages.map(({ body }) => body);
const said = (room: ChatRoom) => bodies(room.messages.filter(({ type }) => type === 'user'));

async function key(room: ChatRoom): Promise<void> {
  if (!room.hasKey) await room.next('key');
}

/** A message may come before the key that opens it. */
async function hears(room: ChatRoom, body: string): Promise<void> {
  await eventually(() => said(room).includes(body));
}

/** Two people in one chat who both hold its key. */
async function pair(house: House) {
  const { given } = house;
  const ada = await given.premium();
  const bob = await given.person();
  const chat = await given.chat({ owner: ada });
  await given.member(chat, bob);
  const adaClient = await house.client(ada);
  const bobClient = await house.client(bob);
  const adaRoom = await adaClient.join(chat.id);
  const bobRoom = await bobClient.join(chat.id);
  await Promise.all([key(adaRoom), key(bobRoom)]);
  return { chat, ada, bob, adaClient, bobClient, adaRoom, bobRoom };
}

test('two people: from an invitation to messages both ways, live and in the history, opened by both', async () => {
  await using house = await openHouse();
  const ada = await house.given.premium('ada');
  const bob = await house.given.person({ username: 'bob' });
  const adaClient = await house.client(ada);
  const bobClient = await house.client(bob);
  const chat = await adaClient.rest.chats.create({ name: 'Movie night' });
  const adaRoom = await adaClient.join(chat.id);
  await key(adaRoom);

  const { code } = await adaClient.rest.invites.create(chat.id, { max_uses: 1 });
  expect(await bobClient.rest.invites.resolve(code)).toMatchObject({ method: 'invite', joined: true });
  const bobRoom = await bobClient.join(chat.id);
  await key(bobRoom);
  expect([adaRoom.epoch, bobRoom.epoch]).toEqual([1, 1]);
  await eventually(() => bobRoom.safetyNumber() === adaRoom.safetyNumber());

  const first = await adaRoom.send('Eight o’clock?');
  await hears(bobRoom, 'Eight o’clock?');
  const second = await bobRoom.send('Half past 🎬');
  await hears(adaRoom, 'Half past 🎬');

  const expected = ['ada joined the chat', 'bob joined the chat', 'Eight o’clock?', 'Half past 🎬'];
  expect(bodies(adaRoom.messages)).toEqual(expected);
  expect(bodies(bobRoom.messages)).toEqual(expected);

  const history = await bobClient.rest.messages.history(chat.id);
  expect(history.map(({ type, epoch, sender }) => [type, epoch, sender?.username])).toEqual([
    ['system', '0000000000000000', undefined],
    ['system', '0000000000000000', undefined],
    ['user', '0000000000000001', 'ada'],
    ['user', '0000000000000001', 'bob'],
  ]);
  expect(history.slice(2).map(({ id }) => id)).toEqual([first, second]);
  expect(history.map(({ prev_id }) => prev_id)).toEqual([null, ...history.slice(0, 3).map(({ id }) => id)]);
  // What was told live is what the history has.
  expect(adaRoom.messages.map(({ entry }) => entry)).toEqual(history);
});

test('a newcomer with the key reads what was said before they came', async () => {
  await using house = await openHouse();
  const { chat, adaRoom } = await pair(house);
  await adaRoom.send('before you came');
  const newcomer = await house.given.member(chat);
  const room = await (await house.client(newcomer)).join(chat.id);
  await key(room);
  expect(said(room)).toEqual(['before you came']);
});

test('the database holds no word of what is said, and no key that opens it', async () => {
  const storage: { secret_key: string; chats: Record<string, Record<string, string[]>> }[] = [];
  await using house = await openHouse();
  const ada = await house.given.premium();
  const chat = await house.given.chat({ owner: ada });
  const client = await house.client(ada, {
    storage: { load: () => storage.at(-1) ?? null, save: (keys) => void (keys && storage.push(structuredClone(keys))) },
  });
  const room = await client.join(chat.id);
  await room.send('a secret in plain words');
  const { secret_key, chats } = storage.at(-1) ?? { secret_key: '', chats: {} };
  const chatKey = chats[chat.id]?.['1']?.[0] ?? '';
  expect([secret_key.length, chatKey.length]).toEqual([44, 44]);

  const files = ['portal.db', 'portal.db-wal'].map((name) => readFileSync(join(house.dataDir, name)));
  const everything = Buffer.concat(files);
  expect(everything.includes('"ct":')).toBe(true);
  expect(everything.includes('a secret in plain words')).toBe(false);
  for (const secret of [chatKey, secret_key]) {
    expect(everything.includes(secret)).toBe(false);
    expect(everything.includes(Buffer.from(secret, 'base64'))).toBe(false);
  }
});

test('messages come to everyone in the order of their ids, each pointing to the one before', async () => {
  await using house = await openHouse();
  const { adaRoom, bobRoom } = await pair(house);
  const sent = await Promise.all(
    Array.from({ length: 40 }, (_, index) => (index % 2 ? adaRoom : bobRoom).send(`number ${index}`)),
  );
  expect(new Set(sent).size).toBe(40);
  await eventually(() => said(adaRoom).length === 40 && said(bobRoom).length === 40);
  expect(adaRoom.messages.map(({ entry }) => entry)).toEqual(bobRoom.messages.map(({ entry }) => entry));
  const ids = adaRoom.messages.map(({ id }) => id);
  expect(adaRoom.messages.map(({ entry }) => entry.prev_id)).toEqual([null, ...ids.slice(0, -1)]);
});

test('a member who was away when the key was made reads on return, though nobody is there any more', async () => {
  await using house = await openHouse();
  const { given } = house;
  const ada = await given.premium();
  const bob = await given.person();
  const chat = await given.chat({ owner: ada });
  await given.member(chat, bob);
  const storage = memoryStorage();
  const before = await house.client(bob, { storage });
  before.close();
  const adaClient = await house.client(ada);
  const room = await adaClient.join(chat.id);
  await room.send('for later');
  adaClient.close();
  await eventually(() => house.transport.stats().sockets === 0);

  const later = await house.client(bob, { storage });
  const bobRoom = await later.join(chat.id);
  expect(bobRoom.hasKey).toBe(true);
  expect(said(bobRoom)).toEqual(['for later']);
});

test('a message that did not arrive is seen by the next one, and fetched', async () => {
  await using house = await openHouse();
  const { chat, adaRoom, bobRoom } = await pair(house);
  const { realtime } = house;
  const { publish } = realtime;
  realtime.publish = (room, event, payload) => {
    if (room === chatRoom(chat.id) && event === 'message:new') return;
    publish(room, event, payload);
  };
  await adaRoom.send('lost one');
  await adaRoom.send('lost two');
  realtime.publish = publish;
  await adaRoom.send('arrived');
  await Promise.all([hears(bobRoom, 'arrived'), hears(adaRoom, 'arrived')]);
  expect(said(bobRoom)).toEqual(['lost one', 'lost two', 'arrived']);
  expect(said(adaRoom)).toEqual(['lost one', 'lost two', 'arrived']);
});

test('whoever loses the network and comes back has missed nothing, and made no noise', async () => {
  await using house = await openHouse();
  using wire = await openWire(house.url);
  const { chat, adaRoom } = await pair(house);
  const carol = await house.given.member(chat);
  const client = await house.client(carol, { url: wire.url });
  const room = await client.join(chat.id);
  await key(room);

  const down = client.next('disconnected');
  wire.cut();
  await down;
  await adaRoom.send('while you were gone');
  await adaRoom.send('and this');
  const back = client.next('connected');
  wire.mend();
  await back;
  await hears(room, 'and this');
  await room.send('here again');
  await hears(adaRoom, 'here again');
  expect(said(room)).toEqual(['while you were gone', 'and this', 'here again']);
  expect(bodies(adaRoom.messages).filter((body) => body === `${carol.username} joined the chat`)).toHaveLength(1);
  expect(room.epoch).toBe(1);
});

test('a key that changed while somebody was offline reaches them when they are back', async () => {
  await using house = await openHouse();
  using wire = await openWire(house.url);
  const { chat, ada, bob, adaRoom } = await pair(house);
  const carol = await house.given.member(chat);
  const client = await house.client(carol, { url: wire.url });
  const room = await client.join(chat.id);
  await key(room);
  const down = client.next('disconnected');
  wire.cut();
  await down;
  await house.as(ada).post(`/v1/portal/chats/${chat.id}/kick`, { user_id: bob.id });
  await adaRoom.send('under the new key');
  wire.mend();
  await hears(room, 'under the new key');
  expect(room.epoch).toBe(2);
});

test('a restart of the server changes no key, asks nobody and makes no noise; clients come back by themselves', async () => {
  const first = await openHouse();
  const { chat, adaClient, bobClient, adaRoom, bobRoom } = await pair(first);
  await adaRoom.send('before the restart');
  await hears(bobRoom, 'before the restart');
  const blobs = await first.blobs();
  const { port } = new URL(first.url);
  const back = [adaClient, bobClient].map((client) => client.next('connected'));
  await first.shutDown();

  await using second = await openHouse({ dataDir: first.dataDir, env: { PORTAL_PORT: port } });
  const asked: string[] = [];
  const { publish } = second.realtime;
  second.realtime.publish = (room, event, payload) => {
    asked.push(event);
    publish(room, event, payload);
  };
  await Promise.all(back);
  await bobRoom.send('after the restart');
  await hears(adaRoom, 'after the restart');
  expect(asked).toContain('message:new');
  expect(asked).not.toContain('portal:key_request');
  expect(asked).not.toContain('room:epoch_changed');
  expect(await second.blobs()).toEqual(blobs);
  expect([adaRoom.epoch, bobRoom.epoch]).toEqual([1, 1]);
  expect((await bobClient.rest.messages.history(chat.id)).map(({ type }) => type)).toEqual([
    'system',
    'system',
    'user',
    'user',
  ]);
  for (const client of [adaClient, bobClient]) client.close();
});

test('a page that was reloaded has its keys from its storage; without one it gets the chat key anew', async () => {
  await using house = await openHouse();
  const { chat, ada, adaRoom } = await pair(house);
  await adaRoom.send('sealed once');
  const carol = await house.given.member(chat);
  const storage = memoryStorage();
  const before = await house.client(carol, { storage });
  await key(await before.join(chat.id));
  const { publicKey } = before;
  before.close();

  const reloaded = await house.client(carol, { storage });
  expect(reloaded.publicKey).toBe(String(publicKey));
  const room = await reloaded.join(chat.id);
  expect(room.hasKey).toBe(true);
  reloaded.close();

  const forgetful = await house.client(carol);
  expect(forgetful.publicKey).not.toBe(String(publicKey));
  const again = await forgetful.join(chat.id);
  await key(again);
  if (again.messages.some(({ sealed }) => sealed)) await again.next('opened');
  expect(said(again)).toEqual(['sealed once']);
  expect(again.epoch).toBe(1);
  expect(await house.holders(chat.id, 1)).toContain(ada.sessionId);
});

test('long polling carries a sealed talk as well', async () => {
  await using house = await openHouse();
  const { given } = house;
  const ada = await given.premium();
  const chat = await given.chat({ owner: ada });
  const bob = await given.member(chat);
  const polling = { socket: { transports: ['polling'] } };
  const adaRoom = await (await house.client(ada, polling)).join(chat.id);
  const bobRoom = await (await house.client(bob, polling)).join(chat.id);
  await adaRoom.send('slow but sure');
  await hears(bobRoom, 'slow but sure');
}, 120_000);

function memoryStorage() {
  let kept: string | null = null;
  return {
    load: () => (kept === null ? null : JSON.parse(kept)),
    save: (keys: object | null) => {
      kept = keys && JSON.stringify(keys);
    },
  };
}
