import { describe, expect, test } from 'bun:test';
import { createKeyPair, sealKeyBlob } from '../../src/client/index.ts';
import type { Person } from '../support/given.ts';
import { type House, type Keyholder, openHouse, type Payload } from './house.ts';

const BLOB = 'A'.repeat(96);

/** A chat with its owner, who made the key of epoch 1, and a member who holds it, both in the room. */
async function sealedRoom(house: House) {
  const chat = await house.given.chat();
  const bob = await house.given.member(chat);
  const ada = await house.keyholder(chat.owner);
  await ada.join(chat.id);
  await ada.answer(await ada.heard('portal:key_request'));
  const holder = await house.keyholder(bob);
  await holder.join(chat.id);
  await ada.answer(await ada.heard('portal:key_request', ({ generate }) => !generate));
  holder.take(1, await holder.heard('portal:key_shared'));
  return { chat, ada, holder };
}

/** A member in the room without the key, whom no one is asked to serve before the test is over. */
async function waiting(house: House, chat: { id: number }): Promise<Keyholder> {
  const carol = await house.keyholder(await house.given.member(chat));
  await carol.join(chat.id);
  return carol;
}

/** Asserts that this changes nothing in the database and announces no key. */
async function changesNothing(house: House, act: () => Promise<Payload>, listeners: Keyholder[]): Promise<Payload> {
  const before = await house.blobs();
  for (const listener of listeners) listener.forget();
  const answer = await act();
  expect(await house.blobs()).toEqual(before);
  await Promise.all(listeners.map((listener) => listener.settled()));
  expect(listeners.flatMap((listener) => listener.all('portal:key_shared'))).toEqual([]);
  return answer;
}

const share = (by: Keyholder, chatId: number, keys: unknown, epoch: unknown = 1) =>
  by.call('portal:key_share', { chat_id: chatId, epoch, keys });

