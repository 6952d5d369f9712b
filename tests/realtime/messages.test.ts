import { describe, expect, test } from 'bun:test';
import { eq } from 'drizzle-orm';
import { createKeyPair, type KeyPair } from '../../src/client/index.ts';
import { chats } from '../../src/modules/chats/chats/chats.tables.ts';
import type { Person } from '../support/given.ts';
import type { TestPortalOptions } from '../support/portal.ts';
import { eventually } from '../support/waiting.ts';
import { type House, openHouse } from './house.ts';

/** A chat with its owner alone in the room, who holds the key. */
async function soloRoom(house: House, owner?: Person, keyPair?: KeyPair) {
  const chat = await house.given.chat(owner ? { owner } : {});
  const ada = await house.keyholder(chat.owner, keyPair);
  await ada.join(chat.id);
  await ada.answer(await ada.heard('portal:key_request', ({ chat_id }) => chat_id === chat.id));
  const send = (content = ada.seal('hello', 1)) => ada.call('message:send', { chat_id: chat.id, content });
  const post = (content = ada.seal('hello', 1)) =>
    house.as(chat.owner).post(`/v1/portal/chats/${chat.id}/messages`, { content });
  return { chat, ada, send, post };
}

const WITH_LIMITS: TestPortalOptions = { env: { PORTAL_LIMITS: 'on' } };

describe('sending', () => {
  test('over REST and over the socket is one thing: both come live and stand in the history', async () => {
    await using house = await openHouse();
    const { chat, ada, send, post } = await soloRoom(house);
    const bySocket = await send();
    const byRest = await post();
    expect(Object.keys(bySocket)).toEqual(['id', 'ok']);
    expect([byRest.status, Object.keys(byRest.body)]).toEqual([200, ['id']]);
    for (const { id } of [bySocket, byRest.body]) expect(id).toMatch(/^\d+-\d+$/);
    await ada.heard('message:new', ({ id }) => id === byRest.body.id);
    const { body } = await house.as(chat.owner).get(`/v1/portal/chats/${chat.id}/history`);
    expect(body).toEqual(ada.all('message:new'));
    expect(body.slice(-2).map(({ id }: { id: string }) => id)).toEqual([bySocket.id, byRest.body.id]);
  });

  test('without an acknowledgement works too', async () => {
    await using house = await openHouse();
    const { chat, ada } = await soloRoom(house);
    ada.socket.emit('message:send', { chat_id: chat.id, content: ada.seal('no answer wanted', 1) });
    await ada.heard('message:new', ({ type }) => type === 'user');
  });

  test('is refused by both for the same reasons', async () => {
    await using house = await openHouse();
    const { chat, ada, send, post } = await soloRoom(house);
    const both = async (content?: string) => {
      const [socket, rest] = [await send(content), await post(content)];
      expect(socket).toMatchObject({ ok: false, code: rest.body.code, error: rest.body.error });
      return [rest.status, rest.body.code];
    };
    const ct = 'A'.repeat(56);
    const bad = [
      '',
      'plain words',
      '[]',
      'null',
      `{"v":2,"epoch":1}`,
      `{"v":1,"epoch":1,"ct":"${ct}"}`,
      `{"v":2,"epoch":0,"ct":"${ct}"}`,
      `{"v":2,"epoch":1.5,"ct":"${ct}"}`,
      `{"v":2,"epoch":"1","ct":"${ct}"}`,
      `{"v":2,"epoch":1,"ct":"${'A'.repeat(52)}"}`,
      `{"v":2,"epoch":1,"ct":"${'A'.repeat(55)}=="}`,
      `{"v":2,"epoch":1,"ct":"${'A'.repeat(54)}B="}`,
      `{"v":2,"epoch":1,"ct":"${'-'.repeat(56)}"}`,
      `{"v":2,"epoch":1,"ct":"${ct}","from":"me"}`,
      `{"v":2,"epoch":7,"epoch":1,"ct":"${ct}"}`,
      `{"v":2,"epoch":1,"ct":"${'A'.repeat(4096)}"}`,
    ];
    for (const content of bad) expect(await both(content)).toEqual([422, 'ERR_INVALID_ENVELOPE']);
    expect(await both(ada.seal('of tomorrow', 2))).toEqual([403, 'ERR_EPOCH_MISMATCH']);
    const archived = (value: boolean) =>
      house.database.units.run('given archive', ({ db }) =>
        db.update(chats).set({ archived: value }).where(eq(chats.id, chat.id)).returning(),
      );
    await archived(true);
    expect(await both()).toEqual([403, 'ERR_CHAT_ARCHIVED']);
    await archived(false);
    await ada.call('room:leave', { chat_id: chat.id });
    expect(await both()).toEqual([403, 'ERR_NOT_JOINED']);
  });

  test('takes what fills 4096 characters to the last', async () => {
    await using house = await openHouse();
    const { send } = await soloRoom(house);
    const around = '{"v":2,"epoch":1,"ct":""}'.length;
    const ct = 'A'.repeat(Math.floor((4096 - around) / 4) * 4);
    expect(await send(`{"v":2,"epoch":1,"ct":"${ct}"}`)).toMatchObject({ ok: true });
    const padded = `{"v":2,"epoch":1,"ct":"${ct}"}`.padEnd(4096, ' ');
    expect(await send(padded)).toMatchObject({ ok: true });
    expect(await send(`${padded} `)).toMatchObject({ code: 'ERR_INVALID_ENVELOPE' });
  });

  test('needs the very session that has joined', async () => {
    await using house = await openHouse();
    const { chat, ada } = await soloRoom(house);
    const other = await house.keyholder(await house.given.session(chat.owner));
    const message = { chat_id: chat.id, content: ada.seal('hello', 1) };
    expect(await other.call('message:send', message)).toMatchObject({ ok: false, code: 'ERR_NOT_JOINED' });
    // A further tab of the session that has joined may.
    const tab = await house.dial(chat.owner);
    expect(await tab.call('message:send', message)).toMatchObject({ ok: true });
  });

  test('tells an outsider nothing but that there is no such chat', async () => {
    await using house = await openHouse();
    const { chat, ada } = await soloRoom(house);
    const mallory = await house.dial(await house.given.person());
    for (const chat_id of [chat.id, 987_654]) {
      const answer = await mallory.call('message:send', { chat_id, content: ada.seal('hello', 1) });
      expect(answer).toEqual({ ok: false, code: 'ERR_NOT_FOUND', error: 'No such chat' });
    }
  });
});

