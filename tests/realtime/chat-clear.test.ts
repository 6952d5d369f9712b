import { describe, expect, test } from 'bun:test';
import { openEnvelope, parseEnvelope } from '../../src/client/index.ts';
import { MINUTE_MS } from '../../src/core/durations.ts';
import { fill } from '../support/long-chat.ts';
import { eventually } from '../support/waiting.ts';
import { type House, openHouse, openWire, type Payload } from './house.ts';

const at = (chat: { id: number }, path: string) => `/v1/portal/chats/${chat.id}/${path}`;

/** Two people with bare sockets in a chat, both holding its key. */
async function pair(house: House) {
  const chat = await house.given.chat();
  const bob = await house.given.member(chat);
  const ada = await house.keyholder(chat.owner);
  await ada.join(chat.id);
  await ada.answer(await ada.heard('portal:key_request'));
  const bobs = await house.keyholder(bob);
  ada.forget();
  await bobs.join(chat.id);
  if (!bobs.all('portal:key_shared').length) await ada.answer(await ada.heard('portal:key_request'));
  bobs.take(1, await bobs.heard('portal:key_shared'));
  const say = async (who: typeof ada, text: string, epoch = 1): Promise<string> =>
    (await who.call('message:send', { chat_id: chat.id, content: who.seal(text, epoch) })).id;
  return { chat, bob, ada, bobs, say };
}

/** The same with the client library. */
async function clients(house: House) {
  const chat = await house.given.chat();
  const bob = await house.given.member(chat);
  const adaClient = await house.client(chat.owner);
  const bobClient = await house.client(bob);
  const [adas, bobs] = [await adaClient.join(chat.id), await bobClient.join(chat.id)];
  for (const room of [adas, bobs]) if (!room.hasKey) await room.next('key');
  const hears = async (room: typeof adas, id: string) => {
    if (!room.messages.some((message) => message.id === id)) await room.next('message', (message) => message.id === id);
  };
  return { chat, bob, adaClient, bobClient, adas, bobs, hears };
}

const bodies = (room: { messages: readonly { body: string | null }[] }) => room.messages.map(({ body }) => body);