describe('handing out keys', () => {
  test('the first makes the key, the next is brought it: what the one seals, the other opens', async () => {
    await using house = await openHouse();
    const { chat, ada, holder } = await sealedRoom(house);
    expect(holder.chatKeys.get(1)).toEqual(ada.chatKeys.get(1) as Uint8Array);
    expect(await house.holders(chat.id, 1)).toEqual([ada.session.sessionId, holder.session.sessionId]);
    expect(await house.blobs()).toMatchObject([
      { chatId: chat.id, epoch: 1, senderPublicKey: ada.keyPair.publicKey },
      { chatId: chat.id, epoch: 1, senderPublicKey: ada.keyPair.publicKey, senderSessionId: ada.session.sessionId },
    ]);
  });

  test('are asked of a client with keys, not of a younger socket of the session that joined without', async () => {
    await using house = await openHouse();
    const { chat, ada, holder } = await sealedRoom(house);
    const viewer = await house.dial(holder.session);
    expect(await viewer.call('room:join', { chat_id: chat.id, keyless: true })).toMatchObject({ ok: true });
    await ada.call('room:leave', { chat_id: chat.id });
    await waiting(house, chat);
    await holder.heard('portal:key_request');
    await viewer.settled();
    expect(viewer.all('portal:key_request')).toEqual([]);
  });

  test('five who come at once are one request', async () => {
    await using house = await openHouse();
    const { chat, ada } = await sealedRoom(house);
    const five = await Promise.all(Array.from({ length: 5 }, async () => house.keyholder(await house.given.admin())));
    ada.forget();
    await Promise.all(five.map((visitor) => visitor.join(chat.id)));
    const asked = await ada.heard('portal:key_request');
    const wanted = five.map(({ session }) => session.sessionId);
    const named = asked.recipients.map(({ session_id }: Payload) => session_id);
    expect(new Set(named)).toEqual(new Set(wanted));
    expect(await ada.answer(asked)).toEqual({ ok: true, accepted: named, rejected: [] });
    for (const visitor of five) visitor.take(1, await visitor.heard('portal:key_shared'));
    expect(ada.all('portal:key_request')).toHaveLength(1);
    expect(five.map(({ chatKeys }) => chatKeys.get(1))).toEqual(five.map(() => ada.chatKeys.get(1)));
  });

  test('of two tabs of one session one is asked; both get the key', async () => {
    await using house = await openHouse();
    const chat = await house.given.chat();
    const first = await house.keyholder(chat.owner);
    const second = await house.keyholder(chat.owner, first.keyPair);
    await Promise.all([first.join(chat.id), second.join(chat.id)]);
    const [asked, idle] = await Promise.race([
      first.heard('portal:key_request').then(() => [first, second] as const),
      second.heard('portal:key_request').then(() => [second, first] as const),
    ]);
    await asked.answer(await asked.heard('portal:key_request'));
    idle.take(1, await idle.heard('portal:key_shared'));
    expect(idle.chatKeys.get(1)).toEqual(asked.chatKeys.get(1) as Uint8Array);
    expect(idle.all('portal:key_request')).toEqual([]);
  });

  test('another device of a person in the chat is brought the key when it registers its own, before it comes in', async () => {
    await using house = await openHouse();
    const { chat, ada } = await sealedRoom(house);
    ada.forget();
    const phone = await house.keyholder(await house.given.session(chat.owner));
    await ada.answer(await ada.heard('portal:key_request'));
    await phone.heard('portal:key_shared');
    phone.take(1, (await phone.join(chat.id)).key);
    expect(phone.chatKeys.get(1)).toEqual(ada.chatKeys.get(1) as Uint8Array);
  });

  test('a session with another key than before loses what was sealed for the old one, and is brought the key again', async () => {
    await using house = await openHouse();
    const { chat, ada, holder } = await sealedRoom(house);
    ada.forget();
    holder.forget();
    const renewed = createKeyPair();
    const { body } = await house.as(holder.session).post('/v1/portal/keys', { public_key: renewed.publicKey });
    expect(body).toEqual({ status: 'registered' });
    expect(await house.holders(chat.id, 1)).toEqual([ada.session.sessionId]);
    const refused = await holder.call('message:send', { chat_id: chat.id, content: holder.seal('too soon', 1) });
    expect(refused).toMatchObject({ ok: false, code: 'ERR_NO_ROOM_KEY' });
    const asked = await ada.heard('portal:key_request');
    expect(asked.recipients).toMatchObject([{ public_key: renewed.publicKey }]);
    await ada.answer(asked);
    await holder.heard('portal:key_shared');
    const again = await house.as(holder.session).post('/v1/portal/keys', { public_key: renewed.publicKey });
    expect(again.body).toEqual({ status: 'unchanged' });
    expect(await house.holders(chat.id, 1)).toHaveLength(2);
  });

  test('a member whose key was denied by people gets none, and the chat goes on with its key', async () => {
    await using house = await openHouse();
    const chat = await house.given.chat();
    const client = await house.client(chat.owner);
    const room = await client.join(chat.id);
    if (!room.hasKey) await room.next('key');
    const mallory = await house.given.member(chat);
    const keyPair = createKeyPair();
    client.trust.deny(keyPair.publicKey);
    const requests: string[] = [];
    const { publish } = house.realtime;
    house.realtime.publish = (to, event, payload) => {
      requests.push(event);
      publish(to, event, payload);
    };
    const { shareKeys } = house.modules.e2ee;
    const answered = Promise.withResolvers<void>();
    house.modules.e2ee.shareKeys = async (who, what) => {
      const result = await shareKeys(who, what);
      answered.resolve();
      return result;
    };
    const visitor = await house.keyholder(mallory, keyPair);
    await visitor.join(chat.id);
    await answered.promise;
    await room.send('not for everyone');
    expect(requests.filter((event) => event === 'portal:key_request')).toHaveLength(1);
    expect(requests).not.toContain('room:epoch_changed');
    expect(await house.holders(chat.id, 1)).toEqual([chat.owner.sessionId]);
    expect(visitor.all('portal:key_shared')).toEqual([]);
  });
});

