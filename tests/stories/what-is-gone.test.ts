import { expect, test } from 'bun:test';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ChatRoom, openEnvelope, parseEnvelope } from '../../src/client/index.ts';
import { MINUTE_MS } from '../../src/core/durations.ts';
import { messages } from '../../src/modules/chats/messages/messages.tables.ts';
import { openHouse } from '../realtime/house.ts';
import { eventually } from '../support/waiting.ts';

const bodies = (room: ChatRoom) => room.messages.filter(({ type }) => type === 'user').map(({ body }) => body);

/** All files of a folder as one text. */
function contentsOf(folder: string): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('\n');
}

function opens(content: string, key: Uint8Array): boolean {
  try {
    return openEnvelope(parseEnvelope(content), key).length > 0;
  } catch {
    return false;
  }
}

test('a wiped chat cannot be read back: not by who was there, not by who comes, not off the disk', async () => {
  await using house = await openHouse();
  const { given } = house;
  const chat = await given.chat();
  const bob = await given.member(chat);
  const [ada, bobClient] = [await house.client(chat.owner), await house.client(bob)];
  const adas = await ada.join(chat.id);
  const bobs = await bobClient.join(chat.id);
  for (const room of [adas, bobs]) if (!room.hasKey) await room.next('key');

  // A chat that forgets every quarter of an hour; it says so to everybody.
  await ada.rest.chats.update(chat.id, { wipe_preset: '15m' });
  await eventually(() => bobs.messages.some(({ body }) => /15 minutes/.test(body ?? '')));
  await adas.send('the plan');
  await bobs.send('my part of it');
  await eventually(() => [adas, bobs].every((room) => bodies(room).length === 2));
  const sealed = (await ada.rest.messages.history(chat.id))
    .filter(({ type }) => type === 'user')
    .map(({ content }) => content);
  const texts = sealed.map((content) => JSON.parse(content).ct as string);
  expect(texts).toHaveLength(2);

  // The time is up: both hear of it, and what they saw is gone.
  house.timers.jump(15 * MINUTE_MS);
  const cleared = [adas.next('cleared'), bobs.next('cleared')];
  await house.modules.wipeTimer.check();
  expect(await Promise.all(cleared)).toEqual([{ reason: 'wipe' }, { reason: 'wipe' }]);
  expect([...bodies(adas), ...bodies(bobs)]).toEqual([]);

  // The talk goes on, under a new key.
  await eventually(() => adas.epoch === 2 && adas.hasKey && bobs.hasKey);
  await bobs.send('what was the plan?');
  await eventually(() => bodies(adas).includes('what was the plan?'));

  // Neither the history, nor their other device, nor a newcomer has what was said.
  const device = await house.client(await given.session(bob));
  const newcomer = await house.client(await given.member(chat));
  for (const client of [ada, bobClient, device, newcomer]) {
    const room = await client.join(chat.id);
    await eventually(() => bodies(room).includes('what was the plan?'));
    expect(bodies(room)).toEqual(['what was the plan?']);
    const history = await client.rest.messages.history(chat.id, { limit: 500 });
    for (const { content } of history) expect(sealed).not.toContain(content);
  }

  // And the data directory holds nothing of it: no sealed text, no sealed key from before.
  await house.modules.clearing.purgeCleared();
  expect((await house.blobs()).filter(({ epoch }) => epoch < 2)).toEqual([]);
  await house.shutDown();
  const disk = contentsOf(house.dataDir);
  for (const text of texts) expect(disk).not.toContain(text);
});

test('a newcomer to a closed history opens nothing from before, although given every sealed text', async () => {
  await using house = await openHouse();
  const { given } = house;
  const chat = await given.chat();
  const bob = await given.member(chat);
  const [ada, bobClient] = [await house.client(chat.owner), await house.client(bob)];
  await ada.rest.chats.update(chat.id, { history_visible: false });
  const adas = await ada.join(chat.id);
  const bobs = await bobClient.join(chat.id);
  for (const room of [adas, bobs]) if (!room.hasKey) await room.next('key');
  for (const text of ['among us', 'before anybody', 'else comes']) await adas.send(text);
  await bobs.send('yes');
  await eventually(() => bodies(adas).length === 4 && bodies(bobs).length === 4);

  // The newcomer follows a link and gets the chat’s key, which is new.
  const { code } = await ada.rest.invites.create(chat.id);
  const eve = await given.person({ username: 'eve' });
  const eves = await house.keyholder(eve);
  await house.as(eve).post(`/v1/portal/resolve/${code}`);
  const joined = await eves.join(chat.id);
  const { epoch } = joined.key ? joined : await eves.heard('portal:key_shared');
  eves.take(epoch, joined.key ?? (await eves.heard('portal:key_shared')));
  expect(epoch).toBe(2);
  await adas.send('welcome, eve');
  const heard = await eves.heard('message:new', ({ type }) => type === 'user');
  const key = eves.chatKeys.get(epoch) as Uint8Array;
  expect(openEnvelope(parseEnvelope(heard.content), key)).toBe('welcome, eve');

  // By the front door she sees what came after her, and nothing else …
  const { body: history } = await house.as(eve).get(`/v1/portal/chats/${chat.id}/history?limit=500`);
  expect(history.map(({ content }: { content: string }) => content)).toEqual([
    'eve joined the chat',
    heard.content as string,
  ]);

  // … and even with the whole table she opens only that one, with every key that was ever sealed for her.
  const all = await house.database.read.select().from(messages);
  const secrets = all.filter(({ type }) => type === 'user');
  expect(secrets).toHaveLength(5);
  const opened = secrets.filter(({ content }) => opens(content, key));
  expect(opened.map(({ content }) => content)).toEqual([heard.content as string]);
  const hers = (await house.blobs()).filter(({ sessionId }) => sessionId === eve.sessionId);
  expect(hers.map((blob) => blob.epoch)).toEqual([2]);

  // Those who were there before read on, all of it.
  await eventually(() => bodies(bobs).includes('welcome, eve'));
  expect(bodies(bobs)).toEqual(['among us', 'before anybody', 'else comes', 'yes', 'welcome, eve']);
});
