import { describe, expect, test } from 'bun:test';
import { createKeyPair } from '../../src/client/index.ts';
import { MINUTE_MS } from '../../src/core/durations.ts';
import { type House, type Keyholder, openHouse, type Payload } from './house.ts';

const BLOB = 'A'.repeat(96);

/** Ada and Bob hold the key of epoch 1; Carol lacks it, and Ada has been asked for her. */
async function room(house: House) {
  const chat = await house.given.chat();
  const ada = await house.keyholder(chat.owner);
  await ada.join(chat.id);
  await ada.answer(await asked(house, ada, ada));
  const bob = await house.keyholder(await house.given.member(chat));
  await bob.join(chat.id);
  await ada.answer(await asked(house, ada, bob));
  bob.take(1, await bob.heard('portal:key_shared'));
  const carol = await house.keyholder(await house.given.member(chat));
  await carol.join(chat.id);
  await asked(house, ada, carol);
  const reject = (epoch = 1) => carol.call('portal:key_rejected', { chat_id: chat.id, epoch });
  /** Somebody brings Carol what she cannot open. */
  const spoil = (by: Keyholder) =>
    by.call('portal:key_share', {
      chat_id: chat.id,
      epoch: 1,
      keys: [{ session_id: carol.session.sessionId, blob: BLOB }],
    });
  return { chat, ada, bob, carol, reject, spoil };
}

const names = (who: Keyholder) => (request: Payload) =>
  request.recipients.some(({ session_id }: Payload) => session_id === who.session.sessionId);

/** The request in which `by` is asked for `of`. */
const asked = (house: House, by: Keyholder, of: Keyholder) =>
  house.passUntil(by.heard('portal:key_request', names(of)));

const holdersOf = (house: House, { id }: { id: number }) => house.holders(id, 1);

describe('a key that does not open', () => {
  test('is rejected: it is dropped, and another holder than its sender is asked', async () => {
    await using house = await openHouse({ realTime: false });
    const { chat, ada, bob, carol, reject, spoil } = await room(house);
    expect(await spoil(ada)).toMatchObject({ ok: true, accepted: [carol.session.sessionId] });
    await carol.heard('portal:key_shared');
    expect(await holdersOf(house, chat)).toContain(carol.session.sessionId);

    expect(await reject()).toEqual({ ok: true });
    expect(await holdersOf(house, chat)).not.toContain(carol.session.sessionId);
    const again = { session_id: carol.session.sessionId, code: 'ERR_CONFLICT' };
    expect(await spoil(ada)).toMatchObject({ accepted: [], rejected: [again] });
    carol.forget();
    const request = await asked(house, bob, carol);
    expect(request).toMatchObject({ chat_id: chat.id, epoch: 1, generate: false });
    await bob.answer(request);
    carol.take(1, await carol.heard('portal:key_shared'));
    expect(carol.chatKeys.get(1)).toEqual(ada.chatKeys.get(1) as Uint8Array);
    expect(ada.all('portal:key_request').filter(names(carol))).toHaveLength(1);
  });

  test('rejected of every holder leaves its recipient waiting, in the same epoch, until they have another key', async () => {
    await using house = await openHouse({ realTime: false });
    const { chat, ada, bob, carol, reject, spoil } = await room(house);
    await spoil(ada);
    await reject();
    await asked(house, bob, carol);
    expect(await spoil(bob)).toMatchObject({ accepted: [carol.session.sessionId] });
    await reject();
    for (const sender of [ada, bob]) expect(await spoil(sender)).toMatchObject({ accepted: [] });
    for (const one of [ada, bob]) one.forget();
    await house.timers.advance(MINUTE_MS);
    for (const one of [ada, bob, carol]) await one.settled();
    expect([...ada.all('portal:key_request'), ...bob.all('portal:key_request')]).toEqual([]);
    expect(carol.all('room:epoch_changed')).toEqual([]);

    const { publicKey } = createKeyPair();
    await house.as(carol.session).post('/v1/portal/keys', { public_key: publicKey });
    expect((await asked(house, ada, carol)).recipients).toMatchObject([{ public_key: publicKey }]);
    expect(await holdersOf(house, chat)).toHaveLength(2);
  });

  test('is lost once everybody in the room has rejected it, whoever has it elsewhere: a new epoch begins', async () => {
    await using house = await openHouse({ realTime: false });
    const { chat, ada, bob, carol, reject, spoil } = await room(house);
    await spoil(ada);
    await bob.call('room:leave', { chat_id: chat.id });
    await reject();
    await house.timers.advance(MINUTE_MS);
    expect(carol.all('room:epoch_changed')).toEqual([]);
    expect(await ada.call('portal:key_rejected', { chat_id: chat.id, epoch: 1 })).toEqual({ ok: true });
    const changed = await house.passUntil(carol.heard('room:epoch_changed'));
    expect(changed).toEqual({ chat_id: chat.id, epoch: 2, reason: 'lost' });
    const request = await house.passUntil(ada.heard('portal:key_request', ({ epoch }) => epoch === 2));
    expect(request).toMatchObject({ generate: true });
    await ada.answer(request);
    expect(await house.holders(chat.id, 2)).toContain(carol.session.sessionId);
  });

  test('goes to a holder who comes later, too', async () => {
    await using house = await openHouse({ realTime: false });
    const { chat, ada, bob, carol, reject, spoil } = await room(house);
    for (const sender of [ada, bob]) {
      expect(await spoil(sender)).toMatchObject({ accepted: [carol.session.sessionId] });
      await reject();
      if (sender === ada) await asked(house, bob, carol);
    }
    const dora = await house.keyholder(await house.given.member(chat));
    await dora.join(chat.id);
    await ada.answer(await asked(house, ada, dora));
    dora.take(1, await dora.heard('portal:key_shared'));
    expect(await asked(house, dora, carol)).toMatchObject({ epoch: 1, generate: false });
  });
});

describe('a rejection', () => {
  test('of no key at all changes nothing', async () => {
    await using house = await openHouse({ realTime: false });
    const { chat, bob, reject } = await room(house);
    const before = await house.blobs();
    expect(await reject()).toEqual({ ok: true });
    await house.timers.advance(1000);
    await bob.settled();
    expect(await house.blobs()).toEqual(before);
    expect(bob.all('portal:key_request')).toEqual([]);
    expect(await holdersOf(house, chat)).toHaveLength(2);
  });

  test('is refused outside of the room, and for another epoch', async () => {
    await using house = await openHouse({ realTime: false });
    const { chat, ada, carol, reject, spoil } = await room(house);
    await spoil(ada);
    expect(await reject(2)).toMatchObject({ ok: false, code: 'ERR_EPOCH_MISMATCH', epoch: 1 });
    await carol.call('room:leave', { chat_id: chat.id });
    expect(await reject()).toMatchObject({ ok: false, code: 'ERR_NOT_JOINED' });
    expect(await holdersOf(house, chat)).toContain(carol.session.sessionId);
  });

  test('is possible ten times a minute', async () => {
    await using house = await openHouse({ realTime: false, env: { PORTAL_LIMITS: 'on' } });
    const { reject } = await room(house);
    for (let count = 0; count < 10; count++) expect(await reject()).toEqual({ ok: true });
    expect(await reject()).toMatchObject({ ok: false, code: 'ERR_RATE_LIMITED' });
    await house.timers.leap(MINUTE_MS);
    expect(await reject()).toEqual({ ok: true });
  });
});