describe('a key share changes nothing', () => {
  test('from somebody who is not in the room', async () => {
    await using house = await openHouse();
    const { chat, ada, holder } = await sealedRoom(house);
    const outsider = await house.keyholder(await house.given.person());
    const act = () => share(outsider, chat.id, [{ session_id: holder.session.sessionId, blob: BLOB }]);
    const answer = await changesNothing(house, act, [ada, holder, outsider]);
    expect(answer).toMatchObject({ ok: false, code: 'ERR_NOT_JOINED' });
  });

  test('from another session of a member, which has not joined', async () => {
    await using house = await openHouse();
    const { chat, ada, holder } = await sealedRoom(house);
    const other = await house.keyholder(await house.given.session(chat.owner));
    const act = () => share(other, chat.id, [{ session_id: holder.session.sessionId, blob: BLOB }]);
    expect(await changesNothing(house, act, [holder, ada])).toMatchObject({ code: 'ERR_NOT_JOINED' });
  });

  test('from somebody in the room who does not hold the key', async () => {
    await using house = await openHouse();
    const { chat, ada, holder } = await sealedRoom(house);
    const carol = await waiting(house, chat);
    const act = () => share(carol, chat.id, [{ session_id: carol.session.sessionId, blob: BLOB }]);
    expect(await changesNothing(house, act, [ada, holder, carol])).toMatchObject({ code: 'ERR_NO_ROOM_KEY' });
  });

  test('from a session without a key of its own', async () => {
    await using house = await openHouse();
    const chat = await house.given.chat();
    const visitor = await house.dial(chat.owner);
    await visitor.join(chat.id);
    const keys = [{ session_id: chat.owner.sessionId, blob: BLOB }];
    const answer = await visitor.call('portal:key_share', { chat_id: chat.id, epoch: 1, keys });
    expect(answer).toMatchObject({ code: 'ERR_NO_SESSION_KEY' });
    expect(await house.blobs()).toEqual([]);
  });

  test('from somebody who was not asked to make the key', async () => {
    await using house = await openHouse();
    const chat = await house.given.chat();
    const ada = await house.keyholder(chat.owner);
    const bob = await house.keyholder(await house.given.member(chat));
    await ada.join(chat.id);
    await bob.join(chat.id);
    const asked = await ada.heard('portal:key_request');
    const act = () => bob.answer(asked);
    expect(await changesNothing(house, act, [ada, bob])).toMatchObject({ code: 'ERR_FORBIDDEN' });
    expect(await ada.answer(asked)).toMatchObject({ ok: true, rejected: [] });
  });

  test('from a maker who leaves their own session out, or spoils their own blob', async () => {
    await using house = await openHouse();
    const chat = await house.given.chat();
    const ada = await house.keyholder(chat.owner);
    const bob = await house.keyholder(await house.given.member(chat));
    await ada.join(chat.id);
    await ada.heard('portal:key_request');
    const others = [{ session_id: bob.session.sessionId, blob: BLOB }];
    const leftOut = await changesNothing(house, () => share(ada, chat.id, others), [ada, bob]);
    expect(leftOut).toMatchObject({ ok: false, code: 'ERR_KEY_NOT_SEALED_FOR_SELF' });
    const spoilt = [{ session_id: chat.owner.sessionId, blob: 'no blob' }, ...others];
    expect(await changesNothing(house, () => share(ada, chat.id, spoilt), [ada, bob])).toEqual({
      ok: true,
      accepted: [],
      rejected: [{ session_id: chat.owner.sessionId, code: 'ERR_INVALID_KEY_BLOB' }],
    });
    expect(await changesNothing(house, () => share(ada, chat.id, []), [ada, bob])).toMatchObject({
      code: 'ERR_KEY_NOT_SEALED_FOR_SELF',
    });
  });

  test('for an epoch that is past or to come', async () => {
    await using house = await openHouse();
    const { chat, ada, holder } = await sealedRoom(house);
    const carol = await waiting(house, chat);
    const keys = [{ session_id: carol.session.sessionId, blob: BLOB }];
    const refused = { ok: false, code: 'ERR_EPOCH_MISMATCH', epoch: 1 };
    expect(await changesNothing(house, () => share(ada, chat.id, keys, 2), [holder, carol])).toMatchObject(refused);
    await house.as(chat.owner).post(`/v1/portal/chats/${chat.id}/kick`, { user_id: (holder.session as Person).id });
    const late = await changesNothing(house, () => share(ada, chat.id, keys, 1), [holder, carol]);
    expect(late).toMatchObject({ ...refused, epoch: 2 });
  });

  test('where a blob is not base64 of 72 bytes in its one form: that one is refused', async () => {
    await using house = await openHouse();
    const { chat, ada, holder } = await sealedRoom(house);
    const carol = await waiting(house, chat);
    const session_id = carol.session.sessionId;
    const almost = 'A'.repeat(95);
    const blobs = [
      '',
      'A'.repeat(92),
      `${BLOB}AAAA`,
      `${almost}!`,
      `${almost}-`,
      `${almost}=`,
      ` ${almost}`,
      `${BLOB}\n`,
    ];
    for (const blob of blobs) {
      const act = () => share(ada, chat.id, [{ session_id, blob }]);
      const rejected = [{ session_id, code: 'ERR_INVALID_KEY_BLOB' }];
      expect(await changesNothing(house, act, [carol, holder])).toEqual({ ok: true, accepted: [], rejected });
    }
  });

  test('for a session that is unknown, ended, of a stranger, of an outsider, or without a key', async () => {
    await using house = await openHouse();
    const { chat, ada, holder } = await sealedRoom(house);
    const ended = await house.keyholder(await house.given.member(chat));
    await house.as(ended.session).post('/v1/authentication/logout');
    const outsider = await house.keyholder(await house.given.person());
    const keyless = await house.given.member(chat);
    const stranger = await house.given.stranger();
    const ids = ['nobody', ended.session.sessionId, outsider.session.sessionId, keyless.sessionId, stranger.sessionId];
    const keys = ids.map((session_id) => ({ session_id, blob: BLOB }));
    expect(await changesNothing(house, () => share(ada, chat.id, keys), [holder, outsider])).toEqual({
      ok: true,
      accepted: [],
      rejected: ids.map((session_id) => ({ session_id, code: 'ERR_NO_RECIPIENT' })),
    });
  });

  test('where a session has a blob already and the sender was not asked', async () => {
    await using house = await openHouse();
    const { chat, ada, holder } = await sealedRoom(house);
    const before = [ada.session.sessionId, holder.session.sessionId];
    for (const sender of [ada, holder]) {
      const keys = before.map((session_id) => ({ session_id, blob: BLOB }));
      expect(await changesNothing(house, () => share(sender, chat.id, keys), [ada, holder])).toEqual({
        ok: true,
        accepted: [],
        rejected: before.map((session_id) => ({ session_id, code: 'ERR_KEY_EXISTS' })),
      });
    }
  });

  test('with 257 keys, or a malformed payload: it is refused whole', async () => {
    await using house = await openHouse();
    const { chat, ada, holder } = await sealedRoom(house);
    const carol = await waiting(house, chat);
    const key = { session_id: carol.session.sessionId, blob: BLOB };
    const payloads: [unknown, unknown][] = [
      [Array.from({ length: 257 }, () => key), 1],
      [[key], 0],
      [[key], 1.5],
      [[key], '1'],
      [[{ ...key, blob: 7 }], 1],
      [[{ ...key, blob: 'A'.repeat(257) }], 1],
      [[{ ...key, session_id: '' }], 1],
      [[null], 1],
      [{ 0: key }, 1],
      [undefined, 1],
    ];
    for (const [keys, epoch] of payloads) {
      const answer = await changesNothing(house, () => share(ada, chat.id, keys, epoch), [carol, holder]);
      expect(answer).toMatchObject({ ok: false, code: 'ERR_VALIDATION' });
    }
    expect(ada.socket.connected).toBe(true);
  });
});

