import { describe, expect, test } from 'bun:test';
import { type House, type Keyholder, openHouse, type Payload } from './house.ts';

const idsOf = (entries: Payload[]) => entries.map(({ id }) => id);
const rejoin = (who: Keyholder, chatId: number, known: object): Promise<Payload> =>
  who.call('room:join', { chat_id: chatId, ...known });

/** Ada alone in her chat, with its key; gives back what she says, by id. */
async function talker(house: House) {
  const chat = await house.given.chat();
  const ada = await house.keyholder(chat.owner);
  await ada.join(chat.id);
  await ada.answer(await ada.heard('portal:key_request'));
  const say = async (text: string): Promise<string> =>
    (await ada.call('message:send', { chat_id: chat.id, content: ada.seal(text, 1) })).id;
  return { chat, ada, say };
}

describe('joining again', () => {
  test('brings what came after the last known message, and how many of the known ones are left', async () => {
    await using house = await openHouse();
    const { chat, ada, say } = await talker(house);
    const ids: string[] = [];
    for (const text of ['one', 'two', 'three', 'four', 'five']) ids.push(await say(text));
    const [first, second, third, fourth, fifth] = ids as [string, string, string, string, string];
    const { missed } = await rejoin(ada, chat.id, { after: third, from: first });
    expect(idsOf(missed.messages)).toEqual([fourth, fifth]);
    expect(missed.messages[0]).toMatchObject({ prev_id: third, chat_id: chat.id, type: 'user' });
    expect(missed).toMatchObject({ more: false, known: 3 });

    await house.as(chat.owner).post(`/v1/portal/chats/${chat.id}/messages/delete`, { ids: [second, fifth] });
    const again = await rejoin(ada, chat.id, { after: third, from: first });
    expect(again.missed).toMatchObject({ messages: [{ id: fourth }], more: false, known: 2 });
  });

  test('says nothing of it unless asked, and counts nothing unless it is told from where', async () => {
    await using house = await openHouse();
    const { chat, ada, say } = await talker(house);
    const id = await say('one');
    expect(await ada.join(chat.id)).not.toHaveProperty('missed');
    expect((await rejoin(ada, chat.id, { after: id })).missed).toEqual({ messages: [], more: false });
    const all = (await rejoin(ada, chat.id, { after: '0-0' })).missed.messages;
    expect(all.map(({ type }: Payload) => type)).toEqual(['system', 'user']);
    expect(await rejoin(ada, chat.id, { after: 'yesterday' })).toMatchObject({
      ok: false,
      code: 'ERR_VALIDATION',
      field: 'after',
    });
  });

  test('brings 20 messages at most, and fewer if they are long: the history has the rest', async () => {
    await using house = await openHouse();
    const { chat, ada, say } = await talker(house);
    const start = await say('start');
    const short: string[] = [];
    for (let at = 0; at < 21; at += 1) short.push(await say(`${at}`));
    const some = (await rejoin(ada, chat.id, { after: start })).missed;
    expect(idsOf(some.messages)).toEqual(short.slice(0, 20));
    expect(some.more).toBe(true);

    const before = short.at(-1) as string;
    for (let at = 0; at < 8; at += 1) await say('x'.repeat(2900));
    const long = (await rejoin(ada, chat.id, { after: before })).missed;
    expect(long.messages.length).toBeGreaterThan(1);
    expect(long.messages.length).toBeLessThan(8);
    expect(long.more).toBe(true);
  });

  test('brings nothing from before a closed history begins for the one who asks', async () => {
    await using house = await openHouse();
    const { chat, ada, say } = await talker(house);
    await house.as(chat.owner).post(`/v1/portal/chats/${chat.id}/config/update`, { history_visible: false });
    const secret = await say('before bob');
    const bob = await house.given.member(chat);
    const bobs = await house.keyholder(bob);
    await bobs.join(chat.id);
    const { missed } = await rejoin(bobs, chat.id, { after: '0-0', from: '0-0' });
    expect(idsOf(missed.messages)).not.toContain(secret);
    expect(idsOf((await rejoin(ada, chat.id, { after: '0-0' })).missed.messages)).toContain(secret);
  });

  test('of a direct chat brings the same, in the names of that chat', async () => {
    await using house = await openHouse();
    const [one, other] = [await house.given.person(), await house.given.person()];
    const direct = await house.given.direct(one, other);
    const visitors = [await house.keyholder(one), await house.keyholder(other)] as const;
    const enter = (at: 0 | 1, known = {}) =>
      visitors[at].call('room:join', {
        token: direct.tokens[at],
        public_key: visitors[at].keyPair.publicKey,
        ...known,
      });
    for (const at of [0, 1] as const) await enter(at);
    const maker = visitors.find((one) => one.all('portal:key_request').length > 0) ?? visitors[0];
    await maker.answer(await maker.heard('portal:key_request'));
    const content = maker.seal('hello', 1);
    const { id } = await maker.call('message:send', { chat_id: direct.id, content });
    const { missed } = await enter(1, { after: '0-0' });
    expect(missed.messages.at(-1)).toMatchObject({ id, content, sender: { id: null }, permission_level: null });
  });
});