describe('whoever is in the room hears', () => {
  test('which messages are gone, whoever deleted them and how', async () => {
    await using house = await openHouse();
    const { chat, bob, ada, bobs, say } = await pair(house);
    const ids = [await say(ada, 'one'), await say(bobs, 'two'), await say(ada, 'three'), await say(bobs, 'four')];
    const outsider = await house.dial(await house.given.person());
    const told = () => bobs.all('message:bulk_deleted');
    await house.as(chat.owner).post(at(chat, 'messages/delete'), { ids: [ids[0], '1-0'] });
    await house.as(bob).post(at(chat, 'messages/delete-mine'));
    await house.as(chat.owner).post(at(chat, 'messages/delete-last'), { count: 1 });
    await house.as(chat.owner).post(at(chat, 'messages/delete'), { ids: ['1-0'] });
    await bobs.settled();
    expect(told()).toEqual([
      { chat_id: chat.id, ids: [ids[0]] },
      { chat_id: chat.id, ids: [ids[1], ids[3]] },
      { chat_id: chat.id, ids: [ids[2]] },
    ]);
    await outsider.settled();
    expect(outsider.all('message:bulk_deleted')).toEqual([]);
  });

  test('of many of one’s own in frames of 500, each named once', async () => {
    await using house = await openHouse();
    const { chat, bob, bobs } = await pair(house);
    await fill(house, chat, { by: bob, count: 1234 });
    expect((await house.as(bob).post(at(chat, 'messages/delete-mine'))).body).toEqual({ deleted: 1234 });
    await bobs.settled();
    const frames = bobs.all('message:bulk_deleted').map(({ ids }) => ids.length);
    expect(frames).toEqual([500, 500, 234]);
    expect(new Set(bobs.all('message:bulk_deleted').flatMap(({ ids }) => ids)).size).toBe(1234);
  });

  test('that the chat was cleared, then that there is a new key, then the line about it', async () => {
    await using house = await openHouse();
    const { chat, ada, bobs, say } = await pair(house);
    await say(ada, 'one');
    await bobs.heard('message:new', ({ type }) => type === 'user');
    bobs.forget();
    expect((await house.as(chat.owner).post(at(chat, 'clear'))).body).toMatchObject({ ok: true });
    await bobs.settled();
    // Who came before is told a moment later.
    const beside = ['chat:status', 'room:members'];
    const told = bobs.told.filter(({ event }) => !event.startsWith('portal:key') && !beside.includes(event));
    expect(told.map(({ event }) => event)).toEqual(['portal:cleared', 'room:epoch_changed', 'message:new']);
    expect(told.map(({ payload }) => payload)).toMatchObject([
      { chat_id: chat.id, reason: 'clear' },
      { chat_id: chat.id, epoch: 2, reason: 'clear' },
      { prev_id: null, type: 'system', content: `${chat.owner.username} cleared the chat` },
    ]);
  });

  test('that the chat was wiped, and nothing when there was nothing to wipe', async () => {
    await using house = await openHouse();
    const { chat, ada, bobs, say } = await pair(house);
    await house.as(chat.owner).post(at(chat, 'config/update'), { wipe_preset: '1m' });
    await say(ada, 'one');
    house.timers.jump(MINUTE_MS);
    await house.modules.wipeTimer.check();
    expect(await bobs.heard('portal:cleared')).toEqual({ chat_id: chat.id, reason: 'wipe' });
    expect(await bobs.heard('room:epoch_changed')).toEqual({ chat_id: chat.id, epoch: 2, reason: 'wipe' });
    expect(await bobs.heard('message:new', ({ content }) => content === 'The chat was wiped')).toMatchObject({
      prev_id: null,
    });
    await bobs.settled();
    bobs.forget();
    house.timers.jump(MINUTE_MS);
    await house.modules.wipeTimer.check();
    await bobs.settled();
    expect(bobs.told.filter(({ event }) => event !== 'chat:status' && !event.startsWith('portal:key'))).toEqual([]);
  });
});

test('what is said after a clearing opens with no key from before it', async () => {
  await using house = await openHouse();
  const { chat, ada, bobs, say } = await pair(house);
  await say(ada, 'before');
  const old = ada.chatKeys.get(1) as Uint8Array;
  await house.as(chat.owner).post(at(chat, 'clear'));
  const request = (asked: Payload) => asked.epoch === 2 && asked.generate;
  const maker = await Promise.race([ada, bobs].map((who) => who.heard('portal:key_request', request).then(() => who)));
  await maker.answer(await maker.heard('portal:key_request', request));
  const id = await say(maker, 'after', 2);
  const { body } = await house.as(chat.owner).get(at(chat, 'history'));
  const envelope = parseEnvelope(body.find((entry: Payload) => entry.id === id).content);
  expect(() => openEnvelope(envelope, old)).toThrow();
  expect(openEnvelope(envelope, maker.chatKeys.get(2) as Uint8Array)).toBe('after');
  expect((await house.blobs()).map(({ epoch }) => epoch)).not.toContain(1);
});

