import { describe, expect, test } from 'bun:test';
import { pathOf } from '../support/chat-moderation.ts';
import type { Chat, Person } from '../support/given.ts';
import { type House, type Keyholder, openHouse, type Payload } from './house.ts';

describe('the key of a chat', () => {
  /** The chat's people in its room, all holding its key. */
  async function holders(house: House, chat: Chat, people: readonly Person[]): Promise<Keyholder[]> {
    const found: Keyholder[] = [];
    for (const person of people) found.push(await house.keyholder(person));
    for (const one of found) await one.join(chat.id);
    const [first, ...others] = found as [Keyholder, ...Keyholder[]];
    await first.bring(others);
    return found;
  }
  const asksFor = ({ recipients }: Payload) => recipients.map((one: { session_id: string }) => one.session_id);

  test('is new after a ban; what was sealed for the one put out is gone, and nothing new is sealed for them', async () => {
    await using house = await openHouse();
    const chat = await house.given.chat();
    const bob = await house.given.member(chat);
    const [ada, bobs] = (await holders(house, chat, [chat.owner, bob])) as [Keyholder, Keyholder];
    await house.as(chat.owner).post(pathOf(chat, '/ban'), { user_id: bob.id });
    expect(await house.blobs()).toEqual([]);
    const asked = await ada.heard('portal:key_request', ({ epoch }) => epoch === 2);
    expect(asksFor(asked)).toEqual([chat.owner.sessionId]);
    await ada.answer({
      ...asked,
      recipients: [...asked.recipients, { session_id: bob.sessionId, public_key: bobs.keyPair.publicKey }],
    });
    expect((await house.blobs()).map(({ sessionId }) => sessionId)).toEqual([chat.owner.sessionId]);
  });

  test('does not go to an owner whom those above ban from their own chat', async () => {
    await using house = await openHouse();
    const chat = await house.given.chat();
    const [admin, bob] = [await house.given.admin(), await house.given.member(chat)];
    const [, bobs] = (await holders(house, chat, [chat.owner, bob])) as [Keyholder, Keyholder];
    expect((await house.as(admin).post(pathOf(chat, '/ban'), { user_id: chat.owner.id })).status).toBe(200);
    const asked = await bobs.heard('portal:key_request', ({ epoch }) => epoch === 2);
    expect(asksFor(asked)).toEqual([bob.sessionId]);
    const owner = { session_id: chat.owner.sessionId, public_key: bobs.keyPair.publicKey };
    expect(await bobs.answer({ ...asked, recipients: [...asked.recipients, owner] })).toMatchObject({
      accepted: [bob.sessionId],
      rejected: [{ session_id: chat.owner.sessionId }],
    });
  });

  test('is new after a ban of an owner who was away and had been brought it', async () => {
    await using house = await openHouse();
    const chat = await house.given.chat();
    const [admin, bob] = [await house.given.admin(), await house.given.member(chat)];
    (await house.keyholder(chat.owner)).socket.disconnect();
    const bobs = await house.keyholder(bob);
    await bobs.join(chat.id);
    const asked = await bobs.heard('portal:key_request');
    expect(asksFor(asked)).toContain(chat.owner.sessionId);
    await bobs.answer(asked);
    await house.as(admin).post(pathOf(chat, '/ban'), { user_id: chat.owner.id });
    expect(await bobs.heard('room:epoch_changed')).toMatchObject({ epoch: 2, reason: 'ban' });
    expect(await house.blobs()).toEqual([]);
  });

  test('stays as it is at a mute and at a warning', async () => {
    await using house = await openHouse();
    const chat = await house.given.chat();
    const bob = await house.given.member(chat);
    await holders(house, chat, [chat.owner, bob]);
    for (const what of ['mute', 'warn', 'unmute', 'unban'])
      await house.as(chat.owner).post(pathOf(chat, `/${what}`), { user_id: bob.id });
    expect(await house.holders(chat.id, 1)).toHaveLength(2);
  });
});