test('of two blobs for one session in one share the first counts', async () => {
  await using house = await openHouse();
  const { chat, ada } = await sealedRoom(house);
  const carol = await waiting(house, chat);
  const blob = sealKeyBlob(ada.chatKeys.get(1) as Uint8Array, carol.keyPair.publicKey, ada.keyPair);
  const session_id = carol.session.sessionId;
  const answer = await share(ada, chat.id, [
    { session_id, blob },
    { session_id, blob: BLOB },
  ]);
  expect(answer).toEqual({ ok: true, accepted: [session_id], rejected: [{ session_id, code: 'ERR_KEY_EXISTS' }] });
  carol.take(1, await carol.heard('portal:key_shared'));
  expect(carol.chatKeys.get(1)).toEqual(ada.chatKeys.get(1) as Uint8Array);
  expect(carol.all('portal:key_shared')).toHaveLength(1);
});

test('a share that meets a kick is refused or goes with the old epoch: nothing is left for the one put out', async () => {
  await using house = await openHouse();
  const { chat, ada } = await sealedRoom(house);
  for (let epoch = 1; epoch < 12; epoch++) {
    const carol = await waiting(house, chat);
    const { id, sessionId } = carol.session as Person;
    const [answer] = await Promise.all([
      share(ada, chat.id, [{ session_id: sessionId, blob: BLOB }], epoch),
      house.as(chat.owner).post(`/v1/portal/chats/${chat.id}/kick`, { user_id: id }),
    ]);
    expect(['ERR_EPOCH_MISMATCH', undefined]).toContain(answer.code);
    expect(await house.blobs()).toEqual([]);
    carol.socket.disconnect();
    await ada.answer(await ada.heard('portal:key_request', (asked) => asked.epoch === epoch + 1));
    await ada.heard('portal:key_shared', (shared) => shared.epoch === epoch + 1);
  }
});