describe('with the client library', () => {
  test('messages vanish, and those that follow come without a question to the history', async () => {
    await using house = await openHouse();
    const { chat, adaClient, bobClient, adas, bobs, hears } = await clients(house);
    const ids: string[] = [];
    for (const text of ['one', 'two', 'three']) ids.push(await adas.send(text));
    await hears(bobs, ids[2] as string);
    let asked = 0;
    const { history } = bobClient.rest.messages;
    bobClient.rest.messages.history = (...query) => {
      asked++;
      return history(...query);
    };
    const gone = bobs.next('deleted');
    await adaClient.rest.messages.deleteLast(chat.id, { count: 2 });
    expect(await gone).toEqual({ ids: [ids[2], ids[1]] as string[] });
    expect(bodies(bobs).slice(-1)).toEqual(['one']);
    await hears(bobs, await adas.send('four'));
    const mine = bobs.next('deleted');
    expect(await adaClient.rest.messages.deleteMine(chat.id)).toEqual({ deleted: 2 });
    await mine;
    await hears(adas, await bobs.send('five'));
    expect(bodies(adas).filter((body) => !body?.endsWith('joined the chat'))).toEqual(['five']);
    expect(bodies(bobs)).toEqual(bodies(adas));
    expect(asked).toBe(0);
  });

  test('a cleared chat is empty for everybody, and the talk goes on under the new key by itself', async () => {
    await using house = await openHouse();
    const { chat, adaClient, adas, bobs, hears } = await clients(house);
    await hears(bobs, await adas.send('one'));
    const heard = bobs.next('cleared');
    expect(await adaClient.rest.chats.clear(chat.id)).toEqual({ ok: true, cleared: 3 });
    expect(await heard).toEqual({ reason: 'clear' });
    await hears(adas, await bobs.send('two'));
    const expected = [`${chat.owner.username} cleared the chat`, 'two'];
    expect(bodies(adas)).toEqual(expected);
    await eventually(() => bobs.messages.length === 2);
    expect(bodies(bobs)).toEqual(expected);
    expect([adas.epoch, bobs.epoch]).toEqual([2, 2]);
  });

  test('what is sent while the chat is being cleared is there once, before it or after it', async () => {
    await using house = await openHouse();
    const { chat, adaClient, adas, bobs } = await clients(house);
    const sends = Array.from({ length: 20 }, (_, index) => bobs.send(`number ${index}`));
    const clear = adaClient.rest.chats.clear(chat.id);
    const later = Array.from({ length: 10 }, (_, index) => adas.send(`later ${index}`));
    await Promise.all([...sends, ...later, clear]);
    const { body } = await house.as(chat.owner).get(at(chat, 'history?limit=500'));
    const ids = body.map(({ id }: { id: string }) => id);
    await eventually(() => [adas, bobs].every(({ messages }) => messages.length === ids.length));
    for (const room of [adas, bobs]) {
      expect(room.messages.map(({ id }) => id)).toEqual(ids);
      expect(room.messages.every(({ sealed }) => !sealed)).toBe(true);
    }
  });

  test('who was away while messages were deleted, or all was cleared, has them no more after coming back', async () => {
    await using house = await openHouse();
    const { chat, bob, adaClient, adas, hears } = await clients(house);
    const wire = await openWire(house.url);
    const away = await house.client(await house.given.session(bob), { url: wire.url });
    const room = await away.join(chat.id);
    if (!room.hasKey) await room.next('key');
    const ids: string[] = [];
    for (const text of ['one', 'two', 'three']) ids.push(await adas.send(text));
    await hears(room, ids[2] as string);

    wire.cut();
    await away.next('disconnected');
    await adaClient.rest.messages.delete(chat.id, { ids: [ids[1] as string] });
    const four = await adas.send('four');
    const gone = room.next('deleted');
    wire.mend();
    expect(await gone).toEqual({ ids: [ids[1] as string] });
    await hears(room, four);
    expect(bodies(room).filter((body) => !body?.endsWith('joined the chat'))).toEqual(['one', 'three', 'four']);

    wire.cut();
    await away.next('disconnected');
    await adaClient.rest.chats.clear(chat.id);
    wire.mend();
    await eventually(() => bodies(room).length === 1);
    expect(bodies(room)).toEqual([`${chat.owner.username} cleared the chat`]);
    wire[Symbol.dispose]();
  });
});

test('of a user who is deleted everybody in the room loses what they said', async () => {
  await using house = await openHouse();
  const { bob, adas, bobs, hears } = await clients(house);
  await hears(bobs, await adas.send('mine'));
  await hears(adas, await bobs.send('theirs'));
  const gone = adas.next('deleted');
  const owner = await house.given.owner();
  await house.as(owner).post(`/v1/admin/users/${bob.id}/delete`);
  await house.modules.accountDeletion.clearDeleted();
  await gone;
  expect(bodies(adas)).toContain('mine');
  expect(bodies(adas)).not.toContain('theirs');
});
