import { describe, expect, test } from 'bun:test';
import { SECOND_MS } from '../../src/core/durations.ts';
import { type House, openHouse, type Visitor } from './house.ts';

/** Bob types in a chat, with a second tab open; Ada hears it. */
async function typing(house: House) {
  const chat = await house.given.chat();
  const bob = await house.given.member(chat);
  const [ada, tab, otherTab] = [await house.dial(chat.owner), await house.dial(bob), await house.dial(bob)];
  for (const visitor of [ada, tab, otherTab]) await visitor.join(chat.id);
  const type = (isTyping = true, from = tab) => from.call('message:typing', { chat_id: chat.id, typing: isTyping });
  await type();
  await ada.heard('message:typing');
  // A change within a second of the last one is told when the second is over.
  await house.timers.advance(SECOND_MS);
  ada.forget();
  return { chat, bob, ada, tab, otherTab, type };
}

const said = async (ada: Visitor): Promise<boolean[]> => {
  await ada.settled();
  return ada.all('message:typing').map(({ typing: isTyping }) => isTyping);
};

describe('typing ends', () => {
  test('by itself ten seconds after it was last said', async () => {
    await using house = await openHouse({ realTime: false });
    const { ada, type } = await typing(house);
    await house.timers.advance(8 * SECOND_MS);
    await type();
    await house.timers.advance(10 * SECOND_MS - 1);
    expect(await said(ada)).toEqual([]);
    await house.timers.advance(1);
    expect(await said(ada)).toEqual([false]);
    await house.timers.advance(60 * SECOND_MS);
    expect(await said(ada)).toEqual([false]);
  });

  test('with the socket that typed, though the person is still here', async () => {
    await using house = await openHouse({ realTime: false });
    const { chat, bob, ada, tab } = await typing(house);
    tab.socket.disconnect();
    expect(await ada.heard('message:typing')).toEqual({ chat_id: chat.id, user_id: bob.id, typing: false });
    expect(await said(ada)).toEqual([false]);
  });

  test('not with another socket of the same person', async () => {
    await using house = await openHouse({ realTime: false });
    const { chat, ada, otherTab } = await typing(house);
    expect(await otherTab.call('room:leave', { chat_id: chat.id })).toMatchObject({ ok: true });
    expect(await said(ada)).toEqual([]);
  });

  test('when that socket leaves the room', async () => {
    await using house = await openHouse({ realTime: false });
    const { chat, ada, tab } = await typing(house);
    await tab.call('room:leave', { chat_id: chat.id });
    expect(await ada.heard('message:typing')).toMatchObject({ typing: false });
  });

  test('with a mute in the chat, without a word from the one who typed', async () => {
    await using house = await openHouse({ realTime: false });
    const { chat, bob, ada, type } = await typing(house);
    await house.as(chat.owner).post(`/v1/portal/chats/${chat.id}/mute`, { user_id: bob.id });
    expect(await ada.heard('message:typing')).toMatchObject({ user_id: bob.id, typing: false });
    expect(await type()).toEqual({ ok: true });
    await house.timers.advance(SECOND_MS);
    expect(await said(ada)).toEqual([false]);
  });

  test.each(['kick', 'ban', 'leave'])('when the one who typed loses the chat by a %s', async (how) => {
    await using house = await openHouse({ realTime: false });
    const { chat, bob, ada } = await typing(house);
    const [who, body] = how === 'leave' ? [bob, {}] : [chat.owner, { user_id: bob.id }];
    expect(await house.as(who).post(`/v1/portal/chats/${chat.id}/${how}`, body)).toMatchObject({ status: 200 });
    expect(await ada.heard('message:typing')).toMatchObject({ user_id: bob.id, typing: false });
  });

  test('in every chat with a mute in every chat', async () => {
    await using house = await openHouse({ realTime: false });
    const { bob, ada, tab } = await typing(house);
    const other = await house.given.chat();
    await house.given.member(other, bob);
    const owner = await house.dial(other.owner);
    await owner.join(other.id);
    await tab.join(other.id);
    await tab.call('message:typing', { chat_id: other.id, typing: true });
    await owner.heard('message:typing');
    await house.timers.advance(SECOND_MS);
    owner.forget();
    await house.as(await house.given.admin()).post('/v1/portal/hard-mute', { user_id: bob.id });
    for (const visitor of [ada, owner])
      expect(await visitor.heard('message:typing')).toMatchObject({ user_id: bob.id, typing: false });
  });

  test('not with a mute in another chat', async () => {
    await using house = await openHouse({ realTime: false });
    const { bob, ada } = await typing(house);
    const other = await house.given.chat();
    await house.given.member(other, bob);
    await house.as(other.owner).post(`/v1/portal/chats/${other.id}/mute`, { user_id: bob.id });
    await house.timers.advance(SECOND_MS);
    expect(await said(ada)).toEqual([]);
  });
});