describe('the limit of messages', () => {
  test('is 10 in 10 s in a chat, over REST and socket together; then the wait is told, and it ends', async () => {
    await using house = await openHouse(WITH_LIMITS);
    const { send, post } = await soloRoom(house);
    for (let count = 0; count < 5; count++) {
      expect(await send()).toMatchObject({ ok: true });
      expect(await post()).toMatchObject({ status: 200 });
    }
    const refused = await send();
    expect(refused).toMatchObject({ ok: false, code: 'ERR_MESSAGE_RATE' });
    expect(refused.retry_after).toBeWithin(9, 11);
    const { status, body, headers } = await post();
    expect([status, body.code]).toEqual([429, 'ERR_MESSAGE_RATE']);
    expect(headers.get('retry-after')).toBe(String(body.retry_after));
    await house.timers.advance(10_000);
    expect(await send()).toMatchObject({ ok: true });
  });

  test('is 20 in 10 s over all chats, and another person’s is their own', async () => {
    await using house = await openHouse(WITH_LIMITS);
    const owner = await house.given.owner();
    const keyPair = createKeyPair();
    const rooms = [];
    for (let count = 0; count < 3; count++) rooms.push(await soloRoom(house, owner, keyPair));
    const codes: unknown[] = [];
    for (const { send } of rooms) for (let count = 0; count < 8; count++) codes.push((await send()).code);
    expect(codes.filter((code) => code === undefined)).toHaveLength(20);
    expect(codes.slice(20)).toEqual(Array(4).fill('ERR_MESSAGE_RATE'));
    const { send } = await soloRoom(house);
    expect(await send()).toMatchObject({ ok: true });
  });
});

test('when the server stops, whoever sends gets an answer or an end, and nothing acknowledged is lost', async () => {
  const first = await openHouse();
  const { chat, ada } = await soloRoom(first);
  const acknowledged: string[] = [];
  const sends = Array.from({ length: 200 }, async () => {
    const { ok, id } = await ada.call('message:send', { chat_id: chat.id, content: ada.seal('hurry', 1) });
    if (ok) acknowledged.push(id);
  });
  const answered = Promise.allSettled(sends);
  await eventually(() => acknowledged.length > 20);
  await first.shutDown();
  await answered;
  await using second = await openHouse({ dataDir: first.dataDir });
  const { body } = await second.as(chat.owner).get(`/v1/portal/chats/${chat.id}/history?limit=500`);
  const kept = new Set(body.map(({ id }: { id: string }) => id));
  expect(acknowledged.filter((id) => !kept.has(id))).toEqual([]);
});
